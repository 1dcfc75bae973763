"""Tables made to do harm: whatever a file holds, it is a table or refused in a sentence, and soon."""

import os
import random
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from device.emotion.labels import SONG_LABELS
from device.errors import SongTableError
from device.observation.observation import Observation
from device.recommendation import song_table
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import Header, Song, SongTable, read_song_table, write_song_table
from device.recommendation.table_file import MOST_FILE_BYTES, TRIGGERS, open_table

HEADER = Header(k=1, sigma_valence=0.21, sigma_arousal=0.19, music_model="test")
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
COUNT = 30


@pytest.fixture(scope="session")
def sound_bytes(tmp_path_factory: pytest.TempPathFactory, make_song: Callable[..., Song]) -> bytes:
    """A table of thirty songs that fills a dozen pages."""
    path = tmp_path_factory.mktemp("sound") / "songs.sqlite"
    vectors = np.eye(8)[np.arange(COUNT) % 8] * 100
    songs = [make_song(n, artist=f"Artist {n % 7}", vector=tuple(vectors[n].tolist())) for n in range(COUNT)]
    write_song_table(path, HEADER, songs)
    return path.read_bytes()


@pytest.fixture
def table(tmp_path: Path, sound_bytes: bytes) -> Path:
    path = tmp_path / "songs.sqlite"
    path.write_bytes(sound_bytes)
    return path


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in ("PRAGMA synchronous = OFF", *statements):
            database.execute(statement)


