"""The song table: every song of the owner's library and its emotion vector, in one SQLite file.

    songs       id, path (relative to the music folder), title, artist, album, seconds, content_hash, valence, arousal,
                the eight song labels in percent, summing to 100, sigma_valence and sigma_arousal, loudness (LUFS),
                true_peak (dB of full scale), leading_silence and trailing_silence (seconds)
    header      key, value: schema_version, k, sigma_valence, sigma_arousal, music_model, labels, shares
    song_index  a packed copy of what ranking needs (:mod:`device.recommendation.song_index`); tables of old have none

Limits, which the writer keeps to and the reader asks for:

    songs                           1,500,000, so that the slowest box is ready in time; a file of 1 GiB (2³⁰ bytes)
    path                            4,096 bytes of UTF-8, as on Linux
    title, artist, album            1,024 bytes each; an analysis cuts off what is longer
    content_hash, a header's value  256 and 4,096 bytes

A file holds these tables and nothing else: no views, no triggers but those of the packed copy, no columns that are
computed (:mod:`device.recommendation.table_file`).

Anyone can read it over SSH: ``sqlite3 songs.sqlite 'select title, round(happy) from songs order by happy desc'``.
"""

import itertools
import json
import math
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import Vectors
from device.errors import SongTableError
from device.files.atomic_files import unfinished
from device.files.untrusted import parse_json, plain
from device.recommendation.song import (
    COLUMNS,
    DEVIATION_COLUMNS,
    MOST_TEXT_BYTES,
    SOUND_COLUMNS,
    SUM_TOLERANCE_PERCENT,
    Song,
    row_of,
    song_of,
    sound_ranges,
)
from device.recommendation.song_index import SongIndex, index_of, read_index, write_index
from device.recommendation.stored_songs import StoredSongs
from device.recommendation.table_file import LONGEST_VALUE_BYTES, MOST_FILE_BYTES, limit_steps, open_table

__all__ = [
    "AREAS",
    "MOST_SONGS",
    "PERCENTAGES",
    "PROBABILITIES",
    "READABLE_SCHEMAS",
    "SCHEMA_VERSION",
    "SHARES",
    "Header",
    "Song",
    "SongTable",
    "read_song_table",
    "write_song_table",
]

SCHEMA_VERSION = 3
READABLE_SCHEMAS = (1, 2, 3)
"""Tables of schema 1 do not say how sure the music model was of each song, and before 3 none says how loud it is."""

AREAS, PERCENTAGES, PROBABILITIES = SHARES = ("areas", "percentages", "probabilities")
"""What the eight shares of a song are: areas of the rectangle around its place; percentages that a network has learnt
to say; or how likely a network holds each label to be, brought to a sum of 100."""

MOST_SONGS = 1_500_000
"""A Pi Zero 2 W, ten times slower than a workstation, opens a table of so many in some 25 s."""

_ROWS_AT_ONCE = 4096
_MOST_HEADER_ENTRIES, _MOST_HEADER_BYTES = 64, 4096
_STEPS_A_SONG, _STEPS_BESIDE = 500, 1_000_000
"""What SQLite's machine may do for each song of a table as it is read, several times what it does, and beside that."""

_MEND = "make it again with: mien-tools analyse MUSIC_FOLDER --table songs.sqlite"


@dataclass(frozen=True, slots=True)
class Header:
    """How the table was made: the rectangle rule's k, the σ that draw a usual song's rectangle, the music model's
    version, the order of the labels, and what the songs' shares are, one of ``SHARES``.
    """

    k: float
    sigma_valence: float
    sigma_arousal: float
    music_model: str
    labels: tuple[str, ...] = SONG_LABELS
    schema_version: int = SCHEMA_VERSION
    shares: str = AREAS


