"""Remembers files and what they sound like, so that no song is listened to twice. One SQLite file beside the table.

    files       path, size, mtime_ns, inode → content_hash and tags: an unchanged file is not opened again
    embeddings  content_hash, backbone → seconds, embedding (float32), whole_seconds, and what was measured of
                the sound: a new head, another k or another least length needs no listening

Every entry is on its own: if the process is killed at any instant, those written before it stay.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from device.recommendation.song import SOUND_COLUMNS
from tools.audio.tags import Tags
from tools.errors import CacheError

_SCHEMA_VERSION = 3
_TABLES = """
CREATE TABLE files (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
    content_hash TEXT NOT NULL, title TEXT NOT NULL, artist TEXT NOT NULL, album TEXT NOT NULL,
    album_artist TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE embeddings (content_hash TEXT NOT NULL, backbone TEXT NOT NULL, seconds REAL NOT NULL,
    embedding BLOB NOT NULL, whole_seconds REAL, loudness REAL, true_peak REAL, leading_silence REAL,
    trailing_silence REAL, PRIMARY KEY (content_hash, backbone));
"""
_UPGRADES = {
    1: "ALTER TABLE embeddings ADD COLUMN whole_seconds REAL;",
    2: "".join(f"ALTER TABLE embeddings ADD COLUMN {column} REAL;" for column in SOUND_COLUMNS),
}
"""What makes the next schema of each."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What changes when a file's content does, without opening it."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Look at a file.

        :raises OSError: if it is not there.
        """
        status = os.stat(path)  # noqa: PTH116 - a third quicker than Path.stat, 20,000 times
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(frozen=True, slots=True)
class Identified:
    """What a file is: the hash of its sound, and its tags."""

    content_hash: str
    tags: Tags


@dataclass(frozen=True, slots=True)
class Heard:
    """What a song sounds like: its length, and its embedding ``(n_embedding,)``.

    ``whole_seconds`` is how long the song would be if its file were not cut off; infinite where only that is known, and
    None where nothing is missing, or an earlier mien listened and did not look. ``loudness`` is in LUFS and
    ``true_peak`` in decibels of full scale, None where there was too little sound to measure. The silence at its ends
    is in seconds, None where an earlier mien listened, which measured none of the four.
    """

    seconds: float
    embedding: NDArray[np.float32]
    whole_seconds: float | None = None
    loudness: float | None = None
    true_peak: float | None = None
    leading_silence: float | None = None
    trailing_silence: float | None = None


def cache_file(table: Path) -> Path:
    """Name the cache of a song table: ``songs.sqlite.cache`` for ``songs.sqlite``."""
    return table.with_name(f"{table.name}.cache")


class Cache:
    """An open cache. Use it as a context manager. One process at a time."""

    def __init__(self, path: Path, *, tell: Callable[[str], None]) -> None:
        """Open a cache, or begin one; a damaged one is set aside, and a person is told.

        :raises CacheError: if it cannot be opened or written, or another analysis has it open.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._database = _open(path)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                aside = path.with_name(f"{path.name}.damaged")
                path.replace(aside)
                for suffix in ("-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                tell(f"{path} is damaged ({error}): set aside as {aside.name}, and songs are listened to again")
                self._database = _open(path)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def __enter__(self) -> Self:
        """Return the open cache."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        with suppress(sqlite3.Error):
            self._database.close()

    def file(self, path: str, state: FileState | None = None) -> Identified | None:
        """Recall a file; with a ``state``, only if the file is still as it was."""
        row = self._row(
            "SELECT size, mtime_ns, inode, content_hash, title, artist, album, album_artist FROM files WHERE path = ?",
            path,
        )
        if row is None or (state is not None and FileState(*row[:3]) != state):
            return None
        return Identified(row[3], Tags(*row[4:]))

    def remember_file(self, path: str, state: FileState, found: Identified) -> None:
        """Keep what a file is."""
        tags = found.tags
        texts = (found.content_hash, tags.title, tags.artist, tags.album, tags.album_artist)
        row = (path, state.size, state.mtime_ns, state.inode, *texts)
        self._write("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def embedding(self, content_hash: str, backbone: str) -> Heard | None:
        """Recall what a song sounds like to a backbone."""
        columns = ", ".join(("seconds", "embedding", "whole_seconds", *SOUND_COLUMNS))
        query = f"SELECT {columns} FROM embeddings WHERE content_hash = ? AND backbone = ?"  # noqa: S608 - constants
        row = self._row(query, content_hash, backbone)
        return None if row is None else Heard(row[0], np.frombuffer(row[1], dtype="<f4"), *row[2:])

    def holds(self, content_hash: str, backbone: str) -> bool:
        """Tell whether :meth:`embedding` would recall it, with what is measured of the sound today."""
        query = "SELECT 1 FROM embeddings WHERE content_hash = ? AND backbone = ? AND leading_silence IS NOT NULL"
        return self._row(query, content_hash, backbone) is not None

    def remember_embedding(self, content_hash: str, backbone: str, heard: Heard) -> None:
        """Keep what a song sounds like."""
        embedding = heard.embedding.astype("<f4").tobytes()
        sound = (getattr(heard, column) for column in SOUND_COLUMNS)
        row = (content_hash, backbone, heard.seconds, embedding, heard.whole_seconds, *sound)
        self._write("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _row(self, query: str, *values: str) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._database.execute(query, values).fetchone()
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return row

    def _write(self, command: str, row: tuple[object, ...]) -> None:
        try:
            self._database.execute(command, row)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> CacheError:
        if "locked" in str(error):
            what = f"{self._path}: another analysis is at work there"
            return CacheError(what, mend="wait until it is done, or name another table")
        what = f"{self._path}: cannot be used ({error})"
        return CacheError(what, mend="free some space or make its folder writable, and run this again: nothing is lost")


def _open(path: Path) -> sqlite3.Connection:
    """Open and check a database; begin its tables if it is new.

    :raises sqlite3.DatabaseError: if it is damaged, or not one of ours.
    """
    if path.exists() and not path.is_file():
        msg = "it is no file"
        raise sqlite3.OperationalError(msg)  # SQLite would wait at a pipe for ever
    database = sqlite3.connect(path, isolation_level=None, timeout=1.0)  # every command is a transaction
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")  # what is written survives this process, if not every power cut
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == 0 and not database.execute("SELECT 1 FROM sqlite_schema").fetchone():
            database.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
        elif version in _UPGRADES:  # what was heard stays heard
            steps = "".join(_UPGRADES[one] for one in range(version, _SCHEMA_VERSION))
            database.executescript(f"BEGIN; {steps} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
        elif version != _SCHEMA_VERSION:
            msg = f"its schema is {version}, not {_SCHEMA_VERSION}"
            raise sqlite3.DatabaseError(msg)  # noqa: TRY301 - treated like any other file that is no cache
        with closing(database.execute("PRAGMA quick_check(1)")) as check:
            (verdict,) = check.fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)  # noqa: TRY301
    except BaseException:
        database.close()
        raise
    return database
