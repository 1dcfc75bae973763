"""The song table: what is written comes back, damage is told, and a failed write costs nothing."""

import resource
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from device.emotion.labels import SONG_LABELS
from device.errors import SongTableError
from device.files.untrusted import stays_inside
from device.recommendation import song_table
from device.recommendation.song import (
    DEVIATION_COLUMNS,
    LOUDNESS_LUFS,
    MOST_TEXT_BYTES,
    SOUND_COLUMNS,
    TRUE_PEAK_DB,
    shortened,
)
from device.recommendation.song_table import Header, Song, SongTable, read_song_table, write_song_table

MakeSong = Callable[..., Song]

HEADER = Header(k=2, sigma_valence=0.21, sigma_arousal=0.19, music_model="musicnn-va 1")

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)  # all of Unicode but half characters
paths = any_text.filter(stays_inside)
in_tmp_path = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # every example writes again


@st.composite
def vectors(draw: st.DrawFn) -> tuple[float, ...]:
    parts = np.array(draw(st.lists(st.floats(0, 1), min_size=8, max_size=8)))
    assume(parts.sum() > 1e-6)
    return tuple((parts / parts.sum() * 100).tolist())


def within(least: float, most: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.floats(least, most)


songs = st.builds(
    Song,
    id=st.integers(-(2**63), 2**63 - 1),
    path=paths,
    title=any_text,
    artist=any_text,
    album=any_text,
    seconds=st.floats(60, 1e6),
    content_hash=any_text,
    valence=st.floats(-1, 1),
    arousal=st.floats(-1, 1),
    vector=vectors(),
    deviations=st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    loudness=within(*LOUDNESS_LUFS),
    true_peak=within(*TRUE_PEAK_DB),
    leading_silence=within(0, 60),
    trailing_silence=within(0, 60),
)
headers = st.builds(Header, st.floats(0.1, 3), st.floats(0, 1), st.floats(0, 1), music_model=any_text)


UNTOLD = {1: {"deviations": None, **dict.fromkeys(SOUND_COLUMNS)}, 2: dict.fromkeys(SOUND_COLUMNS)}
"""What tables of earlier schemas do not tell of a song."""


def to_schema(version: int) -> tuple[str, ...]:
    """Make of a table what an earlier mien wrote."""
    dropped = (*DEVIATION_COLUMNS, *SOUND_COLUMNS) if version == 1 else SOUND_COLUMNS
    header = f"UPDATE header SET value = '{version}' WHERE key = 'schema_version'"  # noqa: S608 - a number
    return (*(f"ALTER TABLE songs DROP COLUMN {column}" for column in dropped), header)


@pytest.fixture
def table(tmp_path: Path, make_song: MakeSong) -> Path:
    """Write a table of three songs."""
    path = tmp_path / "songs.sqlite"
    write_song_table(path, HEADER, [make_song(number) for number in (3, 1, 2)])
    return path


@pytest.fixture(scope="module")
def sound_bytes(tmp_path_factory: pytest.TempPathFactory, make_song: MakeSong) -> bytes:
    """A table of forty songs, which fills several pages."""
    path = tmp_path_factory.mktemp("sound") / "songs.sqlite"
    write_song_table(path, HEADER, [make_song(number) for number in range(40)])
    return path.read_bytes()


def execute(path: Path, *statements: str) -> None:
    """Do to a table what its writer never does."""
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


@given(header=headers, written=st.lists(songs, max_size=6, unique_by=(lambda song: song.id, lambda song: song.path)))
@in_tmp_path
def test_what_is_written_comes_back_by_rising_id(tmp_path: Path, header: Header, written: list[Song]) -> None:
    path = tmp_path / "new folder" / "100 % of #1? songs.sqlite"
    write_song_table(path, header, written)
    table = read_song_table(path)

    assert table == SongTable(header, tuple(sorted(written, key=lambda song: song.id)))
    assert table.vectors.shape == (len(written), 8)
    assert table.vectors == pytest.approx(np.reshape([song.vector for song in table.songs], (-1, 8)), abs=0.0011)
    assert table.index.ids.tolist() == [song.id for song in table.songs]
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_table_can_be_read_with_sqlite_alone(table: Path) -> None:
    with closing(sqlite3.connect(table)) as database:
        rows = database.execute("SELECT title, round(happy) FROM songs ORDER BY id").fetchall()
        header = dict(database.execute("SELECT key, value FROM header"))

    assert rows == [("Title 1", 100.0), ("Title 2", 100.0), ("Title 3", 100.0)]
    assert header["schema_version"] == "3"
    assert header["music_model"] == '"musicnn-va 1"'


@pytest.mark.parametrize(("deviations", "told"), [((0.25, 0.5), (0.25, 0.5)), (None, (None, None))])
def test_a_songs_deviations_stand_beside_it(
    tmp_path: Path, make_song: MakeSong, deviations: tuple[float, float] | None, told: tuple[float | None, ...]
) -> None:
    path = tmp_path / "songs.sqlite"
    write_song_table(path, HEADER, [make_song(deviations=deviations)])

    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT sigma_valence, sigma_arousal FROM songs").fetchall() == [told]
    assert read_song_table(path).songs[0].deviations == deviations


@pytest.mark.parametrize("version", UNTOLD)
@given(written=st.lists(songs, max_size=6, unique_by=(lambda song: song.id, lambda song: song.path)))
@in_tmp_path
def test_a_table_of_an_earlier_schema_is_read_and_tells_less(tmp_path: Path, version: int, written: list[Song]) -> None:
    path = tmp_path / "songs.sqlite"
    write_song_table(path, HEADER, written)
    execute(path, *to_schema(version))
    table = read_song_table(path)

    untold = [replace(song, **UNTOLD[version]) for song in sorted(written, key=lambda song: song.id)]
    assert table == SongTable(replace(HEADER, schema_version=version), tuple(untold))


@pytest.mark.parametrize("version", UNTOLD)
def test_a_table_of_an_earlier_schema_without_its_columns_is_told(table: Path, version: int) -> None:
    execute(table, *to_schema(version), "ALTER TABLE songs DROP COLUMN calm")

    with pytest.raises(SongTableError, match="calm"):
        read_song_table(table)


def failing_songs(song: Song) -> Iterator[Song]:
    yield song
    msg = "the disc was pulled out"
    raise RuntimeError(msg)


@pytest.mark.parametrize("twins", [{"path": "album/01.mp3"}, {"song_id": 1}], ids=["path", "id"])
def test_songs_that_share_an_id_or_a_path_are_refused_and_the_old_table_stays(
    table: Path, make_song: MakeSong, twins: dict[str, Any]
) -> None:
    before = table.read_bytes()

    with pytest.raises(SongTableError, match="UNIQUE"):
        write_song_table(table, HEADER, [make_song(1), make_song(**({"song_id": 9} | twins))])
    assert table.read_bytes() == before
    assert list(table.parent.iterdir()) == [table]


def test_songs_that_break_off_leave_the_old_table(table: Path, make_song: MakeSong) -> None:
    before = table.read_bytes()

    with pytest.raises(RuntimeError, match="pulled out"):
        write_song_table(table, HEADER, failing_songs(make_song(7)))
    assert table.read_bytes() == before
    assert list(table.parent.iterdir()) == [table]


def test_the_writer_refuses_more_songs_than_a_table_may_hold_and_takes_as_many(
    table: Path, make_song: MakeSong, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(song_table, "MOST_SONGS", 5)
    write_song_table(table, HEADER, map(make_song, range(5)))
    before = table.read_bytes()

    with pytest.raises(SongTableError, match="the songs are more than 5, the most that a song table may hold"):
        write_song_table(table, HEADER, map(make_song, range(6)))
    assert table.read_bytes() == before
    assert list(table.parent.iterdir()) == [table]


def test_the_writer_refuses_a_file_that_no_reader_would_take(
    table: Path, make_song: MakeSong, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = table.read_bytes()
    monkeypatch.setattr(song_table, "MOST_FILE_BYTES", len(before))

    with pytest.raises(SongTableError, match=f"more than {len(before):,} bytes"):
        write_song_table(table, HEADER, map(make_song, range(200)))
    assert table.read_bytes() == before
    assert list(table.parent.iterdir()) == [table]


def test_the_longest_texts_come_back_and_longer_ones_are_no_song(tmp_path: Path, make_song: MakeSong) -> None:
    longest = {column: "é" * (most // 2) for column, most in MOST_TEXT_BYTES.items()}
    write_song_table(tmp_path / "songs.sqlite", HEADER, [make_song(**longest)])
    table = read_song_table(tmp_path / "songs.sqlite")
    table.read_texts()
    assert table.songs[0] == make_song(**longest)

    for column, text in longest.items():
        with pytest.raises(ValueError, match=f"its {column} takes {len(text.encode()) + 1:,} bytes"):
            make_song(**{column: text + "x"})


@given(text=any_text | st.text(max_size=20), most=st.integers(3, 30))
def test_a_shortened_text_fits_and_begins_as_it_did(text: str, most: int) -> None:
    short = shortened(text, most)
    size = len(text.encode(errors="surrogatepass"))

    assert len(short.encode(errors="surrogatepass")) <= most
    assert (short == text) if size <= most else (short.endswith("…") and text.startswith(short[:-1]))


def test_a_full_disc_leaves_the_old_table(table: Path, make_song: MakeSong) -> None:
    before = table.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, hard))
    try:
        with pytest.raises(SongTableError, match=r"songs\.sqlite: the song table cannot be written"):
            write_song_table(table, HEADER, [make_song(number) for number in range(500)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert table.read_bytes() == before
    assert list(table.parent.iterdir()) == [table]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, make_song: MakeSong) -> None:
    (tmp_path / "a file").touch()

    with pytest.raises(SongTableError, match="cannot be written"):
        write_song_table(tmp_path / "a file" / "songs.sqlite", HEADER, [make_song()])


def test_what_an_interrupted_write_left_behind_is_overwritten(tmp_path: Path, make_song: MakeSong) -> None:
    path = tmp_path / "songs.sqlite"
    (tmp_path / ".songs.sqlite.unfinished").write_bytes(b"half a table")
    write_song_table(path, HEADER, [make_song()])

    assert read_song_table(path).songs == (make_song(),)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("where", ["path", "title", "artist", "album", "content_hash"])
def test_a_name_that_is_not_unicode_is_refused_by_name(table: Path, make_song: MakeSong, where: str) -> None:
    before = table.read_bytes()  # Python shows an undecodable byte of a file's name as half a character

    with pytest.raises(SongTableError, match="not valid Unicode"):
        write_song_table(table, HEADER, [make_song(**{where: "caf\udce9"})])
    assert table.read_bytes() == before


PLAIN_COLUMNS = ("id", "path", "title", "artist", "album", "seconds", "content_hash", "valence", "arousal")
DAMAGE: dict[str, Sequence[str]] = {
    "another schema": ["UPDATE header SET value = '4' WHERE key = 'schema_version'"],
    "no schema": ["DELETE FROM header WHERE key = 'schema_version'"],
    "no model": ["DELETE FROM header WHERE key = 'music_model'"],
    "k as text": ["UPDATE header SET value = '\"two\"' WHERE key = 'k'"],
    "k as a list": ["UPDATE header SET value = '[1]' WHERE key = 'k'"],
    "a header that is not JSON": ["UPDATE header SET value = 'two' WHERE key = 'k'"],
    "labels in another order": [
        'UPDATE header SET value = replace(value, \'"frustrated", "tense"\', \'"tense", "frustrated"\')'
    ],
    "labels missing": ["DELETE FROM header WHERE key = 'labels'"],
    "labels as a number": ["UPDATE header SET value = '8' WHERE key = 'labels'"],
    "no header": ["DROP TABLE header"],
    "no songs": ["DROP TABLE songs"],
    "a missing column": ["ALTER TABLE songs DROP COLUMN calm"],
    "a renamed column": ["ALTER TABLE songs RENAME COLUMN calm TO serene"],
    "percentages that sum to 99": ["UPDATE songs SET happy = 99 WHERE id = 2"],
    "a negative percentage": ["UPDATE songs SET happy = 101, calm = -1 WHERE id = 2"],
    "a percentage as text": ["UPDATE songs SET happy = 'much' WHERE id = 2"],
    "an infinite percentage": ["UPDATE songs SET happy = 9e999 WHERE id = 2"],
    "valence out of range": ["UPDATE songs SET valence = 1.01 WHERE id = 2"],
    "arousal as text": ["UPDATE songs SET arousal = 'high' WHERE id = 2"],
    "seconds as text": ["UPDATE songs SET seconds = 'long' WHERE id = 2"],
    "negative seconds": ["UPDATE songs SET seconds = -1 WHERE id = 2"],
    "endless seconds": ["UPDATE songs SET seconds = 9e999 WHERE id = 2"],
    "a title of bytes": ["UPDATE songs SET title = x'ff' WHERE id = 2"],
    "a path of bytes": ["UPDATE songs SET path = x'2f' WHERE id = 2"],
    "a path that is not UTF-8": ["UPDATE songs SET path = CAST(x'ff' AS TEXT) WHERE id = 2"],
    "a title that is not UTF-8": ["UPDATE songs SET title = CAST(x'ff' AS TEXT) WHERE id = 2"],
    "a negative deviation": ["UPDATE songs SET sigma_valence = -0.1, sigma_arousal = 0.1 WHERE id = 2"],
    "an infinite deviation": ["UPDATE songs SET sigma_valence = 0.1, sigma_arousal = 9e999 WHERE id = 2"],
    "a deviation as text": ["UPDATE songs SET sigma_valence = 'wide', sigma_arousal = 0.1 WHERE id = 2"],
    "a missing column of deviations": ["ALTER TABLE songs DROP COLUMN sigma_arousal"],
    "a loudness as text": ["UPDATE songs SET loudness = 'loud' WHERE id = 2"],
    "a loudness of bytes": ["UPDATE songs SET loudness = x'31' WHERE id = 2"],
    "an endless loudness": ["UPDATE songs SET loudness = -9e999 WHERE id = 2"],
    "a true peak beyond any": ["UPDATE songs SET true_peak = 61 WHERE id = 2"],
    "a silence longer than its song": ["UPDATE songs SET leading_silence = seconds + 1 WHERE id = 2"],
    "a silence shorter than none": ["UPDATE songs SET trailing_silence = -1 WHERE id = 2"],
    "a missing column of the sound": ["ALTER TABLE songs DROP COLUMN true_peak"],
    "a path out of the folder": ["UPDATE songs SET path = '../secret.mp3' WHERE id = 2"],
    "a path out of the folder and in again": ["UPDATE songs SET path = 'a/../../b.mp3' WHERE id = 2"],
    "an absolute path": ["UPDATE songs SET path = '/etc/passwd' WHERE id = 2"],
    "an empty path": ["UPDATE songs SET path = '' WHERE id = 2"],
    "columns without a type": [
        "CREATE TABLE loose AS SELECT * FROM songs",
        "DROP TABLE songs",
        f"CREATE TABLE songs ({', '.join((*PLAIN_COLUMNS, *SONG_LABELS, *DEVIATION_COLUMNS, *SOUND_COLUMNS))})",
        "INSERT INTO songs SELECT * FROM loose",
        "UPDATE songs SET path = 5 WHERE id = 2",
    ],
    "a value missing": [
        "CREATE TABLE loose AS SELECT * FROM songs",
        "DROP TABLE songs",
        "ALTER TABLE loose RENAME TO songs",
        "UPDATE songs SET artist = NULL WHERE id = 2",
    ],
}


@pytest.mark.parametrize("statements", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_told_with_the_name_of_the_file(table: Path, statements: Sequence[str]) -> None:
    execute(table, *statements)

    with pytest.raises(SongTableError) as caught:
        read_song_table(table)
    assert caught.value.what.startswith(f"{table}: ")
    assert "mien-tools analyse" in caught.value.mend


@pytest.mark.parametrize("content", [b"", b"half a table", b"SQLite format 3\0" + bytes(4080)])
def test_a_file_that_is_no_table_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "songs.sqlite"
    path.write_bytes(content)

    with pytest.raises(SongTableError, match="not a valid song table"):
        read_song_table(path)


def test_a_missing_table_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(SongTableError, match="there is no such song table"):
        read_song_table(tmp_path / "songs.sqlite")
    assert list(tmp_path.iterdir()) == []


@given(data=st.data())
@in_tmp_path
def test_a_truncated_table_is_told(tmp_path: Path, sound_bytes: bytes, data: st.DataObject) -> None:
    path = tmp_path / "songs.sqlite"
    path.write_bytes(sound_bytes[: data.draw(st.integers(0, len(sound_bytes) - 1))])

    with pytest.raises(SongTableError):
        read_song_table(path)


@given(data=st.data())
@settings(in_tmp_path, max_examples=300)
def test_overwritten_bytes_never_break_the_reader(tmp_path: Path, sound_bytes: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sound_bytes)
    start = data.draw(st.integers(0, len(damaged) - 1))
    garbage = data.draw(st.binary(min_size=1, max_size=40))
    damaged[start : start + len(garbage)] = garbage
    path = tmp_path / "songs.sqlite"
    path.write_bytes(damaged)

    try:
        songs = tuple(read_song_table(path).songs)
    except SongTableError:
        return
    assert all(abs(sum(song.vector) - 100) <= 0.1 for song in songs)  # what a hash alone can tell


@pytest.mark.parametrize(
    "changes",
    [
        {"path": ""},
        {"path": "/music/a.mp3"},
        {"path": "../a.mp3"},
        {"valence": 1.01},
        {"valence": -1.01},
        {"arousal": 1.01},
        {"arousal": -1.01},
        {"arousal": float("nan")},
        {"seconds": -1.0},
        {"seconds": float("nan")},
        {"deviations": (-0.1, 0.2)},
        {"deviations": (0.2, -0.1)},
        {"deviations": (0.2, float("inf"))},
        {"deviations": (float("nan"), 0.2)},
        {"loudness": -70.1},
        {"loudness": float("nan")},
        {"true_peak": float("inf")},
        {"leading_silence": -0.1},
        {"trailing_silence": 1e9},
        {"vector": (100.0,)},
        {"vector": ()},
        {"vector": (50.0,) * 8},
        {"vector": (101.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)},
    ],
)
def test_a_song_out_of_range_is_refused_by_its_number(make_song: MakeSong, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="song 42"):
        make_song(42, **changes)


@pytest.mark.parametrize("edge", [-1.0, 1.0])
def test_a_song_may_lie_on_the_edge_of_the_plane(make_song: MakeSong, edge: float) -> None:
    song = make_song(valence=edge, arousal=edge)

    assert (song.valence, song.arousal) == (edge, edge)


def test_dots_inside_a_name_are_no_way_out(make_song: MakeSong) -> None:
    assert make_song(path="Artist.../...and then.mp3").path == "Artist.../...and then.mp3"


def test_a_song_is_named_by_title_and_artist(make_song: MakeSong) -> None:
    assert make_song(4).name == "Title 4 — Artist"
    assert make_song(4, artist="").name == "Title 4"
