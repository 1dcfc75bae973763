"""What was observed and played: numbers only, in one small SQLite file under the state folder.

The file lies on an SD card, and its owner pulls the plug. So it is kept open with a write-ahead log that is synced with
every transaction: whatever was written survives, a reader never holds the box up, and a session costs one transaction,
of about 20 KiB and one sync. (A rollback journal, opened for each write, was measured at 44 KiB and five syncs.)

A card may take many seconds for that sync. So whoever adds an entry only puts it in line, and it is known from then on;
the file is touched by a writer, which on a box has a thread of its own.
"""

import json
import logging
import os
import sqlite3
import stat
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from device.errors import AccessError, MienError
from device.files.card_writer import Writer, write_at_once
from device.observation.observation import Observation
from device.observation.plane_place import MeanPlace
from device.programme.taste import How
from device.recommendation.recommendation import RankedSong
from device.session.forgetting import COMPANIONS, Calendar, drop_old, erase_history, is_damage, set_aside_of

_log = logging.getLogger(__name__)

KEPT_ENTRIES = 10_000
"""Older entries are dropped, so that the file stays under a few megabytes."""

KEPT_RECENT = 1000
"""How many of the last songs are known without reading the file; the most that ``avoid_recent`` can ask for."""

LONGEST_NAME = 120
"""A song's name is cut to so many characters: tags may hold anything."""

LOCK_SECONDS = 0.5
"""How long to wait while somebody else, such as the sqlite3 shell, writes to the file."""

SLOW_SECONDS = 5.0
"""A card that takes longer for one write is told."""

_MOST_WAITING = 100
_MOST_UNENDED = 10  # two of them, most likely: one that plays, and one that was skipped just before
_CACHE_PAGES = 50  # of 4 KiB, which by default would be 2 MB: the box appends a row, and reads no other
_LOG_PAGES = 100  # of 4 KiB; then what the write-ahead log holds is moved into the file
_UPKEEP_SECONDS = 3600.0
_OLDER_COLUMNS = "at, seconds, coverage, song_id, song, similarity"
_ADDED = {"place": "TEXT", "corrected": "INTEGER", "asked": "TEXT", "ended": "TEXT"}
"""Columns that older boxes did not write, and their kinds."""
_COLUMNS = ", ".join((_OLDER_COLUMNS, *_ADDED))
_INSERT = f"INSERT INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - a constant
_INSERT_UNLESS_THERE = f"""
INSERT INTO entries ({_COLUMNS}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE NOT EXISTS (
    SELECT 1 FROM entries WHERE id > (SELECT max(id) FROM entries) - {2 * _MOST_WAITING}
    AND at = ?1 AND seconds = ?2 AND coverage = ?3 AND song_id IS ?4 AND song = ?5
)
"""  # noqa: S608 - constants
_NOTE_ENDING = """
UPDATE entries SET ended = ?1 WHERE id = (
    SELECT min(id) FROM entries WHERE song_id = ?2 AND at = ?3 AND ended IS NULL
)
"""
"""Of two plays of a song that begin within one second the first ends first."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    seconds TEXT NOT NULL,
    coverage REAL NOT NULL,
    song_id INTEGER,
    song TEXT NOT NULL,
    similarity REAL,
    place TEXT,
    corrected INTEGER,
    asked TEXT,
    ended TEXT
)
"""

