from contextlib import suppress

with suppress(ImportError):  # Python 3.12 and later have LiteRT instead
    import tflite_runtime.interpreter  # noqa: F401 - after tensorflow this process could run no int8 model with it
