"""Reads the expressions of any pictures with the box's own code: the same detector, crop, contrast and int8 model.

A picture comes only once, so that the detector should be the patient one: :meth:`HaarFaceDetector.patient`.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from device.emotion.classifier import EmotionClassifier
from device.emotion.labels import FACE_LABELS
from device.faces.crop import CROP_SIZE, crop_face, resize_crop, stretch_contrast
from device.faces.detector import FaceDetector, choose_face
from device.files.atomic_files import unfinished
from device.observation.resting.correction import Correction, corrected, mean_log_probabilities
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
    """Predict one picture as the box would: cut its largest face, and classify the crop.

    :raises DatasetError: if the picture cannot be read.
    """
    name = path.relative_to(folder).as_posix()
    crop = cut_face(_read(path), detector, classifier.crop_size)
    return Prediction(name, None if crop is None else classifier.classify(crop), classifier.labels)


def cut_face(luma: Luma, detector: FaceDetector, size: int) -> Luma | None:
    """Return the largest face of a grey picture as the box shows it to a model, ``(size, size)``, or None.

    A picture of exactly 48 × 48 pixels is a crop already, as in the folders of CK+48, and is not searched.

    :param luma: ``(height, width)``, 0–255.
    :param size: in pixels, as the model reads it.
    :returns: None if no face is found.
    """
    if luma.shape == (CROP_SIZE, CROP_SIZE):
        return stretch_contrast(resize_crop(luma, size))
    box = choose_face(detector.detect(luma))
    return None if box is None else stretch_contrast(crop_face(luma, box, size))


def resting_shift(paths: Sequence[Path], detector: FaceDetector, classifier: EmotionClassifier) -> NDArray[np.float64]:
    """Return what a person's resting face takes off the logarithms of a reading, ``(n_labels,)``, as on the box.

    :param paths: pictures of one person at rest, at least one.
    :raises DatasetError: if one of them cannot be read, or shows no face.
    """
    found = [predict_picture(path, path.parent, detector, classifier) for path in paths]
    for path, prediction in zip(paths, found, strict=True):
        if prediction.probabilities is None:
            what = f"{path}: no face is found in this picture of a face at rest"
            raise DatasetError(what, mend="name another one, which shows the face from the front")
    means = mean_log_probabilities(classifier.labels, np.array([prediction.probabilities for prediction in found]))
    return Correction().shift(means, classifier.labels)


def correct(prediction: Prediction, shift: NDArray[np.float64]) -> Prediction:
    """Return a prediction as the box corrects it by a resting face, whose :func:`resting_shift` is given."""
    if prediction.probabilities is None:
        return prediction
    return replace(prediction, probabilities=corrected(prediction.probabilities, shift))


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


def _read(path: Path) -> Luma:
    try:
        picture = decode_grey(path.read_bytes())
    except OSError as error:
        what = f"{path}: {error.strerror}"
        raise DatasetError(what, mend="see whether it is there, and may be read") from error
    if picture is None:
        what = f"{path}: not a picture that OpenCV can read"
        raise DatasetError(what, mend="save it again, or take it out of the folder")
    return picture