_Row = tuple[str, str, float, int | None, str, float | None, str | None, int | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One observation and the song it led to, if any; ``seconds`` by face label.

    ``place`` is the mean place in the valence–arousal plane by the probabilities, None where nothing was seen and in
    entries of boxes that did not keep it.
    """

    at: datetime
    seconds: dict[str, float]
    coverage: float
    song_id: int | None
    song: str
    similarity: float | None
    place: MeanPlace | None = None
    corrected: bool = False
    """Whether a resting face has corrected what was read; whose is not remembered."""
    asked: str = ""
    """What was asked for by hand, where nobody was looked at."""
    ended: str = ""
    """How the song ended, one of :class:`device.programme.taste.How`; empty while it plays and where nobody knows."""


@dataclass(frozen=True, slots=True)
class HistoryHealth:
    """What is wrong with the file, empty where nothing is."""

    trouble: str = ""
    """Why it cannot be written now; what is waiting is written as soon as it can be."""
    set_aside: str = ""
    """Where a damaged file was put, as long as it lies there."""


class History:
    """The file, and what the box must know of it at once.

    Nothing that is wrong with it keeps the box from playing: a damaged file is set aside under another name, and what
    cannot be written (a full disc, a file that somebody locks) waits for the next session. Safe from any thread, and
    nothing but the writer ever waits for the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        enabled: bool = True,
        keep_days: int | None = None,
        calendar: Calendar | None = None,
        writer: Writer = write_at_once,
    ) -> None:
        """Have the file opened or created, and learnt from it which songs were played last.

        :param enabled: without it no file is made, written or read; what was played is known until :meth:`close`.
        :param keep_days: how long entries are kept, at most :data:`KEPT_ENTRIES` of them; None for any time.
        :param calendar: tells the date; the machine's by default.
        :param writer: does what touches the file, and never two pieces of it at once; by default whoever asks for it.
        """
        self._path = path
        self._enabled = enabled
        self._keep_days = keep_days
        self._calendar = calendar or Calendar()
        self._writer = writer
        # Of the writer's work alone:
        self._database: sqlite3.Connection | None = None
        self._inode = 0
        self._may_be_there = False
        """Whether rows that wait may be in the file: a sync that fails is told as if nothing had been written."""
        # Of everybody, under the lock, which nobody holds while the file is touched:
        self._lock = threading.Lock()
        self._recent: deque[int] = deque(maxlen=KEPT_RECENT)
        self._recent_is_read = False
        self._waiting: deque[_Row] = deque(maxlen=_MOST_WAITING)
        self._endings: deque[tuple[str, int, str]] = deque(maxlen=_MOST_WAITING)
        """How songs ended, each with its id and the moment of its entry."""
        self._begun: deque[tuple[int, str]] = deque(maxlen=_MOST_UNENDED)
        """The songs added last, and the moments of their entries."""
        self._clearings: list[Callable[[int | MienError], None]] = []
        self._is_write_due, self._is_closing = True, False
        self._wanted: Observation | str | None = None
        self._looked_at = time.monotonic()
        # Set by the writer's work, and read as they are by whoever asks for the health:
        self._trouble = ""
        self._busy_since: float | None = None
        writer(self._work)

    def add(self, at: datetime, observation: Observation | None, choice: RankedSong | None, *, asked: str = "") -> None:
        """Remember an observation and its song; one transaction, and failing that, a line in the log.

        A further song for what was added last (the evening goes on) is known at once, and written once a song was heard
        to its end, with the next observation or at the end, so that whoever goes through the songs costs no writes. A
        pulled plug loses at most that.

        :param observation: None where it was ``asked`` for music in these words.
        """
        seconds = {label: round(value, 3) for label, value in observation.by_label.items()} if observation else {}
        name, song_id, similarity = "", None, None
        if choice is not None:
            name, song_id, similarity = choice.song.name[:LONGEST_NAME], choice.song.id, choice.similarity
        moment = at.isoformat(timespec="seconds")
        seen = observation.place if observation else None
        place = None if seen is None else json.dumps(_rounded(seen))
        corrected = int(observation is not None and observation.resting != "")
        coverage = observation.coverage if observation else 0.0
        facts = (moment, json.dumps(seconds), coverage, song_id, name, similarity, place, corrected)
        row = (*facts, asked[:LONGEST_NAME] or None, None)
        with self._lock:
            if song_id is not None:
                self._recent.appendleft(song_id)
            self._waiting.append(row)
            wanted = observation or asked
            is_new = wanted is not self._wanted if observation else wanted != self._wanted
            self._wanted = wanted
            if song_id is not None:
                self._begun.append((song_id, moment))
        if is_new:
            self._have_written()

    def note_ending(self, song_id: int, how: How) -> None:
        """Remember how the song ended that was added last of those with this id.

        Written at once if it was heard to its end, or if its entry is in the file already; else with that entry.
        """
        with self._lock:
            moment = next((at for known, at in reversed(self._begun) if known == song_id), None)
            if moment is None:
                return  # it was cleared meanwhile
            self._endings.append((how.value, song_id, moment))
            waits = any((row[3], row[0]) == (song_id, moment) for row in self._waiting)
        if how is How.ENDED or not waits:
            self._have_written()

    def recent_song_ids(self, count: int) -> tuple[int, ...]:
        """Ids of the last ``count`` songs played, newest first; the file is not read for it."""
        with self._lock:
            return tuple(islice(self._recent, count))

    def unwritten(self) -> list[HistoryEntry]:
        """Return the entries that the file may not hold yet, newest first."""
        with self._lock:
            rows, endings = list(self._waiting), {(song_id, at): how for how, song_id, at in self._endings}
        return [_entry((*row[:-1], endings.get((row[3] or 0, row[0])))) for row in reversed(rows)]

    def unwritten_endings(self) -> list[dict[str, Any]]:
        """Return how songs ended of which the file may not say it yet, each by ``at`` and ``song_id`` of its entry."""
        with self._lock:
            return [{"at": at, "song_id": song_id, "ended": how} for how, song_id, at in self._endings]

    def upkeep(self) -> None:
        """Forget what has become too old; cheap to be called often, since it looks once in an hour."""
        if time.monotonic() - self._looked_at > _UPKEEP_SECONDS:
            self._have_written()

    def clear(self, tell: Callable[[int | MienError], None]) -> None:
        """Forget everything, and have it removed from the file for good.

        :param tell: hears, once it is done, how many entries the file had, or why it may still hold some.
        """
        with self._lock:
            self._waiting.clear()
            self._endings.clear()
            self._recent.clear()
            self._begun.clear()
            self._wanted, self._recent_is_read = None, True
            self._clearings.append(tell)
        self._writer(self._work)

    def health(self) -> HistoryHealth:
        """Say what is wrong with the file."""
        aside, since = set_aside_of(self._path), self._busy_since
        is_slow = since is not None and time.monotonic() - since > SLOW_SECONDS
        slow = f"{self._path} is being written for more than {SLOW_SECONDS:.0f} s: the memory card is slow"
        trouble = slow if is_slow else self._trouble
        return HistoryHealth(trouble, str(aside) if os.path.exists(aside) else "")  # noqa: PTH110 - never raises

    def close(self) -> None:
        """Have what waits written, everything moved into the one file, and it closed; a writer's thread is waited for
        by whoever has it.
        """
        with self._lock:
            self._is_closing = True
        self._writer(self._work)

    def _have_written(self) -> None:
        with self._lock:
            self._is_write_due = True
            self._looked_at = time.monotonic()
        self._writer(self._work)

    def _work(self) -> None:
        """Do all that is due to the file: clear it, write what came since then, close it.

        A clearing forgets at once whatever waits, so all that waits by now is younger and is written afterwards.
        """
        with self._lock:
            clearings, self._clearings = self._clearings, []
            is_closing, self._is_closing = self._is_closing, False
            is_due = self._is_write_due or (is_closing and bool(self._waiting or self._endings))
            self._is_write_due = False
        self._busy_since = time.monotonic()
        try:
            for tell in clearings:
                self._disconnect()
                tell(self._erased())
            if is_due:
                self._write()
            if is_closing:
                self._disconnect()
        finally:
            self._busy_since = None

    def _erased(self) -> int | MienError:
        try:
            return erase_history(self._path)
        except MienError as error:
            return error

    def _write(self) -> None:
        """Write what waits, and forget what is too old, in one transaction."""
        with self._lock:
            rows, endings = list(self._waiting), list(self._endings)
        if self._enabled:
            try:
                try:
                    self._write_rows(rows, endings)
                except sqlite3.DatabaseError as error:
                    if not is_damage(error):
                        raise
                    self._set_aside(error)
                    self._write_rows(rows, endings)
            except (sqlite3.Error, OSError) as error:
                self._may_be_there = True
                self._disconnect()
                self._trouble = f"{self._path} cannot be written ({error})"
                _log.warning("%s: %d entries wait", self._trouble, len(rows))
                return
        self._trouble, self._may_be_there = "", False
        written = set(map(id, (*rows, *endings)))
        with self._lock:  # meanwhile some may have come, or all may have been forgotten
            self._waiting = deque((row for row in self._waiting if id(row) not in written), maxlen=_MOST_WAITING)
            self._endings = deque((one for one in self._endings if id(one) not in written), maxlen=_MOST_WAITING)

    def _write_rows(self, rows: list[_Row], endings: list[tuple[str, int, str]]) -> None:
        database = self._connect()
        dropped = 0
        with database:
            if rows:
                database.executemany(_INSERT_UNLESS_THERE if self._may_be_there else _INSERT, rows)
                database.execute("DELETE FROM entries WHERE id <= (SELECT max(id) FROM entries) - ?", (KEPT_ENTRIES,))
            database.executemany(_NOTE_ENDING, endings)
            if self._keep_days is not None:
                now, doubtful = self._calendar.today()
                dropped = drop_old(database, keep_days=self._keep_days, now=now, doubtful=doubtful)
        if dropped:  # and no copy is left in the log
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _connect(self) -> sqlite3.Connection:
        """Return the open file; one that was deleted or replaced since is opened again.

        :raises sqlite3.DatabaseError: if it is damaged.
        """
        if self._database is not None and self._path.exists() and self._path.stat().st_ino == self._inode:
            return self._database
        self._disconnect()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # The writer's thread is not whoever closes it; never both at once.
        database = sqlite3.connect(self._path, timeout=LOCK_SECONDS, check_same_thread=False)
        try:
            _prepare(database)
            self._read_recent(database)
        except BaseException:
            database.close()
            raise
        self._database, self._inode = database, self._path.stat().st_ino
        return database

    def _disconnect(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        self._disconnect()
        aside = set_aside_of(self._path)
        for suffix in COMPANIONS:
            source, target = self._path.with_name(self._path.name + suffix), aside.with_name(aside.name + suffix)
            target.unlink(missing_ok=True)
            if source.exists():
                source.replace(target)
        _log.warning("%s was damaged (%s): set aside as %s, a new one begun", self._path, error, aside.name)

    def _read_recent(self, database: sqlite3.Connection) -> None:
        """Learn once, from the first file that can be read, what was played before this box was started."""
        if self._recent_is_read:
            return
        query = "SELECT song_id FROM entries WHERE song_id IS NOT NULL ORDER BY id DESC LIMIT ?"
        played = [row[0] for row in database.execute(query, (KEPT_RECENT,))]
        with self._lock:
            if not self._recent_is_read:  # else it was cleared meanwhile
                self._recent.extend(played[: KEPT_RECENT - len(self._recent)])
                self._recent_is_read = True


def read_history(path: Path, count: int) -> list[HistoryEntry]:
    """Return the newest entries of a file, newest first, without disturbing a daemon that writes to it.

    A file that is not there, or was only just begun, is an empty history.

    :raises AccessError: if this user may not read it.
    :raises MienError: if it cannot be read.
    """
    if not _can_be_read(path):
        return []
    # Without a log beside it nobody has the file open. Taken as immutable, it can be read where nothing can be written.
    access = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    try:
        escaped = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        database = sqlite3.connect(f"file:{escaped}?{access}", uri=True, timeout=LOCK_SECONDS)
        try:
            begun = database.execute("SELECT 1 FROM sqlite_master").fetchone()
            there = _added_columns(database)
            told = [column if column in there else f"NULL AS {column}" for column in _ADDED]
            select = f"SELECT {', '.join((_OLDER_COLUMNS, *told))} FROM entries ORDER BY id DESC LIMIT ?"  # noqa: S608
            rows = database.execute(select, (count,)).fetchall() if begun else []
        finally:
            database.close()
        return [_entry(row) for row in rows]
    except (sqlite3.Error, ValueError) as error:
        what = f"{path}: the history cannot be read ({error})"
        raise MienError(what, mend="read it as root or as the user mien; mien doctor tells more") from error


def _entry(row: _Row) -> HistoryEntry:
    """Make sense of a row.

    :raises ValueError: if it makes none.
    """
    *_, place, corrected, asked, ended = row
    facts = datetime.fromisoformat(row[0]), json.loads(row[1]), *row[2:-4]
    return HistoryEntry(*facts, place=_place(place), corrected=bool(corrected), asked=asked or "", ended=ended or "")


def _rounded(place: MeanPlace) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(place).items()}


