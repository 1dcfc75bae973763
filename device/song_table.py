"""The song table: every song of the owner's library and its emotion vector, in one SQLite file.

    songs     id, path (relative to the music folder), title, artist, album, seconds, content_hash, valence, arousal,
              the eight song labels in percent, summing to 100, sigma_valence and sigma_arousal
    header    key, value: schema_version, k, sigma_valence, sigma_arousal, music_model, labels

Anyone can read it over SSH: ``sqlite3 songs.sqlite 'select title, round(happy) from songs order by happy desc'``.
"""

import json
import math
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.emotion import SONG_LABELS
from device.errors import SongTableError

SCHEMA_VERSION = 2
READABLE_SCHEMAS = (1, 2)
"""Tables of schema 1 do not say how sure the music model was of each song."""

_MEND = "make it anew with: mien-tools analyse MUSIC_FOLDER --table songs.sqlite"
_COLUMNS = {
    "id": int,
    **dict.fromkeys(("path", "title", "artist", "album"), str),
    "seconds": float,
    "content_hash": str,
    **dict.fromkeys(("valence", "arousal", *SONG_LABELS), float),
}
_DEVIATIONS = ("sigma_valence", "sigma_arousal")
_SUM_TOLERANCE_PERCENT = 0.1


@dataclass(frozen=True, slots=True)
class Song:
    """One song. ``vector`` holds the percent of each of ``SONG_LABELS`` and sums to 100.

    ``deviations`` are the music model's own σ of valence and of arousal; None where the table does not tell.

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

    def __post_init__(self) -> None:
        """Refuse values that no analysis gives."""
        if not self.path or self.path.startswith("/") or ".." in self.path.split("/"):
            msg = f"song {self.id}: the path {self.path!r} does not lie inside the music folder"
            raise ValueError(msg)
        if not (-1 <= self.valence <= 1 and -1 <= self.arousal <= 1):
            msg = f"song {self.id}: valence {self.valence} and arousal {self.arousal} must lie in [-1, 1]"
            raise ValueError(msg)
        if not 0 <= self.seconds < math.inf:
            msg = f"song {self.id}: a length of {self.seconds} s is none"
            raise ValueError(msg)
        total = sum(self.vector)
        shaped = len(self.vector) == len(SONG_LABELS) and min(self.vector) >= 0
        if not (shaped and abs(total - 100) <= _SUM_TOLERANCE_PERCENT):
            msg = f"song {self.id}: eight percentages that sum to 100 are needed, not {self.vector}"
            raise ValueError(msg)
        if self.deviations is not None and not all(0 <= sigma < math.inf for sigma in self.deviations):
            msg = f"song {self.id}: σ of {self.deviations} are none"
            raise ValueError(msg)

    @property
    def name(self) -> str:
        """Title and artist for a person."""
        return f"{self.title} — {self.artist}" if self.artist else self.title


@dataclass(frozen=True, slots=True)
class Header:
    """How the table was made: the rectangle rule's k, the σ that draw a usual song's rectangle, the music model's
    version, and the order of the labels.
    """

    k: float
    sigma_valence: float
    sigma_arousal: float
    music_model: str
    labels: tuple[str, ...] = SONG_LABELS
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class SongTable:
    """A whole table: ``songs`` by rising id, and their ``vectors`` ``(n, 8)`` in percent in the same order."""

    header: Header
    songs: tuple[Song, ...]
    vectors: NDArray[np.float64] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Stack the vectors once."""
        stacked = np.array([song.vector for song in self.songs], dtype=np.float64)
        object.__setattr__(self, "vectors", stacked.reshape(len(self.songs), len(SONG_LABELS)))

    def present_under(self, music: Path) -> NDArray[np.bool_]:
        """Say of each song, ``(n,)``, whether its file is in the music folder."""
        return np.array([(music / song.path).is_file() for song in self.songs], dtype=np.bool_)


