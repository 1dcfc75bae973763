"""One song: what is known of it, the check that it can be true, and the columns that it stands in."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from device.emotion.labels import SONG_LABELS
from device.files.untrusted import plain, stays_inside

COLUMNS: dict[str, type] = {
    "id": int,
    **dict.fromkeys(("path", "title", "artist", "album"), str),
    "seconds": float,
    "content_hash": str,
    **dict.fromkeys(("valence", "arousal", *SONG_LABELS), float),
}
"""Columns of every table with the type of their values, in the order of :class:`Song`'s fields."""

DEVIATION_COLUMNS = ("sigma_valence", "sigma_arousal")
"""Columns of the music model's own doubt: absent in the oldest tables, and empty where it is not known."""

SOUND_COLUMNS = ("loudness", "true_peak", "leading_silence", "trailing_silence")
"""Columns of how loud a song is and of the silence at its ends: absent from tables of schema 1 and 2, and empty where
nobody measured it."""

LOUDNESS_LUFS = (-70.0, 20.0)
"""Least and most integrated loudness: below -70 LUFS nothing is counted as sound (EBU R 128); a file of floating-point
values may go beyond full scale."""
TRUE_PEAK_DB = (-120.0, 60.0)
"""Least and most true peak, in decibels of full scale."""

SUM_TOLERANCE_PERCENT = 0.1
"""How far the eight percentages may be from 100 in sum."""

MOST_TEXT_BYTES = {"path": 4096, "title": 1024, "artist": 1024, "album": 1024, "content_hash": 256}
"""How many bytes of UTF-8 a text may take; no path is longer on Linux."""

_LONGEST_CHARACTER_BYTES = 4
_DOTS = "…"


@dataclass(frozen=True, slots=True)
class Song:
    """One song. ``vector`` holds the percent of each of ``SONG_LABELS`` and sums to 100.

    ``deviations`` are the music model's own σ of valence and of arousal; None where the table does not tell.
    ``loudness`` is the integrated loudness in LUFS (EBU R 128), ``true_peak`` that in decibels of full scale;
    ``leading_silence`` and ``trailing_silence`` are seconds without an audible sound at either end; None where nobody
    measured them.

    :raises ValueError: if a value lies outside its range.
    """

    id: int
    path: str
    title: str
    artist: str
    album: str
    seconds: float
    content_hash: str
    valence: float
    arousal: float
    vector: tuple[float, ...]
    deviations: tuple[float, float] | None = None
    loudness: float | None = None
    true_peak: float | None = None
    leading_silence: float | None = None
    trailing_silence: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that no analysis gives."""
        if not stays_inside(self.path):
            msg = f"song {self.id}: the path {plain(repr(self.path), most=200)} does not lie inside the music folder"
            raise ValueError(msg)
        for column, most in MOST_TEXT_BYTES.items():
            text = getattr(self, column)
            if len(text) > most // _LONGEST_CHARACTER_BYTES and len(_encoded(text)) > most:
                msg = f"song {self.id}: its {column} takes {len(_encoded(text)):,} bytes, and {most:,} are the most"
                raise ValueError(msg)
        if not (-1 <= self.valence <= 1 and -1 <= self.arousal <= 1):
            msg = f"song {self.id}: valence {self.valence} and arousal {self.arousal} must lie in [-1, 1]"
            raise ValueError(msg)
        if not 0 <= self.seconds < math.inf:
            msg = f"song {self.id}: a length of {self.seconds} s is none"
            raise ValueError(msg)
        total = sum(self.vector)
        shaped = len(self.vector) == len(SONG_LABELS) and min(self.vector) >= 0
        if not (shaped and abs(total - 100) <= SUM_TOLERANCE_PERCENT):
            given = plain(repr(self.vector), most=300)
            msg = f"song {self.id}: eight percentages that sum to 100 are needed, not {given}"
            raise ValueError(msg)
        if self.deviations is not None and not all(0 <= sigma < math.inf for sigma in self.deviations):
            msg = f"song {self.id}: σ of {self.deviations} are none"
            raise ValueError(msg)
        for column, (lowest, highest) in sound_ranges(self.seconds).items():
            value = getattr(self, column)
            if value is not None and not lowest <= value <= highest:
                msg = f"song {self.id}: {column} {value} must lie in [{lowest:g}, {highest:g}]"
                raise ValueError(msg)

    @property
    def audible_until(self) -> float | None:
        """Seconds from its beginning to its last audible sound; None if nobody measured it."""
        return None if self.trailing_silence is None else self.seconds - self.trailing_silence

    @property
    def name(self) -> str:
        """Title and artist for a person."""
        return song_name(self.title, self.artist)


def sound_ranges(seconds: float) -> dict[str, tuple[float, float]]:
    """Return the least and the most of each of ``SOUND_COLUMNS``, of a song that is so long."""
    silence = (0.0, seconds)
    return dict(zip(SOUND_COLUMNS, (LOUDNESS_LUFS, TRUE_PEAK_DB, silence, silence), strict=True))


def shortened(text: str, most_bytes: int) -> str:
    """Cut off the end of a text that takes more bytes of UTF-8 than these, and put dots there."""
    encoded = _encoded(text)
    if len(encoded) <= most_bytes:
        return text
    return encoded[: most_bytes - len(_DOTS.encode())].decode(errors="ignore") + _DOTS


def song_name(title: str, artist: str) -> str:
    """Title and artist for a person; a song without an artist has its title alone."""
    return f"{title} — {artist}" if artist else title


def artist_key(artist: str) -> str:
    """What two spellings of one artist share: neither case nor spaces nor the way Unicode composes letters count.

    Empty for a song without an artist.
    """
    return " ".join(unicodedata.normalize("NFKC", artist).casefold().split())


def row_of(song: Song) -> tuple[Any, ...]:
    """Values of ``COLUMNS``, then of ``DEVIATION_COLUMNS`` and of ``SOUND_COLUMNS``."""
    first = (song.id, song.path, song.title, song.artist, song.album, song.seconds, song.content_hash)
    sound = (getattr(song, column) for column in SOUND_COLUMNS)
    return (*first, song.valence, song.arousal, *song.vector, *(song.deviations or (None, None)), *sound)


def song_of(row: Sequence[Any]) -> Song:
    """Make a song of the values of ``COLUMNS``, followed by those of ``DEVIATION_COLUMNS`` and then of
    ``SOUND_COLUMNS`` if the table has them.

    :raises ValueError: if a value is of another type, or lies outside its range.
    """
    first, told = len(COLUMNS) - len(SONG_LABELS), len(COLUMNS)
    for value, (column, kind) in zip(row[:told], COLUMNS.items(), strict=True):
        if not isinstance(value, kind):
            raise _is_none(row[0], column, value)
    for value, column in zip(row[told:], (*DEVIATION_COLUMNS, *SOUND_COLUMNS), strict=False):
        if not isinstance(value, float | None):
            raise _is_none(row[0], column, value)
    sigmas, sound = row[told : told + len(DEVIATION_COLUMNS)], row[told + len(DEVIATION_COLUMNS) :]
    deviations = None if None in sigmas else tuple(sigmas) or None
    values = (*row[:first], tuple(row[first:told]), deviations, *sound)
    return Song(*values)


def _is_none(song_id: object, column: str, value: object) -> ValueError:
    return ValueError(f"song {song_id}: {column} is {plain(repr(value), most=80)}")


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # the writer refuses surrogates by name
