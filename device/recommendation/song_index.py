"""What ranking needs of every song, as arrays: ids, emotion vectors, and who shares an artist.

For a million songs these are 28 MB, since a percentage is kept as a whole number of five hundredths. Reading them row
by row would take seconds, so the writer of a song table packs them into a table of their own, ``song_index``, some
thousand songs to a row, with a checksum. Whoever changes ``songs`` by hand empties it: triggers see to that, and the
next reader goes by the rows themselves.

    song_index  first (row number of its first song), songs (how many), ids, shares, artists (little-endian
                int64, uint16 × 8 and int32), checksum (CRC-32 of the three, one after the other)
"""

import sqlite3
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import Vectors
from device.recommendation.song import SUM_TOLERANCE_PERCENT, artist_key
from device.recommendation.table_file import TRIGGERS, trigger

NO_ARTIST = -1
"""Stands in ``artists`` for a song that names none."""

SHARES_IN_A_PERCENT = 500
"""How finely emotion vectors are kept: to a thousandth of a percent, which moves a cosine by less than 0.0001. Whole
percentages stay exact, and all machines rank by the same whole numbers."""

_SONGS_IN_A_ROW = 8192
_SUM_TOLERANCE_SHARES = SUM_TOLERANCE_PERCENT * SHARES_IN_A_PERCENT + len(SONG_LABELS)
"""What eight rounded shares may be off in sum, and what a song's percentages may."""
_ID, _SHARE, _ARTIST = np.dtype("<i8"), np.dtype("<u2"), np.dtype("<i4")


@dataclass(frozen=True, slots=True)
class SongIndex:
    """Every song by rising id: ``ids`` ``(n,)``, ``quantised_vectors`` ``(n, 8)``, ``artists`` ``(n,)``.

    ``quantised_vectors`` are the emotion vectors in parts of a percent, ``SHARES_IN_A_PERCENT`` to each. Songs with the
    same number in ``artists`` share an artist; ``NO_ARTIST`` is shared by nobody.

    :raises ValueError: if ids do not rise, naming the first that does not.
    """

    ids: NDArray[np.int64]
    quantised_vectors: NDArray[np.uint16]
    artists: NDArray[np.int32]

    def __post_init__(self) -> None:
        """Refuse a second song of one id."""
        wrong = np.flatnonzero(self.ids[1:] <= self.ids[:-1])
        if wrong.size:
            msg = f"song {self.ids[wrong[0] + 1]}: its id stands there twice, or not in order"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def vectors(self) -> Vectors:
        """Emotion vectors in percent, ``(n, 8)``, reckoned afresh at every call: 64 bytes for each song."""
        percent: Vectors = self.quantised_vectors / SHARES_IN_A_PERCENT
        return percent

    def rows_of(self, ids: Iterable[int]) -> NDArray[np.intp]:
        """Row numbers of the songs that have one of these ids; ids that no song has are passed over."""
        wanted = np.fromiter(ids, dtype=np.int64)
        rows = np.searchsorted(self.ids, wanted)
        known = rows < len(self.ids)
        known[known] = self.ids[rows[known]] == wanted[known]
        found: NDArray[np.intp] = rows[known]
        return found


def index_of(entries: Iterable[tuple[int, str, Sequence[float]]]) -> SongIndex:
    """Gather ``(id, artist, vector)`` of songs by rising id, one after the other, into arrays.

    :raises ValueError: if ids do not rise.
    """
    ids, vectors, artists = array("q"), array("f"), array("i")
    numbers: dict[str, int] = {"": NO_ARTIST}
    for song_id, artist, vector in entries:
        ids.append(song_id)
        vectors.extend(vector)
        artists.append(numbers.setdefault(artist_key(artist), len(numbers) - 1))
    percent = np.asarray(vectors, dtype=np.float32).reshape(-1, len(SONG_LABELS))
    return SongIndex(
        np.asarray(ids, dtype=np.int64),
        np.rint(percent * SHARES_IN_A_PERCENT).astype(np.uint16),
        np.asarray(artists, dtype=np.int32),
    )


