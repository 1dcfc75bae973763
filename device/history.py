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

    A damaged file is set aside under another name and reported in the log, never fatal.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            aside = path.with_name(f"{path.name}.damaged")
            path.replace(aside)
            _log.warning("%s was damaged (%s): set aside as %s, a new one begun", path, error, aside.name)
            self._prepare()

    def add(self, at: datetime, observation: Observation, choice: RankedSong | None) -> None:
        """Append an entry and drop the oldest beyond the limit."""
        seconds = {label: round(value, 3) for label, value in observation.by_label.items()}
        row = (
            at.isoformat(timespec="seconds"),
            json.dumps(seconds),
            observation.coverage,
            choice.song.id if choice else None,
            choice.song.name if choice else "",
            choice.similarity if choice else None,
        )
        with self._database() as database:
            columns = "at, seconds, coverage, song_id, song, similarity"
            database.execute(f"INSERT INTO entries ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - a constant
            database.execute(
                "DELETE FROM entries WHERE id <= (SELECT max(id) FROM entries) - ?",
                (KEPT_ENTRIES,),
            )

    def latest(self, count: int) -> list[Entry]:
        """Return the newest entries, newest first."""
        with self._database() as database:
            query = "SELECT at, seconds, coverage, song_id, song, similarity FROM entries ORDER BY id DESC LIMIT ?"
            rows = database.execute(query, (count,)).fetchall()
        return [Entry(datetime.fromisoformat(row[0]), json.loads(row[1]), *row[2:]) for row in rows]

    def recent_song_ids(self, count: int) -> tuple[int, ...]:
        """Ids of the last ``count`` songs played, newest first."""
        with self._database() as database:
            query = "SELECT song_id FROM entries WHERE song_id IS NOT NULL ORDER BY id DESC LIMIT ?"
            return tuple(row[0] for row in database.execute(query, (count,)))

    def _prepare(self) -> None:
        with self._database() as database:
            database.execute(_SCHEMA)
            database.execute("SELECT count(song_id) FROM entries").fetchone()

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path)) as database, database:
            yield database