def behind_the_index(path: Path, *statements: str) -> None:
    """Change songs, and leave their packed copy as it was."""
    with closing(sqlite3.connect(path)) as database, database:
        triggers = [sql for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
        dropping = [f"DROP TRIGGER {name}" for name in TRIGGERS]
        for statement in ("PRAGMA synchronous = OFF", *dropping, *statements, *triggers):
            database.execute(statement)


def use(table: SongTable) -> None:
    """Do all that a box does with a table."""
    recommender = Recommender(table, np.ones(len(table.songs), dtype=np.bool_))
    for label in ("happiness", "sadness"):
        recommendation = recommender.recommend(Observation((label,), (9.0,), 15.0, 9, 9, 1.0))
        assert len(recommendation.ranked) == min(5, len(table.songs))
        assert all(0 <= choice.similarity <= 1 for choice in recommendation.ranked)
    assert len(tuple(table.songs)) == len(list(table.paths())) == len(table.songs)


COLUMNS = f"id, path, title, artist, album, seconds, content_hash, valence, arousal, {', '.join(SONG_LABELS)}"
REBUILT = (
    "CREATE TABLE songs (id INTEGER PRIMARY KEY{id}, path TEXT{path}, title TEXT, artist TEXT, album TEXT, "
    f"seconds REAL, content_hash TEXT, valence REAL, arousal REAL, {' REAL, '.join(SONG_LABELS)} REAL, "
    "sigma_valence REAL, sigma_arousal REAL){end}"
)


def rebuilt(*, id: str = "", path: str = "", end: str = "") -> list[str]:  # noqa: A002 - the column
    """Make the table of songs again, with something more in its declaration."""
    columns = COLUMNS if not path else COLUMNS.replace(" path,", "")
    return [
        "ALTER TABLE songs RENAME TO loose",
        REBUILT.format(id=id, path=path, end=end),
        f"INSERT INTO songs ({columns}) SELECT {columns} FROM loose",  # noqa: S608 - constants
        "DROP TABLE loose",
    ]


def view(columns: str, source: str = "", *, name: str = "songs") -> list[str]:
    return [f"DROP TABLE {name}", f"CREATE VIEW {name} AS {source} SELECT {columns}"]


def virtual(name: str) -> list[str]:
    made = f"CREATE VIRTUAL TABLE {name} USING echo(x)"
    return [
        "PRAGMA writable_schema = ON",
        f"INSERT INTO sqlite_master VALUES ('table', '{name}', '{name}', 0, '{made}')",  # noqa: S608 - constants
    ]


def setting(column: str, value: str) -> list[str]:
    return [f"UPDATE songs SET {column} = {value} WHERE id = 2"]  # noqa: S608 - constants


def setting_k(value: str) -> list[str]:
    return [f"UPDATE header SET value = {value} WHERE key = 'k'"]  # noqa: S608 - constants


SONG_OF_N = (
    "i AS id, i || '.mp3' AS path, '' AS title, '' AS artist, '' AS album, 1.0 AS seconds, '' AS content_hash, "
    f"0.0 AS valence, 0.0 AS arousal, 100.0 AS {SONG_LABELS[0]}, {', '.join(f'0.0 AS {x}' for x in SONG_LABELS[1:])}, "
    "NULL AS sigma_valence, NULL AS sigma_arousal FROM n"
)
HOSTILE: dict[str, tuple[Sequence[str], str]] = {
    "songs are a view without an end": (view(SONG_OF_N, ENDLESS), "holds the view songs"),
    "songs are a view of gigabytes": (view("1 AS id, zeroblob(1000000000) AS path"), "holds the view songs"),
    "a header without an end": (
        view("i AS key, i AS value FROM n", ENDLESS, name="header"),
        "holds the view header",
    ),
    "an index that is a view": (
        view("i AS first FROM n", ENDLESS, name="song_index"),
        "holds the view song_index",
    ),
    "a view of its own": (["CREATE VIEW extra AS SELECT 1"], "holds the view extra"),
    "a table of its own": (["CREATE TABLE extra (x)"], "holds the table extra"),
    "statistics for the planner": (["ANALYZE"], "holds the table sqlite_stat"),
    "an index of its own": (["CREATE INDEX extra ON songs (title)"], "holds the index extra"),
    "an index over an expression": (["CREATE INDEX extra ON songs (abs(id))"], "holds the index extra"),
    "a part of an index": (["CREATE INDEX extra ON songs (id) WHERE title > ''"], "holds the index extra"),
    "a trigger of its own": (
        ["CREATE TRIGGER extra AFTER INSERT ON songs BEGIN INSERT INTO songs SELECT * FROM songs; END"],
        "holds the trigger extra",
    ),
    "a trigger by the name of ours": (
        [
            "DROP TRIGGER song_index_after_insert",
            "CREATE TRIGGER song_index_after_insert AFTER INSERT ON songs BEGIN DELETE FROM songs; END",
        ],
        "holds the trigger song_index_after_insert",
    ),
    "a virtual table": (virtual("extra"), "holds the table extra"),
    "songs are a virtual table": (["DROP TABLE songs", *virtual("songs")], "songs is no plain table"),
    "a computed path": (rebuilt(path=" GENERATED ALWAYS AS (title || '.mp3') VIRTUAL"), "computed"),
    "a computed and stored path": (rebuilt(path=" GENERATED ALWAYS AS (title || '.mp3') STORED"), "computed"),
    "no rowid": (rebuilt(end=" WITHOUT ROWID"), "no plain table"),
    "ids that are no rowids": (rebuilt(id=" DESC"), "not the INTEGER PRIMARY KEY"),
    "a schema of a hundred objects": ([f"CREATE TABLE extra_{n} (x)" for n in range(100)], "no part of a song table"),
    "a statement of megabytes": (
        ["PRAGMA writable_schema = ON", "UPDATE sqlite_master SET sql = sql || hex(zeroblob(1500000))"],
        "not a valid song table",
    ),
    "titles of 8 MB": (setting("title", "CAST(zeroblob(8000000) AS TEXT)"), "1,024"),
    "a title one byte too long": (setting("title", f"'{'x' * 1025}'"), "title takes 1,025 bytes"),
    "a title of too many bytes": (setting("title", f"'{'é' * 600}'"), "title takes 1,200 bytes"),
    "a path too long": (setting("path", f"'{'x' * 4097}'"), "path takes 4,097 bytes"),
    "a hash too long": (setting("content_hash", f"'{'x' * 257}'"), "content_hash takes 257"),
    "a header of many keys": (
        [f"{ENDLESS} INSERT INTO header SELECT i, '1' FROM n LIMIT 9999", "DELETE FROM header WHERE key = 'k'"],  # noqa: S608
        "the header misses k",
    ),
    "a header value of megabytes": (setting_k("hex(zeroblob(1000000))"), "more than 1,048,576 bytes"),
    "a header value too long": (setting_k("hex(zeroblob(2500))"), "longer than 4,096"),
    "a header nested deep": (setting_k(f"'{'[' * 2000}{']' * 2000}'"), "'k' is |not a valid song table"),
    "a k of four thousand digits": (setting_k(f"'{'9' * 4000}'"), "not a valid song table"),
    "a k without an end": (setting_k("'Infinity'"), "'k' is inf"),
    "a k that is none": (setting_k("'NaN'"), "'k' is nan"),
    "a header of bytes": (setting_k("x'31'"), "no text"),
}


@pytest.mark.parametrize("indexed", [True, False], ids=["with an index", "without one"])
@pytest.mark.parametrize(("statements", "told"), HOSTILE.values(), ids=HOSTILE)
def test_a_table_that_does_something_is_refused_in_words(
    table: Path, statements: Sequence[str], told: str, *, indexed: bool
) -> None:
    keeps_index = not any("song_index" in statement or "songs RENAME" in statement for statement in statements)
    if indexed and keeps_index and not any(statement.startswith("DROP") for statement in statements):
        behind_the_index(table, *statements)
    else:
        execute(table, *statements)

    with pytest.raises(SongTableError, match=told) as caught:
        use(read_song_table(table))
    assert caught.value.what.startswith(f"{table}: ")
    assert "\n" not in caught.value.what


@pytest.mark.parametrize("pragma", ["encoding = 'UTF-16le'", "encoding = 'UTF-16be'"])
def test_a_table_in_another_encoding_is_refused(tmp_path: Path, table: Path, pragma: str) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as database, closing(sqlite3.connect(table)) as source:
        database.execute(f"PRAGMA {pragma}")
        database.executescript("\n".join(source.iterdump()))

    with pytest.raises(SongTableError, match="not kept in UTF-8"):
        read_song_table(path)


def test_a_table_with_a_write_ahead_log_is_refused_and_makes_no_files(table: Path) -> None:
    with closing(sqlite3.connect(table)) as database:
        database.execute("PRAGMA journal_mode = WAL")

    with pytest.raises(SongTableError, match="write-ahead log"):
        read_song_table(table)
    assert list(table.parent.iterdir()) == [table]


def test_a_pipe_a_folder_and_a_device_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "pipe", tmp_path / "folder", Path("/dev/zero")):
        with pytest.raises(SongTableError, match="not a valid song table"):
            read_song_table(place)


