"""Reads the expressions of any pictures with the box's own code: the same detector, crop and int8 model.

A picture comes only once, so that the detector should be the patient one: :meth:`HaarFaceDetector.patient`.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from device.emotion.classifier import EmotionClassifier
from device.emotion.labels import FACE_LABELS
from device.faces.crop import CROP_SIZE, crop_face
from device.faces.detector import FaceDetector, choose_face
from device.files.atomic_files import unfinished
from tools.errors import DatasetError
from tools.face_emotion.datasets.crops import read_faces
from tools.face_emotion.datasets.pictures import PICTURE_SUFFIXES, decode_grey
from tools.model_making.csv_tables import text_cell


@dataclass(frozen=True, slots=True)
class Prediction:
    """One picture's name, and its probabilities by face label; None where no face was found."""

    name: str
    probabilities: NDArray[np.float32] | None
    labels: tuple[str, ...]

    @property
    def label(self) -> str:
        """The likeliest label, empty where no face was found."""
        return "" if self.probabilities is None else self.labels[int(np.argmax(self.probabilities))]

    def row(self) -> list[str]:
        """Return name, label and the probability of each of ``FACE_LABELS``, all empty where no face was found."""
        name = text_cell(self.name)
        if self.probabilities is None:
            return [name, *[""] * (1 + len(FACE_LABELS))]
        given = dict(zip(self.labels, self.probabilities, strict=True))
        return [name, self.label, *(f"{given.get(label, 0.0):.6f}" for label in FACE_LABELS)]


def predict_rows(path: Path, classifier: EmotionClassifier) -> Iterator[Prediction]:
    """Predict the 48 × 48 crops of a csv file, as they are; a row's name is its number, from 0.

    :raises DatasetError: if the file is not in the form of :mod:`tools.face_emotion.datasets`.
    """
    for number, crop in enumerate(read_faces(path).crops):
        yield Prediction(str(number), classifier.classify(crop), classifier.labels)


def find_pictures(folder: Path) -> list[Path]:
    """Return every picture below a folder, by path.

    :raises DatasetError: if the folder is missing or holds none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file())
    if not found:
        what = f"{folder}: holds no pictures"
        raise DatasetError(what, mend=f"name a folder with pictures ({', '.join(sorted(PICTURE_SUFFIXES))})")
    return found


def predict_picture(path: Path, folder: Path, detector: FaceDetector, classifier: EmotionClassifier) -> Prediction:
    """Predict one picture as the box would: find the largest face, crop it, classify the crop.

    A picture of exactly 48 × 48 pixels is a crop already, as in the folders of CK+48, and is not searched.

    :raises DatasetError: if the picture cannot be read.
    """
    name = path.relative_to(folder).as_posix()
    crop = _crop(_read(path), detector, classifier.crop_size)
    return Prediction(name, None if crop is None else classifier.classify(crop), classifier.labels)


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> int:
    """Write the columns name, label and the eight label names in one step; return the number of rows."""
    written = 0
    with unfinished(path) as hidden, hidden.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "label", *FACE_LABELS])
        for prediction in predictions:
            writer.writerow(prediction.row())
            written += 1
    return written


def _crop(luma: Luma, detector: FaceDetector, size: int) -> Luma | None:
    if luma.shape == (CROP_SIZE, CROP_SIZE):
        return luma
    box = choose_face(detector.detect(luma))
    return None if box is None else crop_face(luma, box, size)


def _read(path: Path) -> Luma:
    picture = decode_grey(path.read_bytes())
    if picture is None:
        what = f"{path}: not a picture that OpenCV can read"
        raise DatasetError(what, mend="save it again, or take it out of the folder")
    return picture