def _place(text: str | None) -> MeanPlace | None:
    """Make sense of a stored place.

    :raises ValueError: if it makes none.
    """
    if text is None:
        return None
    try:
        return MeanPlace(**json.loads(text))
    except TypeError as error:
        msg = f"no place: {text}"
        raise ValueError(msg) from error


def _added_columns(database: sqlite3.Connection) -> set[str]:
    """Return which columns the table has of those that older boxes did not write."""
    return {column[1] for column in database.execute("PRAGMA table_info(entries)")} & _ADDED.keys()


def _can_be_read(path: Path) -> bool:
    """Whether the file is there; SQLite would wait for ever at a pipe, and does not say that one may not read.

    :raises MienError: if it is no file, or this user may not read it.
    """
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError as error:
        raise _refused(path, error) from error
    if not stat.S_ISREG(facts.st_mode):
        what = f"{path}: the history cannot be read (it is no file)"
        raise MienError(what, mend="move it away; the daemon begins a new one")
    if refusal := AccessError.of(path):
        raise refusal
    return True


def _refused(path: Path, error: OSError) -> MienError:
    what = f"{path}: the history cannot be read ({error.strerror})"
    return AccessError.of(path) or MienError(what, mend="read it as root or as the user mien")


def set_aside_history(path: Path) -> Path | None:
    """Return where a damaged history was put, None if there is none.

    :raises AccessError: if this user may not look.
    """
    aside = set_aside_of(path)
    try:
        return aside if aside.exists() else None
    except PermissionError as error:
        raise _refused(path, error) from error


def _prepare(database: sqlite3.Connection) -> None:
    """Choose how it is written, make the table if there is none, and read all of the file once.

    :raises sqlite3.DatabaseError: if the file is damaged or holds something else.
    """
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    database.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    database.execute(f"PRAGMA cache_size = {_CACHE_PAGES}")
    database.execute(_SCHEMA)
    there = _added_columns(database)
    columns = ", ".join((_OLDER_COLUMNS, *sorted(there)))
    database.execute(f"SELECT {columns}, count(song_id) FROM entries").fetchone()  # noqa: S608 - reads every row
    for column, kind in _ADDED.items():
        if column not in there:  # a mien of before made it
            database.execute(f"ALTER TABLE entries ADD COLUMN {column} {kind}")
