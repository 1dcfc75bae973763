"""Write the moods of a song table into the tags of the music files."""

import argparse
from pathlib import Path

from device.commands._output import say

SOME_SKIPPED = 3
"""The exit code when some files could not get their mood."""

_MOST_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools write-tags`` takes."""
    parser.add_argument("table", type=Path, metavar="TABLE", help="the song table, songs.sqlite say")
    parser.add_argument("--music", type=Path, required=True, metavar="FOLDER", help="the folder that was analysed")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be written")
    parser.epilog = (
        "Fields: TMOO (mp3, wav, aiff), MOOD (flac, ogg, opus) or ----:com.apple.iTunes:MOOD (m4a) with one of the "
        "eight song labels, and MIEN_VALENCE and MIEN_AROUSAL with figures from -1 to 1. Nothing else in a file "
        f"changes, and the table stays right. Exit code {SOME_SKIPPED}: some files were passed over."
    )


def run(arguments: argparse.Namespace) -> int:
    """Write; return 0, or ``SOME_SKIPPED``.

    :raises MienError: if the table or the folder cannot be used.
    """
    return write(arguments.table, arguments.music, dry_run=arguments.dry_run)


def write(table: Path, music: Path, *, dry_run: bool = False) -> int:
    """Write the moods of a table into the files, and say what came of it; ``analyse --write-tags`` does so as well.

    :returns: 0, or ``SOME_SKIPPED``.
    :raises MienError: if the table or the folder cannot be used.
    """
    from rich.progress import Progress  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown

    from device.recommendation.song_table import read_song_table  # noqa: PLC0415
    from tools.console import CleanConsole  # noqa: PLC0415
    from tools.errors import DatasetError  # noqa: PLC0415
    from tools.song_library.tag_writing import write_moods  # noqa: PLC0415

    songs = read_song_table(table).songs
    if not music.is_dir():
        what = f"{music}: there is no such folder"
        raise DatasetError(what, mend="name the folder that was analysed")
    with Progress(console=CleanConsole(stderr=True), transient=True) as bars:
        bar = bars.add_task("writing tags")
        result = write_moods(
            songs,
            music,
            dry_run=dry_run,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )
    verb = "would be written" if dry_run else "written"
    say(f"moods {verb}: {result.written} files; already there: {result.unchanged}; not: {len(result.skipped)}")
    for entry in result.skipped[:_MOST_SHOWN]:
        say(f"  {entry.path}: {entry.reason}")
    if len(result.skipped) > _MOST_SHOWN:
        say(f"  … and {len(result.skipped) - _MOST_SHOWN} more")
    return SOME_SKIPPED if result.skipped else 0
