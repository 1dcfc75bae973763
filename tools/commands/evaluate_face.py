"""Measure a face model by class, as the box runs it, beside the trivial answer."""

import argparse
from pathlib import Path

from device.commands._output import say
from tools.arguments import add_data, add_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_data(
        parser,
        "labelled faces in any form that train-face reads: csv files, and folders with them or with label folders",
    )
    parser.add_argument(
        "--usage", metavar="WORD", help="only what is for this Usage: Training, PublicTest or PrivateTest"
    )
    parser.add_argument("--peaks", action="store_true", help="only the frames that the data mark as the peak of a film")
    parser.add_argument(
        "--among-present",
        action="store_true",
        help="choose only among the labels that the data hold; CK+, for one, holds no neutral faces",
    )
    to = parser.add_mutually_exclusive_group(required=True)
    to.add_argument("--out", type=Path, metavar="FOLDER", help="gets evaluation.json and two PNGs")
    to.add_argument(
        "--card",
        action="store_true",
        help="measure instead on the test sets of the model's own card, drawn from the data it was trained with, and "
        "write card.json and README.md of the model anew; its weights and version stay",
    )
    add_model(parser, "face")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print and write.

    :raises MienError: if the model or the data cannot be used, or no example is of that usage.
    """
    if arguments.card:
        return _renew_card(arguments)
    from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier  # noqa: PLC0415
    from tools.console import CleanConsole  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown
    from tools.errors import DatasetError  # noqa: PLC0415
    from tools.face_emotion.datasets.collection import read_sets  # noqa: PLC0415
    from tools.face_emotion.datasets.examples import join  # noqa: PLC0415
    from tools.face_emotion.datasets.material import show_sets  # noqa: PLC0415
    from tools.face_emotion.evaluation.report import evaluate, print_figures, write_report  # noqa: PLC0415

    console = CleanConsole()
    classifier = TFLiteEmotionClassifier(arguments.model)
    sets = read_sets(arguments.data)
    show_sets(sets, console)
    examples = join([faces.examples for faces in sets])
    if arguments.usage:
        examples = examples.used_for(arguments.usage)
    if not len(examples):
        what = f"{', '.join(map(str, arguments.data))}: no example has the Usage {arguments.usage!r}"
        raise DatasetError(what, mend="name Training, PublicTest or PrivateTest, or leave --usage out")
    if arguments.peaks:
        examples = examples.select(examples.peaks)
    if not len(examples):
        what = f"{', '.join(map(str, arguments.data))}: no frame is marked as a peak"
        raise DatasetError(what, mend="leave --peaks out, or give a table with the column peak")
    figures = evaluate(classifier, examples, console, among_present=arguments.among_present)
    print_figures(figures, console)
    for path in write_report(figures, arguments.out):
        say(path)
    return 0


def _renew_card(arguments: argparse.Namespace) -> int:
    from tools.model_making.quiet import load_tensorflow  # noqa: PLC0415

    load_tensorflow()
    from tools.face_emotion.remeasuring import renew_card  # noqa: PLC0415

    card = renew_card(arguments.model, arguments.data)
    for figures in card["metrics"].values():
        if "by_class" in figures:
            say(f"{figures['title']}: accuracy {figures['accuracy']:.3f}, macro F1 {figures['macro_f1']:.3f}")
    return 0