def test_a_table_may_be_named_by_a_link(tmp_path: Path, table: Path) -> None:
    (tmp_path / "link.sqlite").symlink_to(table)
    assert len(read_song_table(tmp_path / "link.sqlite").songs) == COUNT


def test_a_file_of_too_many_bytes_is_refused_before_it_is_read(table: Path) -> None:
    os.truncate(table, MOST_FILE_BYTES + 1)  # with a hole: it takes no room

    with pytest.raises(SongTableError, match="1,073,741,824 are the most"):
        read_song_table(table)


@pytest.mark.parametrize("indexed", [True, False])
def test_more_songs_than_a_table_may_hold_are_refused_by_the_number(
    table: Path, monkeypatch: pytest.MonkeyPatch, *, indexed: bool
) -> None:
    if not indexed:
        execute(table, "DROP TABLE song_index")
    monkeypatch.setattr(song_table, "MOST_SONGS", COUNT)
    assert len(read_song_table(table).songs) == COUNT
    monkeypatch.setattr(song_table, "MOST_SONGS", COUNT - 1)
    with pytest.raises(SongTableError, match=f"more than {COUNT - 1} songs"):
        read_song_table(table)


def forge_index(path: Path, *, songs: int | None = None, **blobs: bytes) -> None:
    """Replace the packed copy's values, and let the checksum fit."""
    with closing(sqlite3.connect(path)) as database, database:
        row = database.execute("SELECT ids, shares, artists FROM song_index").fetchone()
        packed = dict(zip(("ids", "shares", "artists"), row, strict=True)) | blobs
        checksum = zlib.crc32(b"".join(packed.values()))
        values = [songs or COUNT, *packed.values(), checksum]
        database.execute("UPDATE song_index SET songs = ?, ids = ?, shares = ?, artists = ?, checksum = ?", values)


