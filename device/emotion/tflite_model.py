"""A full int8 TFLite file, run by tflite-runtime (Python 3.11 on Linux) or LiteRT (elsewhere).

Whether a file was cut short is checked by hand: the runtime does not look, and ends the process when it reads past it.
What else may be wrong with a file can still end the process, so a foreign one is first tried in a process of its own
(:mod:`device.appliance.release_trial`).
"""

import math
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.errors import ModelError
from device.files.untrusted import open_regular, plain, read_at_most

MOST_MODEL_BYTES = 32 * 2**20
"""A box's models take less than one; a larger file would not leave a Pi Zero room for anything else."""

_MEND = "copy the release again, or name another one under [paths] release_folder"
_CONVERT = "convert the model with mien-tools, which writes full int8 of batch 1"
_MODEL_BUFFERS = 4  # place of the field `buffers` in the table Model of TFLite's schema, version 3
_BUFFER_DATA = 0  # place of the field `data` in the table Buffer
_LEAST_STEP, _MOST_STEP = -128, 127
_FAILURES = (ValueError, RuntimeError, TypeError, IndexError, OverflowError, SystemError)
"""What the two runtimes raise for a model that they cannot use, or cannot even describe."""


class TFLiteModel:
    """One interpreter with batch 1, one int8 input and one int8 output, kept for the process's life.

    An interpreter is not thread-safe: call :meth:`run` from one thread at a time.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Load ``path`` and allocate its tensors.

        :raises ModelError: if the file is missing, truncated, or not a full int8 model of batch 1.
        """
        content = _read(path)
        if not _is_whole(content):
            what = f"{path}: not a TFLite model, or cut short"
            raise ModelError(what, mend=_MEND)
        try:
            self._interpreter = load_runtime()(model_content=content, num_threads=threads)  # it keeps the content
            self._interpreter.allocate_tensors()
            inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        except _FAILURES as error:
            what = f"{path}: not a model that this runtime can read ({plain(str(error), most=500)})"
            raise ModelError(what, mend=_MEND) from error
        _check_tensors(path, inputs, outputs)
        self.path = path
        self.input_shape: tuple[int, ...] = tuple(int(size) for size in inputs[0]["shape"])
        self.output_shape: tuple[int, ...] = tuple(int(size) for size in outputs[0]["shape"])
        self._input_index: int = inputs[0]["index"]
        self._output_index: int = outputs[0]["index"]
        self._input_scale, self._input_zero_point = _quantisation(inputs[0])
        self._output_scale, self._output_zero_point = _quantisation(outputs[0])

    def quantise(self, values: NDArray[np.float32]) -> NDArray[np.int8]:
        """Map real values of any shape to the input's int8, rounding to nearest and saturating."""
        steps: NDArray[np.float32] = np.rint(values / self._input_scale) + self._input_zero_point
        return np.clip(steps, _LEAST_STEP, _MOST_STEP).astype(np.int8)

    def run_quantised(self, quantised: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run int8 of ``input_shape`` through the model; return a copy of its int8 output.

        :raises ModelError: if the runtime cannot carry the model out.
        """
        try:
            self._interpreter.set_tensor(self._input_index, quantised)
            self._interpreter.invoke()
            output: NDArray[np.int8] = self._interpreter.get_tensor(self._output_index)  # a copy already
        except _FAILURES as error:
            what = f"{self.path}: this runtime cannot carry the model out ({plain(str(error), most=500)})"
            raise ModelError(what, mend=_MEND) from error
        return output

    def dequantise(self, output: NDArray[np.int8]) -> NDArray[np.float32]:
        """Map the int8 output, of any shape, to real values."""
        return (output.astype(np.float32) - np.float32(self._output_zero_point)) * np.float32(self._output_scale)

    def run(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run real values of ``input_shape`` through the model; return real values of ``output_shape``."""
        return self.dequantise(self.run_quantised(self.quantise(values)))


def _read(path: Path) -> bytes:
    try:
        with open_regular(path, follow_links=True) as file:
            return read_at_most(file, MOST_MODEL_BYTES)
    except FileNotFoundError as error:
        what = f"{path}: there is no such model file"
        raise ModelError(what, mend=_MEND) from error
    except OSError as error:
        what = f"{path}: the model cannot be read ({error.strerror})"
        raise ModelError(what, mend=_MEND) from error


def load_runtime() -> Any:  # noqa: ANN401 - neither runtime ships types
    """Import the runtime, which takes a moment, and return its class of interpreters.

    :raises ModelError: if it is not installed.
    """
    try:
        if sys.version_info < (3, 12) and sys.platform == "linux":
            from tflite_runtime.interpreter import Interpreter  # noqa: PLC0415 - only one of the two is installed
        else:
            from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415
    except ImportError as error:
        what = f"the runtime that models need cannot be loaded ({plain(str(error), most=300)})"
        raise ModelError(what, mend="install mien again, with what it depends on") from error
    return Interpreter


def _is_whole(content: bytes) -> bool:
    """Whether every weight lies inside the file.

    tflite-runtime maps the file without looking, so that a model cut short ends the process with a segmentation fault.
    The weights lie last in the file: they are what a cut takes away.
    """
    if content[4:8] != b"TFL3":
        return False
    try:
        (root,) = struct.unpack_from("<I", content)
        buffers = _field(content, root, _MODEL_BUFFERS)
        vector = buffers + struct.unpack_from("<I", content, buffers)[0]
        (count,) = struct.unpack_from("<I", content, vector)
        return all(_end_of_weights(content, vector + 4 + 4 * row) <= len(content) for row in range(count))
    except struct.error:  # an offset leads outside
        return False


def _end_of_weights(content: bytes, entry: int) -> int:
    data = _field(content, entry + struct.unpack_from("<I", content, entry)[0], _BUFFER_DATA)
    if not data:
        return 0
    start = data + struct.unpack_from("<I", content, data)[0]
    return int(start + 4 + struct.unpack_from("<I", content, start)[0])


def _field(content: bytes, table: int, place: int) -> int:
    """Position of a field of a FlatBuffers table, or 0 where the table leaves it out."""
    fields = table - struct.unpack_from("<i", content, table)[0]
    if 4 + 2 * place >= struct.unpack_from("<H", content, fields)[0]:
        return 0
    (offset,) = struct.unpack_from("<H", content, fields + 4 + 2 * place)
    return table + offset if offset else 0


def _quantisation(tensor: dict[str, Any]) -> tuple[float, int]:
    scale, zero_point = tensor["quantization"]
    return float(scale), int(zero_point)


def _check_tensors(path: Path, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]) -> None:
    tensors = [*inputs, *outputs]
    if len(inputs) != 1 or len(outputs) != 1 or any(tensor["dtype"] is not np.int8 for tensor in tensors):
        kinds = plain(", ".join(f"{tensor['name']} {np.dtype(tensor['dtype'])}" for tensor in tensors), most=300)
        what = f"{path}: expected one int8 input and one int8 output, found {kinds or 'none'}"
        raise ModelError(what, mend=_CONVERT)
    batch = [int(size) for size in inputs[0]["shape"][:1]]
    if batch != [1]:
        what = f"{path}: expected a batch of 1, found {batch[0] if batch else 'none'}"
        raise ModelError(what, mend=_CONVERT)
    for scale, zero_point in map(_quantisation, tensors):
        if not (0 < scale < math.inf and _LEAST_STEP <= zero_point <= _MOST_STEP):
            what = f"{path}: the int8 input or output has no scale, or one that is none ({scale} from {zero_point})"
            raise ModelError(what, mend=_CONVERT)
