"""Makes the small models beside this file, with random weights: run it by hand where tensorflow is installed.

python make_models.py
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent


def network(*reduce: keras.Layer, size: int = 48) -> keras.Model:
    keras.utils.set_random_seed(1)
    weights = keras.initializers.RandomNormal(stddev=0.1)
    layers = [*reduce, keras.layers.Dense(8, activation="softmax", kernel_initializer=weights)]
    return keras.Sequential([keras.Input((size, size, 1)), *layers])


def converted(model: keras.Model, *, quantised: bool, batch: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        size = model.input_shape[1]
        signature = [keras.InputSpec(shape=(batch, size, size, 1), dtype="float32")]
        model.export(folder, format="tf_saved_model", input_signature=signature, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if quantised:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: pictures(batch, size)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        return bytes(converter.convert())


def pictures(batch: int, size: int) -> Iterator[list[np.ndarray]]:
    generator = np.random.default_rng(2)
    for _ in range(64):
        yield [generator.random((batch, size, size, 1), dtype=np.float32)]


def write_golden(model: bytes, destination: Path) -> None:
    interpreter = tf.lite.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    tensor = interpreter.get_input_details()[0]
    picture = np.random.default_rng(3).integers(0, 256, tensor["shape"][1:3], dtype=np.uint8)
    scale, zero_point = tensor["quantization"]
    steps = np.rint(picture.astype(np.float32) / 255 / scale) + zero_point
    interpreter.set_tensor(tensor["index"], np.clip(steps, -128, 127).astype(np.int8).reshape(tensor["shape"]))
    interpreter.invoke()
    answer = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    np.savez(destination, input=picture, output=answer)


if __name__ == "__main__":
    whole = converted(network(keras.layers.Flatten()), quantised=True, batch=1)
    (HERE / "int8.tflite").write_bytes(whole)
    small = network(keras.layers.GlobalAveragePooling2D())
    (HERE / "float.tflite").write_bytes(converted(small, quantised=False, batch=1))
    (HERE / "int8_batch_of_2.tflite").write_bytes(converted(small, quantised=True, batch=2))
    write_golden(whole, HERE / "golden.npz")
    larger = network(keras.layers.AveragePooling2D(8), keras.layers.Flatten(), size=64)
    (HERE / "int8_of_64.tflite").write_bytes(converted(larger, quantised=True, batch=1))
    write_golden((HERE / "int8_of_64.tflite").read_bytes(), HERE / "golden_of_64.npz")
