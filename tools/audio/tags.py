"""Reads what a file calls its song: from its tags, or else from its name and folders. mutagen is used here."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import category

import mutagen

_ID3_NAMES = {"title": "TIT2", "artist": "TPE1", "album": "TALB", "albumartist": "TPE2"}
"""Where wav and aiff files keep them; mutagen's easy names cover the other formats."""
_UNTITLED = "untitled"  # for a name of nothing that can be shown
_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
_PUNCTUATED_NUMBER = re.compile(r"^(?:\d-)?\d{1,3}\s*[-._)]\s*(?=\D)")
_BARE_NUMBER = re.compile(r"^(?:\d-)?(?P<number>\d{1,3})\s+(?=\D)")
_TWO_PARTS = re.compile(r"^(?P<first>.+?)\s+[-–—]\s+(?P<second>.+)$")
_DISC = re.compile(r"^(?:cd|dis[ck]|vol(?:ume)?)[\s._-]*\d+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tags:
    """What a person calls a song; ``artist``, ``album`` and ``album_artist`` may be empty.

    ``seconds`` is the length that the file's head declares, without decoding; None if it declares none.
    """

    title: str
    artist: str
    album: str
    album_artist: str = ""
    seconds: float | None = None


def read_tags(path: Path, *, music: Path | None = None) -> Tags:
    """Read a file's tags. Never fails: what is missing comes from the file's name and folders.

    A file without an artist gets its album artist. A name tells title and artist only where the file has no title,
    since the name's artist may belong to another spelling.

    :param music: the folder of all music, whose own name and those above it say nothing; without it no folder does.
    """
    try:
        stored: Any = mutagen.File(path, easy=True)
    except Exception:  # noqa: BLE001 - a damaged file raises errors of any kind; decoding will show if it can be heard
        stored = None
    title, artist, album, album_artist = (_first(stored, name) for name in _ID3_NAMES)
    folders = () if music is None else path.relative_to(music).parent.parts
    guess = tags_from_name(path.stem, folders)
    artist = artist or album_artist or ("" if title else guess.artist)
    return Tags(title or guess.title, artist, album or guess.album, album_artist, _seconds(stored))


def tags_from_name(stem: str, folders: tuple[str, ...] = ()) -> Tags:
    """Guess title, artist and album from a file's name without its suffix, and from its folders.

    ``01 - Artist - Title``, ``Artist - Album/03 Title`` and ``Artist/Album/03 Title`` are understood, likewise with a
    folder ``CD 1`` between. Folders without a dash are believed only where the name begins with a track's number.

    :param folders: names from the music folder down.
    """
    name = _clean(stem.replace("_", " "))
    bare = _without_number(name)
    parts = _TWO_PARTS.match(bare)
    title, artist = (parts["second"], parts["first"]) if parts else (bare or _clean(stem) or _UNTITLED, "")
    artist_above, album = _from_folders(folders, numbered=bare != name)
    return Tags(title, artist or artist_above, album)


def _without_number(name: str) -> str:
    """Take a track's number off. One that is followed by a space alone may be part of an artist: 50 Cent - Title."""
    if _PUNCTUATED_NUMBER.match(name):
        return _PUNCTUATED_NUMBER.sub("", name, count=1)
    number = _BARE_NUMBER.match(name)
    if number and (number["number"].startswith("0") or not _TWO_PARTS.match(name)):
        return name[number.end() :]
    return name


def _from_folders(folders: tuple[str, ...], *, numbered: bool) -> tuple[str, str]:
    names = [_clean(folder.replace("_", " ")) for folder in folders]
    if names and _DISC.match(names[-1]):
        del names[-1]
    if not names:
        return "", ""
    parts = _TWO_PARTS.match(names[-1])
    if parts and not parts["first"].isdigit():
        return parts["first"], parts["second"]
    if numbered and len(names) > 1:
        return names[-2], parts["second"] if parts else names[-1]
    return "", ""


def _seconds(stored: Any) -> float | None:  # noqa: ANN401 - mutagen has a class of its own for every format
    length = getattr(getattr(stored, "info", None), "length", None)
    return float(length) if isinstance(length, (int, float)) and 0 < length < math.inf else None


def _first(stored: Any, name: str) -> str:  # noqa: ANN401
    if stored is None or stored.tags is None:
        return ""
    for key in (name, _ID3_NAMES[name]):
        try:
            values = stored.tags[key]
        except (KeyError, ValueError):
            continue
        texts = getattr(values, "text", values)
        return _clean(" / ".join(str(text) for text in texts) if isinstance(texts, list) else str(texts))
    return ""


def _clean(text: str) -> str:
    """Turn control characters, line breaks and what is no UTF-8 into single spaces; joiners of scripts stay."""
    return " ".join("".join(" " if category(letter) in _NO_TEXT else letter for letter in text).split())
