"""Opening the file of a song table as what it may be: made by somebody else, and made to do harm.

SQLite is safe with such files as long as nothing in them is carried out and no query goes on for ever. So a table holds
tables, and only those that :mod:`device.recommendation.song_table` names: no views, no virtual tables, no columns that
are computed, no indices and triggers but its own. SQLite's own bounds are set low, and every query that runs over the
whole table is stopped after a number of steps that no honest one needs.
"""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from device.files.untrusted import open_regular, plain
from device.recommendation.song import COLUMNS, DEVIATION_COLUMNS, SOUND_COLUMNS

MOST_FILE_BYTES = 2**30
"""A file of a million songs takes 410 MB."""

LONGEST_VALUE_BYTES = 2**20
"""More than any row of an honest table; a row of the packed index takes 230 kB."""

TABLES = ("songs", "header", "song_index")
TRIGGERS = {f"song_index_after_{event.lower()}": event for event in ("INSERT", "UPDATE", "DELETE")}
"""Those that empty the packed index when somebody changes a song by hand, with what sets each off."""

_ROWIDS = {"songs": "id", "song_index": "first"}
"""Columns that must be the very keys by which SQLite finds a row, or each look for a song would read all of them."""

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 2**16,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_PRAGMAS = ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "mmap_size = 0", "temp_store = MEMORY")
_MOST_OBJECTS = 64
_STEPS_AT_ONCE = 10_000
_LOOKING_STEPS = 1_000_000
_MAGIC, _ROLLBACK_JOURNAL, _UTF_8 = b"SQLite format 3\0", b"\1\1", 1


def open_table(path: Path) -> sqlite3.Connection:
    """Open a table's file for reading, after a look at its first bytes and at everything that its schema declares.

    :raises OSError: if it is missing, cannot be read, or is no regular file.
    :raises ValueError: if it is too large or cut short, or holds what a song table does not hold.
    :raises sqlite3.Error: if it is damaged.
    """
    place = path.resolve()  # an owner may name it by a link
    _check_first_bytes(place)
    database = sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True, check_same_thread=False)
    try:
        for category, most in _LIMITS.items():
            database.setlimit(category, most)
        for pragma in _PRAGMAS:
            database.execute(f"PRAGMA {pragma}")
        limit_steps(database, _LOOKING_STEPS)
        _check_schema(database)
    except BaseException:
        database.close()
        raise
    return database


def limit_steps(database: sqlite3.Connection, most: int | None) -> None:
    """Let the queries from now on take so many steps of SQLite's machine in all, or as many as they want.

    The one that takes more fails with "interrupted".
    """
    if most is None:
        database.set_progress_handler(None, 0)
        return
    rest = iter(range(most // _STEPS_AT_ONCE))
    database.set_progress_handler(lambda: next(rest, None) is None, _STEPS_AT_ONCE)


def trigger(name: str) -> str:
    """Return the statement that makes one of ``TRIGGERS``."""
    return f"CREATE TRIGGER {name} AFTER {TRIGGERS[name]} ON songs BEGIN DELETE FROM song_index; END"  # noqa: S608 - ours


def _check_first_bytes(path: Path) -> None:
    with open_regular(path) as file:
        size, head = os.fstat(file.fileno()).st_size, file.read(100)
    if size > MOST_FILE_BYTES:
        msg = f"it takes {size:,} bytes, and {MOST_FILE_BYTES:,} are the most that a song table may take"
        raise ValueError(msg)
    if len(head) < 100 or not head.startswith(_MAGIC):  # noqa: PLR2004 - the length of SQLite's header
        msg = "file is not a database"
        raise ValueError(msg)
    if head[18:20] != _ROLLBACK_JOURNAL:
        msg = "it keeps a write-ahead log beside it, which cannot be read where nobody may write"
        raise ValueError(msg)
    page_size, changes, pages, encoding, counted_at = (
        int.from_bytes(head[start:end]) for start, end in ((16, 18), (24, 28), (28, 32), (56, 60), (92, 96))
    )
    if encoding != _UTF_8:
        msg = "its texts are not kept in UTF-8"
        raise ValueError(msg)
    page_size = 65_536 if page_size == 1 else page_size
    if counted_at == changes and size < pages * page_size:  # SQLite notices only if it comes to need what is missing
        msg = f"{size} bytes, not {pages * page_size}: the file was cut short"
        raise ValueError(msg)


def _check_schema(database: sqlite3.Connection) -> None:
    """Refuse whatever may be carried out, or stands in the way of finding a row quickly."""
    entries = f"SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT {_MOST_OBJECTS + 1}"  # noqa: S608 - a number
    found = database.execute(entries).fetchall()
    strange = next((entry for entry in found if not _is_known(*entry)), None)
    if strange is not None or len(found) > _MOST_OBJECTS:
        kind, name, *_ = strange or ("object", "number 65")
        msg = f"it holds the {plain(str(kind), most=20)} {plain(str(name), most=80)}, which is no part of a song table"
        raise ValueError(msg)
    for _schema, name, kind, _columns, without_rowid, _strict in database.execute("PRAGMA table_list").fetchall():
        if name in TABLES and (kind != "table" or without_rowid):
            msg = f"{name} is no plain table"
            raise ValueError(msg)
    for table in TABLES:
        columns = database.execute(f"PRAGMA table_xinfo({table})").fetchall()
        if any(hidden for *_, hidden in columns):
            msg = f"a column of {table} is computed rather than stored"
            raise ValueError(msg)
        if columns and table in _ROWIDS:
            _check_rowid(database, table, columns)
        if table == "songs":
            _check_kinds(columns)


def _is_known(kind: object, name: object, table: object, sql: object) -> bool:
    match kind:
        case "table":
            return name in TABLES
        case "index":  # one that SQLite makes for PRIMARY KEY and UNIQUE has no statement of its own
            return table in TABLES and sql is None
        case "trigger":
            return isinstance(name, str) and name in TRIGGERS and sql == trigger(name)
        case _:
            return False


def _check_kinds(columns: Sequence[Sequence[object]]) -> None:
    """Let SQLite keep numbers as numbers and texts as texts, as far as it does."""
    kinds = {int: "INTEGER", float: "REAL", str: "TEXT"}
    wanted = {name: kinds[kind] for name, kind in COLUMNS.items()}
    wanted |= dict.fromkeys((*DEVIATION_COLUMNS, *SOUND_COLUMNS), "REAL")
    for _, column, declared, *_ in columns:
        name = str(column).lower()  # as SQLite takes it
        if name in wanted and str(declared).upper() != wanted[name]:
            msg = f"the column {name} is not declared {wanted[name]}"
            raise ValueError(msg)


def _check_rowid(database: sqlite3.Connection, table: str, columns: Sequence[Sequence[object]]) -> None:
    keys = [(name, str(kind).upper()) for _, name, kind, _, _, key, _ in columns if key]
    of_its_own = any(origin == "pk" for _, _, _, origin, _ in database.execute(f"PRAGMA index_list({table})"))
    if keys != [(_ROWIDS[table], "INTEGER")] or of_its_own:
        msg = f"{_ROWIDS[table]} is not the INTEGER PRIMARY KEY of {table}"
        raise ValueError(msg)
