"""Measure a face model by class, as the box runs it, beside the trivial answer."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "--csv", type=Path, required=True, metavar="FILE", help="labelled crops: emotion,pixels,Usage (csv or csv.xz)"
    )
    parser.add_argument("--usage", metavar="WORD", help="only rows of this Usage: Training, PublicTest or PrivateTest")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="gets evaluation.json and two PNGs")
    parser.add_argument(
        "--model",
        type=Path,
        default=Path("models/face_emotion"),
        metavar="FOLDER",
        help="the face model (default %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print and write.

    :raises MienError: if the model or the csv cannot be used, or no row is of that usage.
    """
    from rich.console import Console  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown

    from device.drivers.tflite_emotion_classifier import TFLiteEmotionClassifier  # noqa: PLC0415
    from tools.errors import DatasetError  # noqa: PLC0415
    from tools.face_emotion.datasets import read_faces  # noqa: PLC0415
    from tools.face_emotion.report import evaluate, show, write_report  # noqa: PLC0415

    console = Console()
    classifier = TFLiteEmotionClassifier(arguments.model)
    examples = read_faces(arguments.csv)
    if arguments.usage:
        examples = examples.used_for(arguments.usage)
    if not len(examples):
        what = f"{arguments.csv}: no row has the Usage {arguments.usage!r}"
        raise DatasetError(what, mend="name Training, PublicTest or PrivateTest, or leave --usage out")
    figures = evaluate(classifier, examples, console)
    show(figures, console)
    for path in write_report(figures, arguments.out):
        console.print(path, soft_wrap=True)
    return 0