@pytest.mark.parametrize(
    ("forged", "told"),
    [
        ({"ids": (np.arange(COUNT, dtype="<i8") + 7).tobytes()}, "other songs"),
        ({"ids": np.zeros(COUNT, dtype="<i8").tobytes()}, "twice"),
        ({"shares": bytes(16 * COUNT)}, "damaged at song 0"),
        ({"shares": b"\xff" * 16 * COUNT}, "damaged at song 0"),
        ({"shares": np.array([50000, *[0] * 7], dtype="<u2").tobytes()}, "damaged from row 0"),
        ({"artists": np.full(COUNT, -2, dtype="<i4").tobytes()}, "damaged at song 0"),
        ({"artists": bytes(4)}, "damaged from row 0"),
        ({"songs": -COUNT}, "damaged from row 0"),
        ({"songs": 2**62}, "damaged from row 0"),
        (
            {
                "songs": COUNT + 1,
                "ids": bytes(8 * (COUNT + 1)),
                "shares": bytes(16 * (COUNT + 1)),
                "artists": bytes(4 * (COUNT + 1)),
            },
            "more songs",
        ),
        ({"songs": 1, "ids": bytes(8), "shares": bytes(16), "artists": bytes(4)}, "holds 1 songs"),
    ],
)
def test_an_index_that_was_forged_is_told(table: Path, forged: dict[str, bytes], told: str) -> None:
    forge_index(table, **forged)  # type: ignore[arg-type]

    with pytest.raises(SongTableError, match=told):
        read_song_table(table)


@pytest.mark.parametrize("column", ["title", "artist", "album", "path", "content_hash"])
def test_a_text_that_is_none_is_told_when_all_are_read(table: Path, column: str) -> None:
    behind_the_index(table, f"UPDATE songs SET {column} = CAST(x'ff' AS TEXT) WHERE id = 20")  # noqa: S608

    with pytest.raises(SongTableError, match=r"songs\.sqlite"):
        read_song_table(table).read_texts()


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "..", "../a", "a/..", "a/../b", "/", "//", "a/b/../../c", "\u2025/../a", "/..\u0300/x"],
)
def test_sqlite_refuses_the_paths_that_lead_out(table: Path, path: str) -> None:
    behind_the_index(table, f"UPDATE songs SET path = '{path}' WHERE id = 20")  # noqa: S608
    with pytest.raises(SongTableError, match="song 20: the path"):
        read_song_table(table)


@pytest.mark.parametrize("path", ["..a", "a..", "a/...", ". ./b", "-", "0", "é/..b/c", " ", "a//b", "a/"])
def test_sqlite_takes_the_paths_that_stay_inside(table: Path, path: str) -> None:
    behind_the_index(table, f"UPDATE songs SET path = '{path}' WHERE id = 20")  # noqa: S608
    assert read_song_table(table).songs[20].path == path


def test_pages_that_lead_to_one_another_again_and_again_come_to_an_end(
    tmp_path: Path, make_song: Callable[..., Song]
) -> None:
    path = tmp_path / "songs.sqlite"
    write_song_table(path, HEADER, [make_song(number) for number in range(3000)])
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("DROP TABLE song_index")
        database.execute("PRAGMA page_size = 512")
        database.execute("VACUUM")
    content, pages = bytearray(path.read_bytes()), 0
    for start in range(512, len(content), 512):
        cells = int.from_bytes(content[start + 3 : start + 5])
        if content[start] == 5 and cells > 1:  # a page that names other pages of a table: now it names one, many times
            pages += 1
            first = int.from_bytes(content[start + 12 : start + 14])
            for cell in range(cells):
                place = start + int.from_bytes(content[start + 12 + 2 * cell : start + 14 + 2 * cell])
                content[place : place + 4] = content[start + first : start + first + 4]
    assert pages > 10
    path.write_bytes(content)

    with pytest.raises(SongTableError):
        read_song_table(path)


