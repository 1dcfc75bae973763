"""Write a page about a song table to look at: its mood map, its moods, and what the box can reach of it."""

import argparse
from pathlib import Path

from device.commands._output import say
from tools.arguments import add_out

_USUAL_STEM = "songs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools report`` takes."""
    parser.add_argument("table", type=Path, metavar="TABLE", help="the song table, songs.sqlite say")
    add_out(parser, "gets report.html, map.png and octants.png", metavar="DIR")
    parser.add_argument(
        "--skipped",
        type=Path,
        metavar="FILE",
        help="the list of files passed over (default TABLE.skipped.csv, if there is one)",
    )
    parser.add_argument(
        "--name",
        metavar="TEXT",
        help="what to call the library (default: the table's name, or that of its folder if it is songs.sqlite)",
    )


def library_name(table: Path) -> str:
    """Name a library by its table's file, or by the folder of a table that is called what they are usually called."""
    usual = table.stem.casefold() == _USUAL_STEM
    return (table.absolute().parent.name if usual else "") or table.stem


def run(arguments: argparse.Namespace) -> int:
    """Write the report, and print the names of its files.

    :raises MienError: if the table or the list cannot be read, or a file cannot be written.
    """
    from rich.progress import Progress  # noqa: PLC0415

    from device.recommendation.song_table import read_song_table  # noqa: PLC0415
    from tools.console import CleanConsole  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown
    from tools.library_report.report import write_report  # noqa: PLC0415
    from tools.song_library.skipped import notes_file, read_skipped, skipped_file  # noqa: PLC0415

    table = read_song_table(arguments.table)
    beside = skipped_file(arguments.table)
    listed = arguments.skipped or (beside if beside.exists() else None)
    skipped = read_skipped(listed) if listed else ()
    notes = notes_file(arguments.table)
    cut_off = read_skipped(notes) if notes.exists() else ()
    with Progress(console=CleanConsole()) as progress:
        bar = progress.add_task("comparing songs", total=None)
        written = write_report(
            table,
            arguments.name or library_name(arguments.table),
            skipped,
            arguments.out,
            lambda done, total: progress.update(bar, completed=done, total=total),
            cut_off=cut_off,
        )
    say(*written)
    return 0
