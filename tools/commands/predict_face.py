"""Read the expressions of pictures, with the box's own detector, crop and int8 model."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from device.commands._output import say
from tools.arguments import add_model, add_out

if TYPE_CHECKING:
    from device.emotion.classifier import EmotionClassifier
    from device.faces.haar_face_detector import HaarFaceDetector
    from tools.face_emotion.prediction import Prediction

SOME_SKIPPED = 3
"""The exit code when the predictions were written, but pictures had to be passed over."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="48 × 48 crops as emotion,pixels,Usage (csv or csv.xz), read as they are",
    )
    source.add_argument("--images", type=Path, metavar="FOLDER", help="whole pictures, in which a face is looked for")
    parser.add_argument(
        "--resting",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="pictures of the same person's face at rest: what it reads like then corrects all answers, as on the box",
    )
    add_out(parser, "the csv of predictions to write", metavar="FILE")
    add_model(parser, "face")
    parser.epilog = f"Exit code {SOME_SKIPPED}: written, but some pictures could not be read; they are named."


def run(arguments: argparse.Namespace) -> int:
    """Write the predictions; return 0, or ``SOME_SKIPPED``.

    :raises MienError: if the model, the csv or the folder cannot be used.
    """
    from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier  # noqa: PLC0415 - loads the runtime
    from tools.face_emotion.prediction import (  # noqa: PLC0415
        correct,
        find_pictures,
        predict_rows,
        resting_shift,
        write_predictions,
    )

    classifier = TFLiteEmotionClassifier(arguments.model)
    shift = None
    if arguments.resting:
        shift = resting_shift(arguments.resting, _patient_detector(), classifier)
    skipped: list[str] = []
    if arguments.csv is not None:
        predictions = predict_rows(arguments.csv, classifier)
    else:
        pictures = find_pictures(arguments.images)
        predictions = _predict_pictures(pictures, arguments.images, classifier, skipped)
    if shift is not None:
        predictions = (correct(prediction, shift) for prediction in predictions)
    written = write_predictions(arguments.out, predictions)
    say(f"{arguments.out}: {written} predictions")
    for reason in skipped:
        say(f"passed over: {reason}")
    return SOME_SKIPPED if skipped else 0


def _predict_pictures(
    pictures: list[Path], folder: Path, classifier: "EmotionClassifier", skipped: list[str]
) -> "Iterator[Prediction]":
    from rich.progress import track  # noqa: PLC0415

    from tools.errors import DatasetError  # noqa: PLC0415
    from tools.face_emotion.prediction import predict_picture  # noqa: PLC0415

    detector = _patient_detector()
    for path in track(pictures, "reading"):
        try:
            yield predict_picture(path, folder, detector, classifier)
        except DatasetError as error:
            skipped.append(error.what)


def _patient_detector() -> "HaarFaceDetector":
    from device.faces.haar_face_detector import HaarFaceDetector  # noqa: PLC0415

    return HaarFaceDetector.patient()
