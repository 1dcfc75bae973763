"""Which of the songs that were heard are fragments, too short to be a song, and which are cut off."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.audio.cut_off import cut_off_words
from tools.errors import AudioError
from tools.song_library.cache import Cache
from tools.song_library.skipped import Skipped


@dataclass(frozen=True, slots=True)
class Lengths:
    """What the lengths of songs tell: ``fragments`` are left out of the table, ``cut_off`` are in it all the same."""

    fragments: tuple[Skipped, ...]
    cut_off: tuple[Skipped, ...]


def look_at_lengths(hashes: Mapping[str, str], cache: Cache, backbone: str, least_seconds: float) -> Lengths:
    """Part fragments from songs, by how long each was when it was heard, to the whole second.

    :param hashes: the content hash of every path, in the order wanted.
    :param least_seconds: what is shorter is a fragment: a sound effect, a jingle, a spoken line. 0 takes everything.
    """
    fragments, cut_off = [], []
    for path, content_hash in hashes.items():
        heard = cache.embedding(content_hash, backbone)
        if heard is None:
            continue
        missing = heard.whole_seconds is not None
        if round(heard.seconds) < least_seconds:
            fragments.append(Skipped(path, _too_short(least_seconds) + (", and cut off" if missing else "")))
        elif heard.whole_seconds is not None:
            cut_off.append(Skipped(path, cut_off_words(heard.seconds, heard.whole_seconds)))
    return Lengths(tuple(fragments), tuple(cut_off))


def nothing_but_fragments(music: object, fragments: int, least_seconds: float) -> AudioError:
    """Return the error of a folder that holds fragments alone."""
    files = "its only file that can be heard is" if fragments == 1 else f"its {fragments:,} files are all"
    what = f"{music}: {files} {_too_short(least_seconds)}"
    return AudioError(what, mend="take short ones for songs as well: --least-seconds 0")


def _too_short(least_seconds: float) -> str:
    return f"shorter than {least_seconds:g} s"
