"""Expressions by an int8 TFLite model and the card that names its labels.

A model folder holds ``model.tflite``, ``card.json`` and, for the trial run, ``golden.npz``.
"""

import math
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from device.emotion.classifier import normalise
from device.emotion.labels import FACE_LABELS
from device.emotion.tflite_model import TFLiteModel
from device.errors import ModelError
from device.faces.crop import resize_crop
from device.files.untrusted import BROKEN_ZIP, open_regular, parse_json, plain, read_at_most

GOLDEN_TOLERANCE_STEPS = 8
"""How many of the output's 256 steps a runtime may differ from the golden output, unless the card says otherwise:
kernels of other processors round differently."""

_MOST_TOLERANCE_STEPS = 128
"""Half of all steps; whoever allows more does not ask."""

_MOST_FILE_BYTES = 2**20
"""For a card and for a golden example each; they take some ten thousand."""

_MOST_ARRAY_BYTES = 2**16
"""A picture of 48 × 48 takes 2,304 bytes; a few bytes of a zip file may stand for gigabytes."""

_ARRAY_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([^']+)', 'fortran_order': (False|True), 'shape': \(([0-9, ]+)\), \} *\n",
    re.DOTALL,
)
"""How NumPy begins what it writes. Its own reader would take the memory for whatever shape stands there."""

_LEAST_CROP, _MOST_CROP = 32, 128
"""Pixels of the crops that a model may read: fewer show no expression, more are no work for a small box."""

_MEND = "copy the release again, or convert the model again with mien-tools"


class TFLiteEmotionClassifier:
    """One model and one interpreter for the life of the process; call it from one thread at a time."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Load ``model.tflite`` and ``card.json`` from ``folder``.

        :raises ModelError: if one of them is missing or broken, or if they do not belong together.
        """
        self._model = TFLiteModel(folder / "model.tflite", threads=threads)
        self._labels = _labels(folder / "card.json", _read_card(folder))
        self._crop_size = _crop_size(self._model.input_shape)
        if not self._crop_size or self._model.output_shape != (1, len(self._labels)):
            what = (
                f"{folder}: the model maps {self._model.input_shape} to {self._model.output_shape}, but its card has "
                f"{len(self._labels)} labels, which needs (1, n, n, 1) with n from {_LEAST_CROP} to {_MOST_CROP} "
                f"to (1, {len(self._labels)})"
            )
            raise ModelError(what, mend=_MEND)
        self._steps = _steps_of_levels(self._model, self._crop_size)

    @property
    def labels(self) -> tuple[str, ...]:
        """The face labels, in the order of the probabilities."""
        return self._labels

    @property
    def crop_size(self) -> int:
        """Width and height in pixels of the crops that the model reads, as its file says."""
        return self._crop_size

    def classify(self, crop: Luma) -> NDArray[np.float32]:
        """Return the probability of each label, ``(n_labels,)``, summing to 1, for a grey crop of 0–255."""
        return probabilities(self._model.dequantise(self.classify_quantised(crop)))

    def classify_quantised(self, crop: Luma) -> NDArray[np.int8]:
        """Return the model's own int8 output ``(n_labels,)`` for a grey crop of 0–255."""
        steps = self._steps.take(resize_crop(crop, self._crop_size))
        return self._model.run_quantised(steps.reshape(self._model.input_shape)).reshape(-1)


