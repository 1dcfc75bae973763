"""Tells whether a file of music lacks its end: by the length that its head states, or by the last page of an Ogg file.

A copy or a download that broke off still plays as far as it goes, and no decoder complains of it. mutagen is used here.
"""

import math
import os
import struct
from pathlib import Path
from typing import Any

import mutagen
from mutagen.mp3 import BitrateMode, MPEGInfo

from device.player.song_file import SongKind, open_song, song_kind

MOST_MISSING_SHARE = 0.05
MOST_MISSING_SECONDS = 2.0
"""A file may lack so much of what it states, the larger of the two: heads are rounded, and decoders cut a little."""

_OGG_PAGE = struct.Struct("<4sBBqIIIB")
_OGG_LAST = 4
"""The bit of a page's flags that marks the last one of its sound."""
_LONGEST_OGG_PAGE = _OGG_PAGE.size + 255 + 255 * 255
_TAIL_BYTES = 2 * _LONGEST_OGG_PAGE
_STATING = {SongKind.MPEG, SongKind.FLAC, SongKind.MP4, SongKind.WAV, SongKind.AIFF}
_PIPED = {SongKind.WAV, SongKind.AIFF}
_UNKNOWN_BYTES = 0x7F000000
"""A wav or aiff file that was written into a pipe states a length near the largest there is, 2³¹ or 2³² bytes."""


def whole_seconds(path: Path, heard_seconds: float) -> float | None:
    """Return how long a song would be if a file that lacks its end had it; None where nothing is missing or told.

    It is infinite where the file shows only that its end is missing, as Ogg files do: they state no length. The head
    and the tail are read, 130 kB at most of an Ogg file, and nothing is decoded.

    :param heard_seconds: how long what can be decoded of it is.
    """
    try:
        with open_song(path) as file:
            kind, _ = song_kind(file)
            if kind is SongKind.OGG:
                size = os.fstat(file.fileno()).st_size
                file.seek(max(0, size - _TAIL_BYTES))
                return None if _ends(file.read(_TAIL_BYTES)) else math.inf
        stated = _stated_seconds(path, kind)
    except Exception:  # noqa: BLE001 - a damaged head makes mutagen raise errors of any kind, and states nothing
        return None
    if stated is None or stated - heard_seconds <= max(MOST_MISSING_SECONDS, MOST_MISSING_SHARE * stated):
        return None
    return stated


def cut_off_words(heard_seconds: float, whole: float) -> str:
    """Say for a person that a song which would last ``whole`` seconds ends after ``heard_seconds``."""
    if math.isinf(whole):
        return f"cut off: it breaks off after {heard_seconds:.0f} s, without the mark of its end"
    return f"cut off: {heard_seconds:.0f} s of its {whole:.0f} s are there"


def _ends(tail: bytes) -> bool:
    """Tell whether the last page of an Ogg file is whole and marked as the last; a tail without pages tells nothing."""
    start = tail.rfind(b"OggS")
    if start < 0:
        return True
    try:
        _, _, flags, _, _, _, _, segments = _OGG_PAGE.unpack_from(tail, start)
    except struct.error:  # the file ends within the page's head
        return False
    lengths = tail[start + _OGG_PAGE.size :][:segments]
    whole = _OGG_PAGE.size + segments + sum(lengths)
    return len(lengths) == segments and len(tail) - start >= whole and bool(flags & _OGG_LAST)


def _stated_seconds(path: Path, kind: SongKind | None) -> float | None:
    """Return the length that a file's head states; None where it is only reckoned, by the bit rate, or not known."""
    if kind not in _STATING:
        return None
    stored: Any = mutagen.File(path)
    info: Any = getattr(stored, "info", None)
    length = getattr(info, "length", None)
    if not isinstance(length, (int, float)) or not 0 < length < math.inf:
        return None
    if isinstance(info, MPEGInfo) and info.bitrate_mode == BitrateMode.UNKNOWN:
        return None
    bits = getattr(info, "bits_per_sample", 0) or 0
    if kind in _PIPED and length * info.sample_rate * info.channels * bits / 8 >= _UNKNOWN_BYTES:
        return None
    return float(length)
