"""Train the source's face network on CK+, split by frame, by film and by person, and table what it scores."""

import argparse

from device.commands._output import say
from tools.arguments import add_data, add_out, natural, positive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_data(parser, "CK+: ckplus.csv or CK+48; Kaggle's ckextended.csv names no people and gets the row by frame only")
    add_out(
        parser,
        "gets reproduction.json, reproduction.md and pictures; a model's README there gets the table, and a run that "
        "was stopped goes on",
    )
    parser.add_argument(
        "--seeds",
        type=natural,
        nargs="+",
        default=[1, 2, 3],
        metavar="N",
        help="trainings of each split (default 1 2 3)",
    )
    parser.add_argument(
        "--folds",
        type=natural,
        default=10,
        metavar="N",
        help="folds by person, each trained with the first seed; 0 for none (default %(default)s)",
    )
    parser.add_argument("--epochs", type=positive, metavar="N", help="instead of the source's 25, for a trial")


def run(arguments: argparse.Namespace) -> int:
    """Train and table; return 0, or 130 if it was stopped.

    :raises MienError: if the data or the folder cannot be used.
    """
    from tools.console import CleanConsole  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown
    from tools.model_making.quiet import load_tensorflow  # noqa: PLC0415

    load_tensorflow()
    from tools.face_emotion.readme import write_readme  # noqa: PLC0415
    from tools.face_emotion.reproduction import Trainings, reproduce  # noqa: PLC0415
    from tools.face_emotion.reproduction_page import write_page  # noqa: PLC0415

    console = CleanConsole()
    try:
        trainings = Trainings(arguments.seeds, arguments.epochs, arguments.folds)
        table = reproduce(arguments.data, arguments.out, trainings, console)
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on with the row that was begun")
        return 130
    for path in write_page(table, arguments.out):
        say(path)
    write_readme(arguments.out)
    return 0
