"""Convert musicnn to int8, fit the music emotion head, measure both and write them with their card."""

import argparse
import logging
import os
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools train-music`` takes."""
    parser.add_argument(
        "--clips",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="holds annotations.csv and audio/, the clips it names",
    )
    parser.add_argument(
        "--musicnn", type=Path, required=True, metavar="FOLDER", help="the unpacked PyPI package musicnn 0.1.0"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="gets the model, its head, its card and its README"
    )
    parser.add_argument(
        "--seed", type=_natural, default=0, metavar="N", help="start of every random choice (default 0)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Train; return 0.

    :raises MienError: if the clips or the package cannot be used.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # tensorflow's greetings would bury the progress
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    from rich.console import Console  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown

    from tools.music_emotion.training import produce  # noqa: PLC0415

    console = Console()
    card = produce(arguments.clips, arguments.musicnn, arguments.out, seed=arguments.seed, console=console)
    figures = card["metrics"]["ten_fold"]
    fits = ", ".join(f"{axis} R² {figures[axis]['model']['r2']:.3f}" for axis in figures)
    console.print(f"{arguments.out}: version {card['version']}, ten-fold {fits} (constant mean: about 0)")
    return 0


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        msg = f"{text} is not 0 or more"
        raise argparse.ArgumentTypeError(msg)
    return number
