"""Print a playlist (M3U, UTF-8) of the songs that the box would play for an emotion, or like a song of yours."""

import argparse
import math
import sys
from dataclasses import replace
from pathlib import Path

from device.commands._output import complain, say, say_bytes
from device.settings.sections import GOALS
from tools.arguments import above_zero, natural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools playlist`` takes."""
    parser.add_argument("table", type=Path, metavar="TABLE", help="the song table, songs.sqlite say")
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--emotion", metavar="WORD", help="a song's emotion (calm, happy, …) or a face's (sadness, …)")
    wish.add_argument("--valence", type=_coordinate, metavar="V", help="or a place: -1 (unpleasant) to 1 (pleasant)")
    wish.add_argument("--like", metavar="TITLE", help="or a song by a part of its title, and those like it")
    parser.add_argument("--arousal", type=_coordinate, metavar="A", help="with --valence: -1 (sleepy) to 1 (excited)")
    parser.add_argument("--minutes", type=above_zero, required=True, metavar="M", help="how long, to half a song")
    parser.add_argument("--goal", choices=GOALS, default="match", help="where the songs lead (default: %(default)s)")
    parser.add_argument(
        "--music", type=Path, metavar="FOLDER", help="the music folder: absolute paths, and only files that are there"
    )
    parser.add_argument("--shuffle", type=natural, metavar="SEED", help="the same songs in an order that SEED decides")
    parser.epilog = (
        "mien-tools playlist songs.sqlite --emotion calm --minutes 45 > calm.m3u8 — the nearest song comes first. "
        "Without --music the paths are relative: keep the list in the music folder."
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the list; return 0.

    :raises MienError: if the emotion is unknown, or the table cannot be read or has nothing to offer.
    """
    from device.emotion.labels import Place  # noqa: PLC0415 - numpy loads when a verb runs, not when help is shown
    from device.recommendation.song_table import read_song_table  # noqa: PLC0415
    from device.settings.sections import ProgrammeSettings  # noqa: PLC0415
    from tools.errors import PlaylistError  # noqa: PLC0415
    from tools.song_library.playlist import (  # noqa: PLC0415
        choose,
        emotion_wish,
        like_wish,
        m3u8,
        place_wish,
        shuffled,
    )

    if (arguments.valence is None) != (arguments.arousal is None):
        what = "a place has a valence and an arousal"
        raise PlaylistError(what, mend="give --valence together with --arousal, or --emotion or --like alone")
    table = read_song_table(arguments.table)
    if arguments.emotion is not None:
        wish = emotion_wish(arguments.emotion)
    elif arguments.like is not None:
        wish = like_wish(arguments.like, table)
    else:
        wish = place_wish(Place(arguments.valence, arguments.arousal))
    rules = ProgrammeSettings(goal=arguments.goal)
    playlist = choose(table, wish, seconds=60 * arguments.minutes, music=arguments.music, rules=rules)
    if arguments.shuffle is not None:
        playlist = replace(playlist, songs=shuffled(playlist.songs, arguments.shuffle))
    _print_list(m3u8(playlist.songs, music=arguments.music))
    complain(playlist.summary)
    return 0


def _print_list(text: str) -> None:
    if sys.stdout.isatty():
        say(*text.removesuffix("\n").split("\n"))
    else:
        say_bytes(text.encode())  # in UTF-8 whatever the terminal's own encoding is, and every path to the letter


def _coordinate(text: str) -> float:
    number = float(text)
    if not (math.isfinite(number) and -1 <= number <= 1):
        msg = f"{text} is not between -1 and 1"
        raise argparse.ArgumentTypeError(msg)
    return number
