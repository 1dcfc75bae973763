"""Listen to a folder of music and write its song table."""

import argparse
import os
import signal
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from tools.arguments import above_zero, add_least_seconds, add_model, positive
from tools.commands import write_tags

if TYPE_CHECKING:
    from tools.song_library.dask_workers import DaskWorkers
    from tools.song_library.workers import LocalWorkers

SOME_SKIPPED = 3
"""The exit code when the table was written, but files were skipped that should have been songs."""
STRICT_FAILED = 65
"""The exit code when files were skipped and ``--strict`` left the table alone; EX_DATAERR of sysexits.h."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools analyse`` takes."""
    parser.add_argument("music", type=Path, metavar="FOLDER", help="your music: mp3, ogg, opus, flac, m4a, wav, aiff")
    parser.add_argument(
        "--table", type=Path, required=True, metavar="OUT", help="the song table to write, songs.sqlite say"
    )
    add_model(parser, "music")
    parser.add_argument(
        "--k",
        type=above_zero,
        metavar="K",
        help="σ that a song's rectangle reaches to each side (default 1, or what the model learnt)",
    )
    parser.add_argument("--strict", action="store_true", help="leave an earlier table in place if any file is skipped")
    parser.add_argument(
        "--write-tags", action="store_true", help="also write the moods into the files' own tags, as write-tags does"
    )
    parser.add_argument(
        "--patience",
        type=above_zero,
        default=300.0,  # the analysis's own default; to import it would load what --help does without
        metavar="SECONDS",
        help="skip a file that takes longer, and a second more for each 100 kB of it (default 300)",
    )
    add_least_seconds(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="processes that listen, each with one thread (default: one a core)",
    )
    where.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="a Dask cluster that listens instead; its workers see music and model under the same paths",
    )
    parser.epilog = (
        f"OUT.cache keeps what was heard: stop at any time, and the next run goes on there. OUT.skipped.csv lists "
        f"what is not in the table, OUT.notes.csv the songs in it that are cut off. Exit code {SOME_SKIPPED}: "
        f"the table is written, but files were skipped, or could not be tagged; what is too short is no failure; "
        f"{STRICT_FAILED} with --strict: it is not."
    )


def run(arguments: argparse.Namespace) -> int:
    """Analyse; return 0, ``SOME_SKIPPED`` or ``STRICT_FAILED``.

    :raises MienError: if the folder, the model, the table or the cluster cannot be used.
    :raises KeyboardInterrupt: on Ctrl-C or SIGTERM.
    """
    from device.recommendation.song_table import read_song_table  # noqa: PLC0415 - heavy libraries load when a verb runs
    from tools.console import CleanConsole  # noqa: PLC0415
    from tools.library_report.moods import moods_lines  # noqa: PLC0415
    from tools.music_emotion.model.loading import load_music_model  # noqa: PLC0415
    from tools.song_library.analysis import analyse  # noqa: PLC0415
    from tools.song_library.cache import cache_file  # noqa: PLC0415
    from tools.song_library.console import AnalysisProgress, print_outcome  # noqa: PLC0415
    from tools.song_library.skipped import notes_file, skipped_file, write_skipped  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _interrupt)
    console = CleanConsole()
    started = time.monotonic()
    model = load_music_model(arguments.model)
    try:
        with _workers(arguments) as workers, AnalysisProgress(console) as bar:
            analysis = analyse(
                arguments.music,
                arguments.table,
                model,
                workers,
                k=arguments.k,
                watcher=bar,
                strict=arguments.strict,
                patience=arguments.patience,
                least_seconds=arguments.least_seconds,
            )
    except KeyboardInterrupt:
        kept = f"stopped; what was heard is kept in {cache_file(arguments.table)}, and the next run goes on there"
        console.print(kept, soft_wrap=True, markup=False, highlight=False)
        raise
    write_skipped(skipped_file(arguments.table), analysis.passed_over)
    write_skipped(notes_file(arguments.table), analysis.cut_off)
    print_outcome(analysis, arguments.table, model.shares, time.monotonic() - started, console)
    if not analysis.written:
        return STRICT_FAILED
    for line in moods_lines(read_song_table(arguments.table)):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    untagged = write_tags.write(arguments.table, arguments.music) if arguments.write_tags else 0
    return SOME_SKIPPED if analysis.skipped or untagged else 0


def _workers(arguments: argparse.Namespace) -> AbstractContextManager["DaskWorkers | LocalWorkers"]:
    if arguments.scheduler:
        from tools.song_library.dask_workers import DaskWorkers  # noqa: PLC0415

        return DaskWorkers(arguments.scheduler)
    from tools.song_library.workers import LocalWorkers  # noqa: PLC0415

    return LocalWorkers(arguments.workers or os.cpu_count() or 1)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
