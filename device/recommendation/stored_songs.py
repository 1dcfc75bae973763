"""The songs of a table file, fetched when they are asked for: a million of them cost no memory."""

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from device.errors import SongTableError
from device.recommendation.song import COLUMNS, Song, song_of

_MEND = "make it again with: mien-tools analyse MUSIC_FOLDER --table songs.sqlite"
_SONGS_AT_ONCE = 4096
_IDS_AT_ONCE = 500
"""SQLite takes 999 values in one statement at the least."""


class StoredSongs(Sequence[Song]):
    """Songs by rising id, like a tuple of them; safe to use from any thread.

    The file stays open, so that a table that is replaced or a release that is swapped changes nothing for who has it.
    Every song is checked when it is fetched.

    :raises SongTableError: from whatever fetches, if a row is damaged or gone.
    """

    def __init__(
        self, path: Path, database: sqlite3.Connection, columns: Sequence[str], ids: NDArray[np.int64]
    ) -> None:
        """Take over an open database.

        :param columns: those of ``songs`` in the order that :func:`device.recommendation.song.song_of` takes.
        :param ids: the songs', ``(n,)``, rising.
        """
        self._path, self._database, self._ids = path, database, ids
        self._columns = ", ".join(columns)
        self._lock = threading.Lock()
        weakref.finalize(self, database.close)

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, row: int) -> Song: ...

    @overload
    def __getitem__(self, row: slice) -> tuple[Song, ...]: ...

    def __getitem__(self, row: int | slice) -> Song | tuple[Song, ...]:
        """Fetch one song, or some.

        :raises IndexError: if there is no such row.
        """
        if isinstance(row, slice):
            return self.at(range(len(self))[row])
        return self.at([range(len(self))[row]])[0]

    def __iter__(self) -> Iterator[Song]:
        for rows in self._pages(self._columns):
            yield from map(self._song, rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def at(self, rows: Sequence[int] | NDArray[np.intp]) -> tuple[Song, ...]:
        """Fetch the songs of these row numbers, in their order."""
        ids = [int(self._ids[row]) for row in rows]
        found = {row[0]: self._song(row) for some in self._by_id(ids, self._columns) for row in some}
        if gone := set(ids) - found.keys():
            msg = f"song {min(gone)} is gone"
            raise self._changed(msg)
        return tuple(found[song_id] for song_id in ids)

    def paths(self) -> Iterator[str]:
        """Paths of all songs by rising id, without the rest."""
        for rows in self._pages("path"):
            yield from (path for (path,) in rows)

    def titles(self) -> Iterator[tuple[str, str]]:
        """Titles and artists of all songs by rising id, without the rest."""
        for rows in self._pages("title, artist"):
            yield from ((self._text(title), self._text(artist)) for title, artist in rows)

    def contents(self) -> Iterator[tuple[int, str]]:
        """Ids and content hashes of all songs by rising id, without the rest."""
        for rows in self._pages("id, content_hash"):
            yield from ((int(song_id), self._text(content_hash)) for song_id, content_hash in rows)

    def read_texts(self) -> None:
        """Fetch the texts of all songs, each by its id, and keep none."""
        columns = ", ".join(name for name, kind in COLUMNS.items() if kind is str)
        if sum(len(rows) for rows in self._by_id(self._ids, columns)) != len(self):
            msg = "a song cannot be found by its id"
            raise self._damaged(ValueError(msg))

    def _by_id(self, ids: Sequence[int] | NDArray[np.int64], columns: str) -> Iterator[list[tuple[Any, ...]]]:
        for start in range(0, len(ids), _IDS_AT_ONCE):
            some = [int(song_id) for song_id in ids[start : start + _IDS_AT_ONCE]]
            marks = ", ".join("?" * len(some))
            query = f"SELECT {columns} FROM songs WHERE id IN ({marks})"  # noqa: S608 - constants and marks
            yield self._fetch(query, some)

    def _pages(self, columns: str) -> Iterator[list[tuple[Any, ...]]]:
        query = f"SELECT {columns} FROM songs WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"  # noqa: S608 - constants
        for start in range(0, len(self), _SONGS_AT_ONCE):
            ids = self._ids[start : start + _SONGS_AT_ONCE]
            rows = self._fetch(query, [int(ids[0]), int(ids[-1]), len(ids) + 1])
            if len(rows) != len(ids):
                msg = f"songs {ids[0]} to {ids[-1]} are {len(rows)} and no longer {len(ids)}"
                raise self._changed(msg)
            yield rows

    def _fetch(self, query: str, values: Sequence[int]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._damaged(error) from error

    def _song(self, row: Sequence[Any]) -> Song:
        try:
            return song_of(row)
        except ValueError as error:
            raise self._damaged(error) from error

    def _text(self, value: object) -> str:
        if not isinstance(value, str):
            msg = "a text of a song is none"
            raise self._damaged(ValueError(msg))
        return value

    def _changed(self, how: str) -> SongTableError:
        what = f"{self._path}: {how} since the table was opened"
        return SongTableError(what, mend="start again: sudo systemctl restart mien")

    def _damaged(self, error: Exception) -> SongTableError:
        return SongTableError(f"{self._path}: not a valid song table ({error})", mend=_MEND)
