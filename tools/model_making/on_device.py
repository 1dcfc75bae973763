"""Runs int8 models with the box's own code.

tflite-runtime's interpreter fails in a process that has imported tensorflow, so the model runs in a fresh one. Neither
this module nor any other whose functions are sent there may therefore import tensorflow at its top.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion.tflite_model import TFLiteModel
from device.errors import ModelError
from tools.model_making.quiet import errors_only


@contextmanager
def fresh_process(model: Path) -> Iterator[ProcessPoolExecutor]:
    """Give one process free of tensorflow, in which the functions that are sent to it may run a model file.

    :raises ModelError: if that process crashes, as the runtime does on models that it cannot take.
    """
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        try:
            yield process
        except BrokenProcessPool as error:
            what = f"{model}: the runtime crashed on this model"
            mend = "convert the model with mien-tools, which writes full int8 of batch 1"
            raise ModelError(what, mend=mend) from error
        finally:
            process.shutdown(wait=False, cancel_futures=True)


def run_on_device(model: Path, inputs: NDArray[np.float32]) -> NDArray[np.int8]:
    """Run every example through a model file with :class:`device.emotion.tflite_model.TFLiteModel`.

    :param inputs: real values, ``(n, …)``, where ``(1, …)`` is the model's input.
    :returns: the quantised outputs, ``(n, …)``.
    :raises ModelError: if the box could not load the model.
    """
    with fresh_process(model) as process:
        return process.submit(_run, model, inputs).result()


def input_shape(model: Path) -> tuple[int, ...]:
    """Return the shape of what a model file takes.

    :raises ModelError: if the box could not load the model.
    """
    with fresh_process(model) as process:
        return process.submit(_input_shape, model).result()


def load_model(path: Path) -> TFLiteModel:
    """Load a model in such a process; what the runtime's C++ says of it is shown only if that fails."""
    with errors_only():
        return TFLiteModel(path)


def _run(path: Path, inputs: NDArray[np.float32]) -> NDArray[np.int8]:
    model = load_model(path)
    outputs = [model.run_quantised(model.quantise(example[np.newaxis])) for example in inputs]
    return np.concatenate(outputs) if outputs else np.empty((0, *model.output_shape[1:]), dtype=np.int8)


def _input_shape(path: Path) -> tuple[int, ...]:
    return load_model(path).input_shape
