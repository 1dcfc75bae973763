"""Listen to a folder of music and write its song table."""

import argparse
import time
from pathlib import Path

from tools.arguments import above_zero

SOME_SKIPPED = 3
"""The exit code when the table was written, but files had to be passed over."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools analyse`` takes."""
    parser.add_argument("music", type=Path, metavar="FOLDER", help="your music: mp3, ogg, opus, flac, m4a, wav")
    parser.add_argument(
        "--table", type=Path, required=True, metavar="OUT", help="the song table to write, songs.sqlite say"
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=Path("models/music_emotion"),
        metavar="FOLDER",
        help="the music model (default %(default)s)",
    )
    parser.add_argument(
        "--k",
        type=above_zero,
        default=1.0,
        metavar="K",
        help="σ that a song's rectangle reaches to each side (default 1)",
    )
    parser.epilog = f"Exit code {SOME_SKIPPED}: the table is written, and OUT.skipped.csv lists what was passed over."


def run(arguments: argparse.Namespace) -> int:
    """Analyse; return 0, or ``SOME_SKIPPED``.

    :raises MienError: if the folder, the model or the table cannot be used.
    """
    from rich.console import Console  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown

    from tools.music_emotion.music_model import MusicModel  # noqa: PLC0415
    from tools.song_library.analysis import analyse  # noqa: PLC0415
    from tools.song_library.report import ProgressBar, show, skipped_file, write_skipped  # noqa: PLC0415

    console = Console()
    started = time.monotonic()
    model = MusicModel(arguments.model)
    with ProgressBar(console) as bar:
        analysis = analyse(arguments.music, arguments.table, model, k=arguments.k, progress=bar.update)
    write_skipped(skipped_file(arguments.table), analysis.skipped)
    show(analysis, arguments.table, time.monotonic() - started, console)
    return SOME_SKIPPED if analysis.skipped else 0
