"""Train the source's music networks on your songs and table what they score, beside the source and no model at all."""

import argparse
from pathlib import Path

from tools.arguments import add_data, add_labelling, add_out, natural, positive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_data(parser, "folders of annotated songs, such as DEAM's")
    add_out(parser, "gets reproduction.json, reproduction.md, pictures and models; a run that was stopped goes on")
    parser.add_argument(
        "--architecture", nargs="+", default=[], metavar="NAME", help="only these rows (default: the whole table)"
    )
    parser.add_argument(
        "--model", type=Path, metavar="FOLDER", help="a music model, for the row musicnn-va, left out without it"
    )
    parser.add_argument(
        "--k",
        type=int,
        choices=(1, 2, 3),
        default=1,
        help="half a song's rectangle in standard deviations of its ratings (default 1)",
    )
    add_labelling(parser)
    parser.add_argument("--seed", type=natural, default=0, metavar="N", help="of split and training (default 0)")
    parser.add_argument("--epochs", type=positive, default=60, metavar="N", help="of training at most (default 60)")
    parser.add_argument(
        "--seconds", type=float, default=6.0, metavar="N", help="of a song's middle that are heard (default 6)"
    )
    parser.add_argument(
        "--keep",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="every network as a music model in OUT/models",
    )
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="keeps features and the sound of MIDI (default OUT/cache)"
    )
    parser.add_argument(
        "--all-sets", action="store_true", help="also take sets of felt emotion and of quadrants without ratings"
    )


def run(arguments: argparse.Namespace) -> int:
    """Train and table; return 0, or 130 if it was stopped.

    :raises MienError: if the data, a name or a folder cannot be used.
    """
    from tools.console import CleanConsole  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown
    from tools.model_making.quiet import load_tensorflow  # noqa: PLC0415

    load_tensorflow()
    from tools.music_emotion.reproduction.catalogue import RowSettings  # noqa: PLC0415
    from tools.music_emotion.reproduction.material import Data  # noqa: PLC0415
    from tools.music_emotion.reproduction.reproduction import PAGE, Request, reproduce  # noqa: PLC0415
    from tools.music_emotion.reproduction.table import print_table  # noqa: PLC0415

    console = CleanConsole()
    settings = RowSettings(
        seed=arguments.seed,
        k=arguments.k,
        plane=arguments.plane,
        label_rule=arguments.labels,
        seconds=arguments.seconds,
        epochs=arguments.epochs,
    )
    data = Data(arguments.data, arguments.cache or arguments.out / "cache", arguments.all_sets)
    request = Request(arguments.architecture, arguments.model, arguments.keep)
    try:
        rows = reproduce(request, data, arguments.out, settings, console)
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on with the row that was begun")
        return 130
    print_table(rows, console)
    console.print(f"{arguments.out / PAGE}: the table of these rows, with the report by label")
    return 0