def write_index(database: sqlite3.Connection) -> None:
    """Pack the table ``songs``, and set the triggers that empty the packed copy when a song changes."""
    labels = ", ".join(SONG_LABELS)
    rows = database.execute(f"SELECT id, artist, {labels} FROM songs ORDER BY id")  # noqa: S608 - constants
    index = index_of((row[0], row[1], row[2:]) for row in rows)
    database.execute(
        "CREATE TABLE song_index (first INTEGER PRIMARY KEY, songs INTEGER NOT NULL, ids BLOB NOT NULL, "
        "shares BLOB NOT NULL, artists BLOB NOT NULL, checksum INTEGER NOT NULL)"
    )
    for first in range(0, len(index), _SONGS_IN_A_ROW):
        part = slice(first, first + _SONGS_IN_A_ROW)
        columns = ((index.ids, _ID), (index.quantised_vectors, _SHARE), (index.artists, _ARTIST))
        blobs = [values[part].astype(kind).tobytes() for values, kind in columns]
        row = (first, len(index.ids[part]), *blobs, _checksum(blobs))
        database.execute("INSERT INTO song_index VALUES (?, ?, ?, ?, ?, ?)", row)
    for name in TRIGGERS:
        database.execute(trigger(name))


def read_index(database: sqlite3.Connection, count: int) -> SongIndex | None:
    """Read the packed copy; None if the table has none, or it was emptied because a song changed.

    :param count: how many songs the table holds.
    :raises ValueError: if the copy is damaged, or is none of so many songs.
    """
    if not _is_kept(database):
        return None
    ids, artists = np.empty(count, np.int64), np.empty(count, np.int32)
    quantised_vectors = np.empty((count, len(SONG_LABELS)), np.uint16)
    filled = 0
    rows = database.execute("SELECT first, songs, ids, shares, artists, checksum FROM song_index ORDER BY first")
    for first, songs, *blobs, checksum in rows:
        if first != filled or not _is_as_written(songs, blobs, checksum):
            msg = f"its index is damaged from row {filled} on"
            raise ValueError(msg)
        if filled + songs > count:
            msg = f"its index holds more songs than the {count} of the table"
            raise ValueError(msg)
        part = slice(filled, filled := filled + songs)
        ids[part] = np.frombuffer(blobs[0], _ID)
        quantised_vectors[part] = np.frombuffer(blobs[1], _SHARE).reshape(-1, len(SONG_LABELS))
        artists[part] = np.frombuffer(blobs[2], _ARTIST)
    if filled < count:
        msg = f"its index holds {filled} songs, and the table {count}"
        raise ValueError(msg)
    return _checked(SongIndex(ids, quantised_vectors, artists))


def _is_kept(database: sqlite3.Connection) -> bool:
    """Whether there is a packed copy that is not empty, and whatever changes a song empties it."""
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' OR (type = 'table' AND name = 'song_index')"
    if not {name for (name,) in database.execute(query)} >= {*TRIGGERS, "song_index"}:
        return False
    return database.execute("SELECT 1 FROM song_index LIMIT 1").fetchone() is not None


def _is_as_written(songs: object, blobs: Sequence[object], checksum: object) -> bool:
    """Whether one row of the packed copy is as its writer made it."""
    if not (isinstance(songs, int) and songs > 0 and all(isinstance(blob, bytes) for blob in blobs)):
        return False
    lengths = [songs * size for size in (_ID.itemsize, _SHARE.itemsize * len(SONG_LABELS), _ARTIST.itemsize)]
    packed = [blob for blob in blobs if isinstance(blob, bytes)]
    return [len(blob) for blob in packed] == lengths and checksum == _checksum(packed)


def _checked(index: SongIndex) -> SongIndex:
    """Refuse a copy by which nothing can be ranked: a checksum tells of damage by chance, not of what was made so."""
    sums = index.quantised_vectors.sum(axis=1, dtype=np.int32)
    off = np.abs(sums - 100 * SHARES_IN_A_PERCENT) > _SUM_TOLERANCE_SHARES
    wrong = np.flatnonzero(off | (index.artists < NO_ARTIST))
    if wrong.size:
        msg = f"its index is damaged at song {index.ids[wrong[0]]}"
        raise ValueError(msg)
    return index


def _checksum(blobs: Iterable[bytes]) -> int:
    checksum = 0
    for blob in blobs:
        checksum = zlib.crc32(blob, checksum)
    return checksum