def write_song_table(path: Path, header: Header, songs: Iterable[Song]) -> None:
    """Write a table beside ``path`` and move it there in one step, so that no reader ever sees half of one.

    :raises SongTableError: if two songs share an id or a path, a text is not Unicode, or the file cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as database, database:
            _fill(database, header, songs)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(path)
    except UnicodeEncodeError as error:
        what = f"{path}: {error.object!r} is not valid Unicode"
        raise SongTableError(what, mend="rename that file or mend its tags, and analyse it again") from error
    except (sqlite3.Error, OSError) as error:
        what = f"{path}: the song table cannot be written ({error})"
        raise SongTableError(what, mend="free some space, or name a folder that can be written") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def read_song_table(path: Path) -> SongTable:
    """Read and check a table.

    :raises SongTableError: if the file is missing, damaged, of another schema, or holds a song out of range.
    """
    if not path.is_file():
        what = f"{path}: there is no such song table"
        raise SongTableError(what, mend=_MEND)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            header = _read_header(path, dict(database.execute("SELECT key, value FROM header")))
            columns = [*_COLUMNS, *(_DEVIATIONS if header.schema_version > 1 else ())]
            rows = database.execute(f"SELECT {', '.join(columns)} FROM songs ORDER BY id")  # noqa: S608 - constants
            songs = tuple(_song(row) for row in rows)
    except (sqlite3.Error, ValueError, TypeError) as error:
        what = f"{path}: not a sound song table ({error})"
        raise SongTableError(what, mend=_MEND) from error
    return SongTable(header, songs)


def _fill(database: sqlite3.Connection, header: Header, songs: Iterable[Song]) -> None:
    labels = ", ".join(f"{label} REAL NOT NULL" for label in SONG_LABELS)
    database.execute(
        "CREATE TABLE songs (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, "
        "artist TEXT NOT NULL, album TEXT NOT NULL, seconds REAL NOT NULL, content_hash TEXT NOT NULL, "
        f"valence REAL NOT NULL, arousal REAL NOT NULL, {labels}, sigma_valence REAL, sigma_arousal REAL)",
    )
    database.execute("CREATE TABLE header (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    entries = {
        "schema_version": SCHEMA_VERSION,
        "k": header.k,
        "sigma_valence": header.sigma_valence,
        "sigma_arousal": header.sigma_arousal,
        "music_model": header.music_model,
        "labels": list(header.labels),
    }
    database.executemany("INSERT INTO header VALUES (?, ?)", [(key, json.dumps(v)) for key, v in entries.items()])
    marks = ", ".join("?" * (len(_COLUMNS) + len(_DEVIATIONS)))
    rows = (
        (s.id, s.path, s.title, s.artist, s.album, s.seconds, s.content_hash, s.valence, s.arousal, *s.vector)
        + (s.deviations or (None, None))
        for s in songs
    )
    database.executemany(f"INSERT INTO songs VALUES ({marks})", rows)  # noqa: S608 - question marks only


def _song(row: tuple[Any, ...]) -> Song:
    plain, told = len(_COLUMNS) - len(SONG_LABELS), len(_COLUMNS)
    for value, (column, kind) in zip(row[:told], _COLUMNS.items(), strict=True):
        if not isinstance(value, kind):
            msg = f"song {row[0]}: {column} is {value!r}"
            raise ValueError(msg)  # noqa: TRY004 - told like every other unusable value
    values = [*row[:plain], row[plain:told]]
    if None not in row[told:]:
        values += [tuple(float(sigma) for sigma in row[told:]) or None]
    return Song(*values)


def _read_header(path: Path, entries: dict[str, str]) -> Header:
    values = {key: json.loads(value) for key, value in entries.items()}
    version = values.get("schema_version")
    if version not in READABLE_SCHEMAS:
        readable = " and ".join(map(str, READABLE_SCHEMAS))
        what = f"{path}: this song table has schema {version}, and this mien reads the schemas {readable}"
        raise SongTableError(what, mend=_MEND)
    if tuple(values.get("labels", ())) != SONG_LABELS:
        what = f"{path}: header key 'labels' is {values.get('labels')}, not {list(SONG_LABELS)}"
        raise SongTableError(what, mend=_MEND)
    missing = {"k", "sigma_valence", "sigma_arousal", "music_model"} - values.keys()
    if missing:
        what = f"{path}: the header misses {', '.join(sorted(missing))}"
        raise SongTableError(what, mend=_MEND)
    return Header(
        k=float(values["k"]),
        sigma_valence=float(values["sigma_valence"]),
        sigma_arousal=float(values["sigma_arousal"]),
        music_model=str(values["music_model"]),
        schema_version=int(version),
    )
