"""Train the face emotion model, convert it to int8, measure it and write it with its card."""

import argparse
import logging
import os
from dataclasses import replace
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools train-face`` takes."""
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="holds ferplus.csv and ckplus.csv, plain or .csv.xz"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="gets the model, its card and its README; a training that was stopped there goes on",
    )
    parser.add_argument("--seed", type=_natural, required=True, metavar="N", help="start of every random choice")
    parser.add_argument("--epochs", type=_positive, metavar="N", help="rounds of training (default 24)")
    parser.add_argument("--limit", type=_positive, metavar="N", help="use at most N examples of each set, for a trial")


def run(arguments: argparse.Namespace) -> int:
    """Train; return 0, or 130 if it was stopped.

    :raises MienError: if the data, the folder or the settings cannot be used.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # tensorflow's greetings would bury the progress
    from rich.console import Console  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown

    from tools.face_emotion.pipeline import produce  # noqa: PLC0415
    from tools.face_emotion.training import TrainingSettings  # noqa: PLC0415

    logging.getLogger("tensorflow").setLevel(logging.WARNING)
    console = Console()
    settings = TrainingSettings(seed=arguments.seed)
    if arguments.epochs is not None:
        settings = replace(settings, epochs=arguments.epochs)
    try:
        card = produce(arguments.data, arguments.out, settings, limit=arguments.limit, console=console)
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on after the last whole epoch")
        return 130
    figures = card["metrics"]["ferplus_public_test"]
    console.print(
        f"{arguments.out}: version {card['version']}, PublicTest accuracy {figures['accuracy']:.3f} "
        f"(baseline {figures['majority_baseline']['accuracy']:.3f}), macro F1 {figures['macro_f1']:.3f}"
    )
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        msg = f"{text} is not 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return number


def _natural(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**31:
        msg = f"{text} is not between 0 and 2147483647"
        raise argparse.ArgumentTypeError(msg)
    return number
