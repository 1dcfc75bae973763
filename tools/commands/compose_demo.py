"""Compose and render the demo library, two dozen pieces of 20 s that are free to use.

With --table, compose nothing: write the library's README again, with what an analysis heard in each piece beside what
it was meant for.
"""

import argparse
from pathlib import Path

from device.commands._output import say
from tools.arguments import add_out

DEFAULT_SEED = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the folder, the seed, and the table of an analysis."""
    add_out(parser, "folder for the ogg files and README.md")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="what chance depends on (default: %(default)s)")
    parser.add_argument(
        "--table",
        type=Path,
        help="a song table made from the library: only write README.md, with meant and heard labels",
    )


def run(arguments: argparse.Namespace) -> int:
    """Compose the library, or describe what was heard in it."""
    from rich.progress import track  # noqa: PLC0415 - heavy imports wait until the verb runs

    from device.errors import MienError  # noqa: PLC0415
    from device.recommendation.song_table import read_song_table  # noqa: PLC0415
    from tools.demo.composer.composer import PIECE_COUNT, readme, write_pieces  # noqa: PLC0415

    folder: Path = arguments.out
    table = read_song_table(arguments.table) if arguments.table else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if table is None:
            for _ in track(write_pieces(folder, arguments.seed), description="composing", total=PIECE_COUNT):
                pass
        (folder / "README.md").write_text(readme(arguments.seed, table), encoding="utf-8")
    except OSError as error:
        what = f"{folder}: the library cannot be written ({error})"
        raise MienError(what, mend="free some space, or name a folder that can be written") from error
    size = sum(path.stat().st_size for path in folder.glob("*.ogg"))
    say(f"{folder}: {PIECE_COUNT} pieces, {size / 1e6:.1f} MB, and README.md")
    return 0