@dataclass(frozen=True, slots=True)
class SongTable:
    """A whole table: ``songs`` by rising id, and the ``index`` of what ranking needs of them, in the same order.

    The songs of a file are fetched when they are asked for; the index stands in memory.
    """

    header: Header
    songs: Sequence[Song]
    index: SongIndex = field(default=None, compare=False, repr=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        """Index songs that come without."""
        if self.index is None:
            entries = ((song.id, song.artist, song.vector) for song in self.songs)
            object.__setattr__(self, "index", index_of(entries))

    @property
    def vectors(self) -> Vectors:
        """Emotion vectors as they are ranked by, ``(n, 8)`` in percent."""
        return self.index.vectors

    def at(self, rows: Sequence[int] | NDArray[np.intp]) -> tuple[Song, ...]:
        """Fetch the songs of these row numbers, in their order.

        :raises SongTableError: if one of them is damaged.
        """
        return self.songs.at(rows) if isinstance(self.songs, StoredSongs) else tuple(self.songs[row] for row in rows)

    def paths(self) -> Iterator[str]:
        """Tell the paths of all songs, in the order of their rows."""
        return self.songs.paths() if isinstance(self.songs, StoredSongs) else (song.path for song in self.songs)

    def titles(self) -> Iterator[tuple[str, str]]:
        """Tell title and artist of all songs, in the order of their rows."""
        if isinstance(self.songs, StoredSongs):
            return self.songs.titles()
        return ((song.title, song.artist) for song in self.songs)

    def contents(self) -> Iterator[tuple[int, str]]:
        """Tell id and content hash of all songs, in the order of their rows."""
        if isinstance(self.songs, StoredSongs):
            return self.songs.contents()
        return ((song.id, song.content_hash) for song in self.songs)

    def read_texts(self) -> None:
        """Read every text of every song once, which a release's trial does: a million take two seconds or so.

        :raises SongTableError: if one of them is no text.
        """
        if isinstance(self.songs, StoredSongs):
            self.songs.read_texts()

    def present_under(self, music: Path) -> NDArray[np.bool_]:
        """Say of each song, ``(n,)``, whether its file is in the music folder."""
        # A Path would cost more than the look at the file itself, and there may be a million.
        there = (os.path.isfile(f"{music}/{path}") for path in self.paths())  # noqa: PTH113
        return np.fromiter(there, dtype=np.bool_, count=len(self.songs))


def write_song_table(path: Path, header: Header, songs: Iterable[Song]) -> None:
    """Write a table beside ``path`` and move it there in one step, so that no reader ever sees half of one.

    :raises SongTableError: if two songs share an id or a path, a text is not Unicode, there are more songs than a table
        may hold, or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished(path) as hidden:
            with closing(sqlite3.connect(hidden)) as database, database:
                _fill(database, header, _no_more_than_fit(path, songs))
            if hidden.stat().st_size > MOST_FILE_BYTES:
                raise _too_large(path, f"take more than {MOST_FILE_BYTES:,} bytes")
    except UnicodeEncodeError as error:
        what = f"{path}: {error.object!r} is not valid Unicode"
        raise SongTableError(what, mend="rename that file or mend its tags, and analyse it again") from error
    except (sqlite3.Error, OSError) as error:
        what = f"{path}: the song table cannot be written ({error})"
        raise SongTableError(what, mend="free some space, or name a folder that can be written") from error


def read_song_table(path: Path, *, thorough: bool = False) -> SongTable:
    """Open and check a table.

    With a packed index SQLite itself checks the paths and numbers of all rows, a million in two seconds or so; a text
    that is none shows when its song is fetched, or by :meth:`SongTable.read_texts`. Without one, or ``thorough``, every
    song is fetched once, which takes ten times as long, and the index is made again.

    :raises SongTableError: if the file is missing, damaged, of another schema, beyond the limits, or holds a song out
        of range or anything that is no part of a table.
    """
    opened = None
    try:
        opened = open_table(path)
        header = _read_header(path, opened)
        columns = _columns(header.schema_version)
        count = _count(opened)
        limit_steps(opened, _STEPS_BESIDE + _STEPS_A_SONG * count)
        index = None if thorough else read_index(opened, count)
        if index is None:
            index = index_of(_every_song(opened, columns))
        else:
            _check_rows(opened, columns, index)
        limit_steps(opened, None)
        songs = StoredSongs(path, opened, columns, index.ids)
        opened = None  # it belongs to the songs now
    except FileNotFoundError as error:
        what = f"{path}: there is no such song table"
        raise SongTableError(what, mend=_MEND) from error
    except (OSError, sqlite3.Error, ValueError, TypeError, OverflowError) as error:
        what = f"{path}: not a valid song table ({_in_words(error)})"
        raise SongTableError(what, mend=_MEND) from error
    finally:
        if opened is not None:
            opened.close()
    return SongTable(header, songs, index)


def _columns(schema_version: int) -> list[str]:
    """Name the columns of ``songs`` in the order that :func:`song_of` takes."""
    added = (DEVIATION_COLUMNS, SOUND_COLUMNS)[: schema_version - 1]
    return [*COLUMNS, *itertools.chain(*added)]


def _no_more_than_fit(path: Path, songs: Iterable[Song]) -> Iterator[Song]:
    songs = iter(songs)
    yield from itertools.islice(songs, MOST_SONGS)
    if next(songs, None) is not None:
        raise _too_large(path, f"are more than {MOST_SONGS:,}")


def _too_large(path: Path, words: str) -> SongTableError:
    what = f"{path}: the songs {words}, the most that a song table may hold"
    return SongTableError(what, mend="analyse a part of the library; .mienignore names what is left out")


def _fill(database: sqlite3.Connection, header: Header, songs: Iterable[Song]) -> None:
    labels = ", ".join(f"{label} REAL NOT NULL" for label in SONG_LABELS)
    optional = ", ".join(f"{column} REAL" for column in (*DEVIATION_COLUMNS, *SOUND_COLUMNS))
    database.execute(
        "CREATE TABLE songs (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, "
        "artist TEXT NOT NULL, album TEXT NOT NULL, seconds REAL NOT NULL, content_hash TEXT NOT NULL, "
        f"valence REAL NOT NULL, arousal REAL NOT NULL, {labels}, {optional})",
    )
    database.execute("CREATE TABLE header (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    entries = {
        "schema_version": SCHEMA_VERSION,
        "k": header.k,
        "sigma_valence": header.sigma_valence,
        "sigma_arousal": header.sigma_arousal,
        "music_model": header.music_model,
        "labels": list(header.labels),
        "shares": header.shares,
    }
    database.executemany("INSERT INTO header VALUES (?, ?)", [(key, json.dumps(v)) for key, v in entries.items()])
    marks = ", ".join("?" * len(_columns(SCHEMA_VERSION)))
    database.executemany(f"INSERT INTO songs VALUES ({marks})", map(row_of, songs))  # noqa: S608 - question marks only
    write_index(database)


def _count(database: sqlite3.Connection) -> int:
    """Count the songs without going further than there may be."""
    limit_steps(database, _STEPS_BESIDE + 10 * MOST_SONGS)
    # An index may say anything; and SQLite counts a whole table in a single step, which no limit stops.
    query = "SELECT count(*) FROM (SELECT 1 FROM songs NOT INDEXED LIMIT ?)"
    count = int(database.execute(query, [MOST_SONGS + 1]).fetchone()[0])
    if count > MOST_SONGS:
        msg = f"it holds more than {MOST_SONGS:,} songs, the most that a song table may hold"
        raise ValueError(msg)
    return count


def _every_song(database: sqlite3.Connection, columns: Sequence[str]) -> Iterator[tuple[int, str, tuple[float, ...]]]:
    twin = database.execute("SELECT path FROM songs GROUP BY path HAVING count(*) > 1 LIMIT 1").fetchone()
    if twin:
        msg = f"two songs have the path {plain(repr(twin[0]), most=200)}"
        raise ValueError(msg)
    for row in database.execute(f"SELECT {', '.join(columns)} FROM songs NOT INDEXED ORDER BY id"):  # noqa: S608 - constants
        song = song_of(row)
        yield song.id, song.artist, song.vector


def _check_rows(database: sqlite3.Connection, columns: Sequence[str], index: SongIndex) -> None:
    """Let SQLite look for rows that :func:`song_of` would refuse, and refuse the first one by its words.

    What is left are texts that are none: SQLite does not look, and they show when they are fetched.
    """
    rules = _rules(columns)
    of_table = database.execute(f"SELECT id FROM songs NOT INDEXED WHERE {rules} ORDER BY id")  # noqa: S608 - constants
    seen = 0
    while some := of_table.fetchmany(_ROWS_AT_ONCE):
        part = index.ids[seen : (seen := seen + len(some))]
        if part.tolist() != [song_id for (song_id,) in some]:
            break
    else:
        if seen == len(index):
            return
    query = f"SELECT {', '.join(columns)} FROM songs NOT INDEXED WHERE ({rules}) IS NOT 1 ORDER BY id LIMIT 1"  # noqa: S608
    row = database.execute(query).fetchone()
    if row:
        song_of(row)
        msg = f"song {row[0]}: its row is damaged"
        raise ValueError(msg)
    msg = "its index names other songs than the table"
    raise ValueError(msg)


def _rules(columns: Sequence[str]) -> str:
    """Say in SQL what :func:`song_of` asks for. The columns have their types: a number is none only as a text or bytes,
    which count for more than any number; and texts count for less than any bytes.
    """
    # A little less than song_of leaves, which may add in another order.
    least, most = (100 + sign * (SUM_TOLERANCE_PERCENT - 1e-9) for sign in (-1, 1))
    return " AND ".join(
        [
            *(
                f"{name} < x'' AND length(CAST({name} AS BLOB)) <= {MOST_TEXT_BYTES[name]}"
                for name, kind in COLUMNS.items()
                if kind is str
            ),
            "path > '' AND instr(path, char(0)) = 0 AND (path < '/' OR path >= '0')",
            "instr('/' || path || '/', '/../') = 0",
            "valence BETWEEN -1 AND 1 AND arousal BETWEEN -1 AND 1 AND seconds >= 0 AND seconds < 9e999",
            *(f"{label} BETWEEN 0 AND {most!r}" for label in SONG_LABELS),
            f"{' + '.join(SONG_LABELS)} BETWEEN {least!r} AND {most!r}",
            *(f"({name} IS NULL OR ({name} >= 0 AND {name} < 9e999))" for name in DEVIATION_COLUMNS if name in columns),
            *(
                f"({name} IS NULL OR {name} BETWEEN {least!r} AND {'seconds' if most == math.inf else repr(most)})"
                for name, (least, most) in sound_ranges(math.inf).items()
                if name in columns
            ),
        ]
    )


def _read_header(path: Path, database: sqlite3.Connection) -> Header:
    entries = database.execute("SELECT key, value FROM header LIMIT ?", [_MOST_HEADER_ENTRIES]).fetchall()
    if any(not isinstance(text, str) or len(text) > _MOST_HEADER_BYTES for entry in entries for text in entry):
        msg = f"its header holds what is no text, or is longer than {_MOST_HEADER_BYTES:,} characters"
        raise ValueError(msg)
    values = {key: _header_value(key, value) for key, value in entries}
    version = values.get("schema_version")
    if version not in READABLE_SCHEMAS:
        readable = f"{READABLE_SCHEMAS[0]} to {READABLE_SCHEMAS[-1]}"
        what = f"{path}: this song table has schema {version}, and this mien reads the schemas {readable}"
        raise SongTableError(what, mend=_MEND)
    if values.get("labels") != list(SONG_LABELS):
        what = f"{path}: header key 'labels' is {values.get('labels')}, not {list(SONG_LABELS)}"
        raise SongTableError(what, mend=_MEND)
    missing = {"k", "sigma_valence", "sigma_arousal", "music_model"} - values.keys()
    if missing:
        what = f"{path}: the header misses {', '.join(sorted(missing))}"
        raise SongTableError(what, mend=_MEND)
    if values.get("shares", AREAS) not in SHARES:
        what = f"{path}: header key 'shares' is {plain(ascii(values['shares']), most=40)}, none of {', '.join(SHARES)}"
        raise SongTableError(what, mend=_MEND)
    rule = {}
    for key in ("k", "sigma_valence", "sigma_arousal"):
        value = values[key]
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
            what = f"{path}: header key '{key}' is {plain(ascii(value), most=40)}, not a finite number of 0 or more"
            raise SongTableError(what, mend=_MEND)
        rule[key] = float(value)
    return Header(
        k=rule["k"],
        sigma_valence=rule["sigma_valence"],
        sigma_arousal=rule["sigma_arousal"],
        music_model=str(values["music_model"]),
        schema_version=int(version),
        shares=str(values.get("shares", AREAS)),
    )


def _header_value(key: str, value: str) -> object:
    try:
        return parse_json(value)
    except ValueError as error:
        msg = f"its header key {plain(key, most=40)!r} holds no JSON: {plain(value, most=40)}"
        raise ValueError(msg) from error


_WORDS = {
    "interrupted": "reading it takes far more steps than any table of so many songs",
    "string or blob too big": f"it holds a value of more than {LONGEST_VALUE_BYTES:,} bytes; a title, an artist and an "
    f"album may take {MOST_TEXT_BYTES['title']:,} and a path {MOST_TEXT_BYTES['path']:,}",
}
"""What SQLite's own words about the limits mean."""


def _in_words(error: Exception) -> str:
    return _WORDS.get(str(error)) or plain((isinstance(error, OSError) and error.strerror) or str(error), most=500)