def probabilities(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make an int8 softmax ``(n,)``, which sums only nearly to 1, sum to 1; nothing at all becomes equal shares."""
    positive = np.maximum(outputs, 0)
    total = positive.sum()
    if total <= 0:
        return np.full(outputs.shape, 1 / outputs.size, dtype=np.float32)
    return np.asarray(positive / total, dtype=np.float32)


def run_golden(folder: Path) -> int:
    """Try a model folder on this machine: run its stored picture and compare with the stored answer.

    ``golden.npz`` holds ``input``, uint8 ``(n, n)`` of the model's own size, and ``output``, int8 ``(n_labels,)``.

    :returns: the largest difference found, in steps of the int8 output.
    :raises ModelError: if the folder is incomplete, or the answer is further off than ``golden_tolerance_steps`` of
        the card (8 without one).
    """
    classifier = TFLiteEmotionClassifier(folder)
    path = folder / "golden.npz"
    picture, answer = _read_golden(path, classifier.crop_size, len(classifier.labels))
    tolerance = _tolerance(folder)
    given = classifier.classify_quantised(picture)
    difference = int(np.abs(given.astype(np.int16) - answer.astype(np.int16)).max())
    if difference > tolerance:
        what = f"{path}: this machine's answer is {difference} steps off the stored one, {tolerance} are allowed"
        raise ModelError(what, mend="install the pinned tflite-runtime or ai-edge-litert, or take another release")
    return difference


def _crop_size(shape: tuple[int, ...]) -> int:
    """Return the size of the crops that a model of this input shape reads, 0 if it reads none."""
    size = shape[1] if len(shape) > 1 else 0
    return size if shape == (1, size, size, 1) and _LEAST_CROP <= size <= _MOST_CROP else 0


def _steps_of_levels(model: TFLiteModel, size: int) -> NDArray[np.int8]:
    """Return the model's input for every grey level, ``(256,)``, by the very functions that training calls.

    A crop is then prepared by one look-up instead of five passes over real numbers (2 µs instead of 8).
    """
    levels = np.resize(np.arange(256, dtype=np.uint8), (size, size))
    return model.quantise(normalise(levels)).reshape(-1)[:256]


def _read_card(folder: Path) -> dict[str, Any]:
    path = folder / "card.json"
    try:
        card = parse_json(_read_file(path))
    except (OSError, ValueError) as error:
        what = f"{path}: the model card cannot be read ({plain(str(error), most=300)})"
        raise ModelError(what, mend=_MEND) from error
    if not isinstance(card, dict):
        what = f"{path}: the model card is not a JSON object"
        raise ModelError(what, mend=_MEND)
    return card


def _labels(path: Path, card: dict[str, Any]) -> tuple[str, ...]:
    labels = card.get("labels")
    if not isinstance(labels, list) or not labels:
        what = f'{path}: "labels" is missing or not a list of labels'
        raise ModelError(what, mend=_MEND)
    unknown = [label for label in labels if label not in FACE_LABELS]
    if unknown:
        strange = plain(", ".join(map(repr, unknown)), most=200)
        what = f'{path}: "labels" holds {strange}; known are {", ".join(FACE_LABELS)}'
        raise ModelError(what, mend=_MEND)
    if len(set(labels)) < len(labels):
        what = f'{path}: "labels" names a label twice'
        raise ModelError(what, mend=_MEND)
    return tuple(labels)


def _tolerance(folder: Path) -> int:
    steps = _read_card(folder).get("golden_tolerance_steps", GOLDEN_TOLERANCE_STEPS)
    if not isinstance(steps, int) or isinstance(steps, bool) or not 0 <= steps <= _MOST_TOLERANCE_STEPS:
        given = plain(repr(steps), most=80)
        what = (
            f'{folder / "card.json"}: "golden_tolerance_steps" is {given}, '
            f"not a whole number of steps from 0 to {_MOST_TOLERANCE_STEPS}"
        )
        raise ModelError(what, mend=_MEND)
    return steps


def _read_golden(path: Path, size: int, n_labels: int) -> tuple[Luma, NDArray[np.int8]]:
    try:
        with zipfile.ZipFile(BytesIO(_read_file(path))) as golden:
            picture, answer = _read_array(golden, "input"), _read_array(golden, "output")
    except (OSError, ValueError, *BROKEN_ZIP) as error:
        what = f"{path}: the golden example cannot be read ({plain(str(error), most=300)})"
        raise ModelError(what, mend=_MEND) from error
    kinds = (str(picture.dtype), picture.shape, str(answer.dtype), answer.size)
    if kinds != ("uint8", (size, size), "int8", n_labels):
        what = f"{path}: expected a uint8 picture of {size} × {size} and {n_labels} int8 answers"
        raise ModelError(what, mend=_MEND)
    return picture, answer.reshape(-1)


def _read_array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Read one array of bytes of a npz file.

    :raises ValueError: if it is no array of single bytes, or too long for a golden example.
    """
    with archive.open(f"{name}.npy") as member:
        content = member.read(_MOST_ARRAY_BYTES + 1)
    header = _ARRAY_HEADER.match(content)
    if header is None or len(content) > _MOST_ARRAY_BYTES:
        msg = f"{name} is no array, or one of more than {_MOST_ARRAY_BYTES:,} bytes"
        raise ValueError(msg)
    kind, order = header[1].decode(errors="replace"), "F" if header[2] == b"True" else "C"
    shape = tuple(int(size) for size in header[3].split(b",") if size.strip())
    kinds: dict[str, type[np.generic]] = {"|u1": np.uint8, "|i1": np.int8}
    if kind not in kinds or math.prod(shape) != len(content) - header.end():
        msg = f"{name} is no array of bytes"
        raise ValueError(msg)
    return np.frombuffer(content, kinds[kind], offset=header.end()).reshape(shape, order="F" if order == "F" else "C")


def _read_file(path: Path) -> bytes:
    with open_regular(path) as file:
        return read_at_most(file, _MOST_FILE_BYTES)
