"""What the history forgets: entries that are too old, and everything once it is cleared.

A box without a clock of its own may wake in 1970, or decades ahead, and must not take its past for old on that account.
So an entry counts as old by the times of its neighbours too, and a leap of the clock counts for nothing until the clock
has stood by it for a day.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from device.errors import MienError

COMPANIONS = ("", "-wal", "-shm")
"""What SQLite keeps beside the file; a write-ahead log must never meet another file than its own."""

BELIEVED_GAP_DAYS = 3653
"""Ten years: an older past is given up only once the clock has stood by the present for a day."""

_DAY_SECONDS = 86_400.0
_LEAP_SECONDS = 3600.0  # what a clock may be set forward or back without a doubt
_PATIENCE_SECONDS = 2.0
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}  # the last: other tables or columns
_NOW = "julianday(?)"
_WITHIN = "julianday(at) BETWEEN julianday(?) - ? AND julianday(?) + ?"
_MEND_CLEAR = "clear it through the daemon (start it first), or as root: sudo mien history --clear"


class Calendar:
    """The date, and whether it leapt while the seconds went by as ever."""

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Believe the date of now; ``ticks`` counts seconds and never leaps."""
        self._now, self._ticks = now, ticks
        self._offset = now().timestamp() - ticks()
        self._leapt_at: float | None = None

    def today(self) -> tuple[datetime, bool]:
        """Return the time now, and whether it is doubtful, having leapt within the last day."""
        now, ticks = self._now(), self._ticks()
        offset = now.timestamp() - ticks
        if abs(offset - self._offset) > _LEAP_SECONDS:
            self._offset, self._leapt_at = offset, ticks
        if self._leapt_at is not None and ticks - self._leapt_at > _DAY_SECONDS:
            self._leapt_at = None
        return now, self._leapt_at is not None


def drop_old(database: sqlite3.Connection, *, keep_days: int, now: datetime, doubtful: bool) -> int:
    """Delete the entries older than ``keep_days``, in the transaction that is open; return how many.

    They are the ones before the first that is young enough, from the first on that is too old: an entry whose own date
    cannot be, being ahead of the present, goes with its neighbours.

    :param doubtful: the clock may be wrong. Then, and if everything seems to be older than ten years, nothing goes
        unless a young entry shows that the clock was there a day ago.
    """
    moment = now.astimezone(UTC).isoformat()
    first = database.execute(f"SELECT {_WITHIN} FROM entries ORDER BY id LIMIT 1", (moment, keep_days, moment, 1))  # noqa: S608
    if (first.fetchone() or (1,))[0]:
        return 0
    young = f"SELECT min(id) FROM entries WHERE {_WITHIN}"  # noqa: S608 - of constants, like all below
    (kept,) = database.execute(young, (moment, keep_days, moment, 1)).fetchone()
    if kept is None:
        (kept,) = database.execute("SELECT max(id) + 1 FROM entries").fetchone()
    old = f"""SELECT min(id), {_NOW} - max(julianday(at)) FROM entries
        WHERE id < ? AND julianday(at) < {_NOW} - ?"""  # noqa: S608
    (dropped, gap_days) = database.execute(old, (moment, kept, moment, keep_days)).fetchone()
    if dropped is None:
        return 0
    (witness,) = database.execute(young, (moment, keep_days, moment, -1)).fetchone()
    if (doubtful or gap_days > BELIEVED_GAP_DAYS) and witness is None:
        return 0
    return database.execute("DELETE FROM entries WHERE id >= ? AND id < ?", (dropped, kept)).rowcount


def erase_history(path: Path) -> int:
    """Remove every entry for good, damaged files that were set aside as well; return how many entries there were.

    What is deleted is overwritten, and no copy of it is left in the write-ahead log. A file that is not there, or that
    cannot be made sense of, is an empty history; the latter is removed.

    :raises MienError: if somebody else uses it, or it may not be written.
    """
    try:
        for suffix in COMPANIONS:
            aside = set_aside_of(path)
            aside.with_name(aside.name + suffix).unlink(missing_ok=True)
        if not path.exists():
            return 0
        try:
            return _erase_entries(path)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        for suffix in COMPANIONS:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            what = f"{path}: another program uses the history ({error})"
            raise MienError(what, mend="let it end, and clear the history again") from error
        what = f"{path}: the history cannot be cleared ({error})"
        raise MienError(what, mend=_MEND_CLEAR) from error
    except (sqlite3.Error, OSError) as error:
        what = f"{path}: the history cannot be cleared ({error})"
        raise MienError(what, mend=_MEND_CLEAR) from error
    return 0


def _erase_entries(path: Path) -> int:
    with closing(sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA secure_delete = ON")
        database.execute("PRAGMA temp_store = MEMORY")
        database.execute("BEGIN IMMEDIATE")
        (count,) = database.execute("SELECT count(*) FROM entries").fetchone()
        database.execute("DELETE FROM entries")
        database.execute("DELETE FROM sqlite_sequence")
        database.execute("COMMIT")
        for work in ("SELECT 1", "VACUUM"):  # first the old places are overwritten, then given back
            database.execute(work)
            if database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                msg = "its log cannot be emptied"
                error = sqlite3.OperationalError(msg)
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error
    return int(count)


@contextmanager
def as_owner_of(path: Path) -> Iterator[None]:
    """Let root act as the user to whom a file belongs, so that nothing is done there that this user may not do."""
    if os.geteuid() != 0 or not path.exists():
        yield
        return
    owner = path.stat()
    with suppress(PermissionError):  # a root without the right to become somebody else
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def set_aside_of(path: Path) -> Path:
    """Return where a damaged history is put."""
    return path.with_name(f"{path.name}.damaged")


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether an error says that the file is damaged or holds something else."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE  # the lowest byte is the primary code
