"""What a push tells the box about music, on standard input: which songs it is about to bring, and which may go again.

Only songs that a push brought are ever removed, and none that the current release's table names.
"""

import argparse
import sys
from collections.abc import Callable

from device.commands._output import say
from device.commands._parser import add_config_argument
from device.errors import ReleaseError
from device.files.untrusted import read_at_most
from device.releases.journal import CURRENT
from device.releases.manifest import SONG_TABLE
from device.releases.push_protocol import MOST_OFFER_BYTES, take_offer
from device.releases.pushed_songs import note_songs, remove_songs
from device.settings.config_file import load_configuration
from device.settings.sections import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    known: tuple[tuple[str, Callable[[Settings], None], str], ...] = (
        ("note", _note, "note the songs of an offer as brought by a push"),
        ("clear", _clear, "remove songs that a push brought; their names end in NUL"),
    )
    for name, carry_out, sentence in known:
        action = actions.add_parser(name, help=sentence, description=sentence)
        add_config_argument(action)
        action.set_defaults(carry_out=carry_out)


def run(arguments: argparse.Namespace) -> int:
    """Carry out one action on the music folder.

    :raises MienError: if what is told cannot be understood, or the record or the music folder not be written.
    """
    carry_out: Callable[[Settings], None] = arguments.carry_out
    carry_out(load_configuration(arguments.config).settings)
    return 0


def _note(settings: Settings) -> None:
    songs = take_offer(sys.stdin.buffer).songs or {}
    note_songs(settings.paths.release_folder.parent, settings.paths.music_folder, songs)
    say(f"noted {len(songs)} song{'' if len(songs) == 1 else 's'} that a push brings")


def _clear(settings: Settings) -> None:
    from device.recommendation.song_table import read_song_table  # noqa: PLC0415 - loads numpy and SQLite

    try:
        names = read_at_most(sys.stdin.buffer, MOST_OFFER_BYTES).decode().split("\0")
    except (OSError, UnicodeDecodeError) as error:
        what = f"the names of songs cannot be read ({error})"
        raise ReleaseError(what, mend="end each with NUL, and write them in UTF-8") from error
    releases = settings.paths.release_folder.parent
    keep = set(read_song_table(releases / CURRENT / SONG_TABLE).paths())
    removed = remove_songs(releases, settings.paths.music_folder, filter(None, names), keep)
    say(f"removed {len(removed)} song{'' if len(removed) == 1 else 's'} that a push brought")
