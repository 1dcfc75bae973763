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
        help="folders of annotated music, or folders of such folders; no sound is needed: draws the songs in the plane "
        "of valence and arousal, how the labels are distributed for k = 1, 2 and 3, and how the plane is cut",
    )
    drawn.add_argument(
        "--table", type=Path, metavar="FILE", help="a song table, songs.sqlite: draws its songs in the plane"
    )
    add_out(parser, "gets the pictures")
    parser.add_argument(
        "--plane",
        choices=("octants", "grid"),
        default="octants",
        help="with --data: eight octants, or sixteen squares whose middle four are neutral (default %(default)s)",
    )
    parser.add_argument(
        "--labels",
        choices=("largest", "even", "source"),
        default="largest",
        help="with --data, which labels a song is counted with: the largest, those above 100 / number of labels, or "
        "those above the source's 13 percent (default %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw, and print the names of the pictures, after how many songs of each set there are.

    :raises MienError: if the song, the data or the table cannot be used, or a picture cannot be written.
    """
    for path in _drawn(arguments):
        say(path)
    return 0


def _drawn(arguments: argparse.Namespace) -> Iterator[Path]:
    from tools.music_emotion.datasets.collection import read_annotations  # noqa: PLC0415
    from tools.music_emotion.evaluation import plot_sets  # noqa: PLC0415

    if arguments.song:
        return plot_sets.draw_song(arguments.song, arguments.out)
    if arguments.table:
        return plot_sets.draw_table(arguments.table, arguments.out)
    sets = read_annotations(arguments.data)
    for songs in sets:
        without = f", {len(songs.passed):,} left out: {songs.passed[0].reason}" if songs.passed else ""
        say(f"{songs.name}: {len(songs):,} songs{without}")
    return plot_sets.draw_sets(sets, arguments.out, plane=arguments.plane, rule=arguments.labels)