def mutate(content: bytes, chance: random.Random) -> bytes:
    """Flip bits, overwrite, move or repeat some bytes, the more often in the pages' headers."""
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        place = chance.randrange(len(damaged))
        if chance.random() < 0.4:
            place = min(place // 4096 * 4096 + chance.randrange(120), len(damaged) - 1)
        match chance.randrange(4):
            case 0:
                damaged[place] ^= 1 << chance.randrange(8)
            case 1:
                damaged[place] = chance.choice((0, 1, 5, 13, 0x7F, 0x80, 0xFF))
            case 2:
                damaged[place : place + 4] = chance.randbytes(4)
            case _:
                other = chance.randrange(len(damaged))
                damaged[place : place + 40] = damaged[other : other + 40]
    return bytes(damaged)


STATEMENTS = (
    "UPDATE songs SET {column} = {value} WHERE id = {row}",
    "UPDATE song_index SET {index} = {value}",
    "UPDATE header SET value = {value} WHERE key = '{key}'",
    "UPDATE OR IGNORE songs SET id = {value} WHERE id = {row}",
    "ALTER TABLE songs RENAME COLUMN {column} TO other",
    "DELETE FROM songs WHERE id = {row}",
)
VALUES = (
    "NULL", "0", "-1", "1", "100", "1e300", "9e999", "-9e999", "9223372036854775807", "''", "'/'", "'..'", "'x'", "x''",
    "x'ff'", "CAST(x'ff' AS TEXT)", "CAST(x'00' AS TEXT)", "zeroblob(20)", "'2'", "'null'", "'[]'", "'{}'", "'1e999'",
    "'\"\"'", "hex(zeroblob(2000))", "100.1", "99.9", "100.2", "'100'",
)  # fmt: skip


def altered(path: Path, content: bytes, chance: random.Random) -> bytes:
    """Change some values by SQL, as their columns' constraints allow."""
    path.write_bytes(content)
    columns = [*COLUMNS.split(", ")[1:], "sigma_valence", "sigma_arousal"]
    for _ in range(chance.choice((1, 1, 2))):
        statement = chance.choice(STATEMENTS).format(
            column=chance.choice(columns),
            index=chance.choice(("first", "songs", "ids", "shares", "artists", "checksum")),
            key=chance.choice(("k", "labels", "schema_version", "sigma_valence", "music_model")),
            value=chance.choice(VALUES),
            row=chance.randrange(COUNT),
        )
        try:
            (behind_the_index if chance.random() < 0.7 else execute)(path, statement)
        except sqlite3.Error:
            path.write_bytes(content)
    return path.read_bytes()


def test_three_thousand_tables_are_refused_in_words_or_can_be_used(tmp_path: Path, sound_bytes: bytes) -> None:
    chance, path = random.Random(14), tmp_path / "songs.sqlite"  # noqa: S311 - the same ones every time
    refused: list[str] = []
    for number in range(3000):
        content = altered(path, sound_bytes, chance) if number % 5 == 0 else mutate(sound_bytes, chance)
        path.write_bytes(content)
        try:
            table = read_song_table(path, thorough=number % 4 == 3)
            table.read_texts()
        except SongTableError as error:
            refused.append(error.what)
            continue
        if len(table.songs):
            use(table)  # what passes can play
    assert 300 < len(refused) < 2900
    assert not [what for what in refused if "\n" in what or len(what) > 1000]


def test_an_open_table_can_neither_be_written_nor_lead_to_another_file(table: Path, tmp_path: Path) -> None:
    with closing(open_table(table)) as database:
        for statement in ("DELETE FROM songs", f"ATTACH '{tmp_path / 'other'}' AS other"):
            with pytest.raises(sqlite3.Error):
                database.execute(statement)
    assert list(tmp_path.iterdir()) == [table]
