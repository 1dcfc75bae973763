"""Reads title, artist and album, from a file's tags or else from its name. This is where mutagen is used."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import category

import mutagen

_ID3_NAMES = {"title": "TIT2", "artist": "TPE1", "album": "TALB"}
"""Where wav files keep them; mutagen's easy names cover the other formats."""
_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TRACK_NUMBER = re.compile(r"^\d{1,3}(?:\s*[-._)]\s*|\s+)(?=\D)")
_ARTIST_AND_TITLE = re.compile(r"^(?P<artist>.+?)\s+[-–—]\s+(?P<title>.+)$")


@dataclass(frozen=True, slots=True)
class Tags:
    """What a person calls a song; ``artist`` and ``album`` may be empty."""

    title: str
    artist: str
    album: str


def read_tags(path: Path) -> Tags:
    """Read a file's tags; what is missing comes from a name like ``07 - Artist - Title.mp3``. Never fails."""
    try:
        stored: Any = mutagen.File(path, easy=True)
    except Exception:  # noqa: BLE001 - a damaged file raises errors of any kind; decoding will show if it can be heard
        stored = None
    title, artist, album = (_first(stored, name) for name in ("title", "artist", "album"))
    guess = tags_from_name(path.stem)
    return Tags(title or guess.title, artist or ("" if title else guess.artist), album)


def tags_from_name(stem: str) -> Tags:
    """Guess title and artist from a file's name without its suffix."""
    name = _clean(stem.replace("_", " "))
    name = _TRACK_NUMBER.sub("", name) or name
    parts = _ARTIST_AND_TITLE.match(name)
    return Tags(parts["title"], parts["artist"], "") if parts else Tags(name or stem, "", "")


def _first(stored: Any, name: str) -> str:  # noqa: ANN401 - mutagen has a class of its own for every format
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
