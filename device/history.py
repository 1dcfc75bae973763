"""What was observed and played: numbers only, in one small SQLite file under the state folder."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from device.observation import Observation
from device.recommendation import RankedSong

_log = logging.getLogger(__name__)

KEPT_ENTRIES = 10_000
"""Older entries are dropped, so that the file stays under a few megabytes."""

LOCK_SECONDS = 2.0
"""How long to wait while somebody else, such as the sqlite3 shell, writes to the file."""

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}  # the last: other tables or columns
_COLUMNS = "at, seconds, coverage, song_id, song, similarity"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    seconds TEXT NOT NULL,
    coverage REAL NOT NULL,
    song_id INTEGER,
    song TEXT NOT NULL,
    similarity REAL
)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One observation and the song it led to, if any; ``seconds`` by face label."""

    at: datetime
    seconds: dict[str, float]
    coverage: float
    song_id: int | None
    song: str
    similarity: float | None


class History:
    """The file; every call opens it anew, so that a pulled plug finds it closed.

    Nothing that is wrong with it keeps the box from playing: a damaged file is set aside under another name, and what
    cannot be read or written (a full disc, a file that somebody locks) is reported in the log.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare_or_begin_anew()
        except (sqlite3.Error, OSError) as error:
            _log.warning("%s cannot be used now (%s): what is played may not be remembered", path, error)

    def add(self, at: datetime, observation: Observation, choice: RankedSong | None) -> None:
        """Append an entry and drop the oldest beyond the limit; failing that, say so in the log."""
        seconds = {label: round(value, 3) for label, value in observation.by_label.items()}
        row = (
            at.isoformat(timespec="seconds"),
            json.dumps(seconds),
            observation.coverage,
            choice.song.id if choice else None,
            choice.song.name if choice else "",
            choice.similarity if choice else None,
        )
        try:
            with self._database() as database:
                database.execute(f"INSERT INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - a constant
                database.execute(
                    "DELETE FROM entries WHERE id <= (SELECT max(id) FROM entries) - ?",
                    (KEPT_ENTRIES,),
                )
        except sqlite3.Error as error:
            _log.warning("%s: this observation is not remembered (%s)", self._path, error)

    def latest(self, count: int) -> list[Entry]:
        """Return the newest entries, newest first.

        :raises sqlite3.Error: if the file cannot be read.
        """
        with self._database() as database:
            query = f"SELECT {_COLUMNS} FROM entries ORDER BY id DESC LIMIT ?"  # noqa: S608 - a constant
            rows = database.execute(query, (count,)).fetchall()
        return [Entry(datetime.fromisoformat(row[0]), json.loads(row[1]), *row[2:]) for row in rows]

    def recent_song_ids(self, count: int) -> tuple[int, ...]:
        """Ids of the last ``count`` songs played, newest first; none, and a line in the log, if they cannot be read."""
        query = "SELECT song_id FROM entries WHERE song_id IS NOT NULL ORDER BY id DESC LIMIT ?"
        try:
            with self._database() as database:
                return tuple(row[0] for row in database.execute(query, (count,)))
        except sqlite3.Error as error:
            _log.warning("%s: the songs played last are unknown (%s)", self._path, error)
            return ()

    def _prepare_or_begin_anew(self) -> None:
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in _DAMAGE:  # the lowest byte is the primary code
                raise
            aside = self._path.with_name(f"{self._path.name}.damaged")
            self._path.replace(aside)
            _log.warning("%s was damaged (%s): set aside as %s, a new one begun", self._path, error, aside.name)
            self._prepare()

    def _prepare(self) -> None:
        with self._database() as database:
            database.execute(_SCHEMA)
            database.execute(f"SELECT {_COLUMNS}, count(song_id) FROM entries").fetchone()  # noqa: S608 - reads every row

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=LOCK_SECONDS)) as database, database:
            yield database
