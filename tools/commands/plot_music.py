"""Draw a song, the songs of annotated sets, or those of a song table, as PNG files for any screen."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from device.commands._output import say
from tools.arguments import add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools plot-music`` takes."""
    drawn = parser.add_mutually_exclusive_group(required=True)
    drawn.add_argument(
        "--song", type=Path, metavar="FILE", help="draws its volume, its spectrogram and its mel spectrogram"
    )
    drawn.add_argument(
        "--data",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="folders of annotated music, or folders of such folders: draws the songs in the plane of valence and "
        "arousal, and how the labels are distributed for k = 1, 2 and 3",
    )
    drawn.add_argument(
        "--table", type=Path, metavar="FILE", help="a song table, songs.sqlite: draws its songs in the plane"
    )
    add_out(parser, "gets the pictures")
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="with --data: keeps the sound of MIDI (default OUT/cache)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw, and print the names of the pictures.

    :raises MienError: if the song, the data or the table cannot be used, or a picture cannot be written.
    """
    for path in _drawn(arguments):
        say(path)
    return 0


def _drawn(arguments: argparse.Namespace) -> Iterator[Path]:
    from tools.music_emotion.evaluation import plot_sets  # noqa: PLC0415

    if arguments.song:
        return plot_sets.draw_song(arguments.song, arguments.out)
    if arguments.table:
        return plot_sets.draw_table(arguments.table, arguments.out)
    return plot_sets.draw_sets(arguments.data, arguments.out, cache=arguments.cache or arguments.out / "cache")
