"""Keeps what C++ libraries write to standard error from standing between the progress bars.

TensorFlow greets on import, its converter reports each file, and a TFLite interpreter names its delegates; all of it
goes to file descriptor 2, past Python's own streams.
"""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STANDARD_ERROR = 2


@contextmanager
def errors_only() -> Iterator[None]:
    """Hold back all that this process writes to standard error; show it if the work fails, and drop it if not.

    The descriptor is the whole process's: no other thread should write there meanwhile.
    """
    try:
        before = os.dup(_STANDARD_ERROR)
    except OSError:  # the caller has closed it: nothing to keep clean
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), _STANDARD_ERROR)
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(before, _STANDARD_ERROR)
            os.close(before)
            if failed:
                held.seek(0)
                _pass_on(held.read())


def load_tensorflow() -> None:
    """Import tensorflow without its greetings; what it logs from then on is errors alone.

    :raises ImportError: if it is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with errors_only():
        import tensorflow as tf  # noqa: F401, PLC0415 - seconds that only trainings need


def _pass_on(held: bytes) -> None:
    while held:
        held = held[os.write(_STANDARD_ERROR, held) :]
