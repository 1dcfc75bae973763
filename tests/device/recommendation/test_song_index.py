"""The packed index: it says what the rows say, gives way when they change, and its damage is told."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import SongTableError
from device.recommendation.song import artist_key
from device.recommendation.song_index import NO_ARTIST, index_of
from device.recommendation.song_table import Header, Song, read_song_table, write_song_table

HEADER = Header(k=1, sigma_valence=0.2, sigma_arousal=0.2, music_model="test")
CALM = (0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 0.0, 0.0)
TO_CALM = "UPDATE songs SET happy = 0, calm = 100 WHERE id = 2"
INSERTING = (
    "INSERT INTO songs SELECT 9, 'new.mp3', title, artist, album, seconds, content_hash, valence, arousal, "
    "0, 0, 0, 0, 0, 100, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL FROM songs WHERE id = 1"
)


@pytest.fixture
def table(tmp_path: Path, make_song: Callable[..., Song]) -> Path:
    """Write a table of three happy songs."""
    path = tmp_path / "songs.sqlite"
    write_song_table(path, HEADER, [make_song(number) for number in (3, 1, 2)])
    return path


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


def execute_behind_the_index(path: Path, *statements: str) -> None:
    """Change songs without the triggers' knowledge, as a broken disk would."""
    with closing(sqlite3.connect(path)) as database, database:
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        assert len(triggers) == 3
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        for _, sql in triggers:
            database.execute(sql)


@given(st.sets(st.integers(-(2**63), 2**63 - 1), max_size=20), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=9))
def test_rows_are_found_by_id_and_strangers_passed_over(ids: set[int], strangers: list[int]) -> None:
    index = index_of((song_id, "", CALM) for song_id in sorted(ids))
    known = sorted(ids)

    wanted = [*strangers, *known[::2]]
    assert index.rows_of(wanted).tolist() == [known.index(song_id) for song_id in wanted if song_id in ids]


@given(st.lists(st.tuples(*[st.floats(0, 100)] * 8), max_size=20))
def test_vectors_are_kept_to_a_thousandth_of_a_percent(vectors: list[tuple[float, ...]]) -> None:
    index = index_of((number, "", vector) for number, vector in enumerate(vectors))

    assert index.vectors.shape == (len(vectors), 8)
    assert index.vectors == pytest.approx(np.reshape(vectors, (-1, 8)), abs=0.0011)


@given(st.lists(st.tuples(*[st.integers(0, 100)] * 8), max_size=20))
def test_whole_percentages_are_kept_exactly(vectors: list[tuple[int, ...]]) -> None:
    index = index_of((number, "", vector) for number, vector in enumerate(vectors))

    assert index.vectors.tolist() == [list(map(float, vector)) for vector in vectors]


def test_songs_share_a_number_if_they_share_an_artist() -> None:
    artists = ["Nina Simone", "", "NINA  simone ", " ", "Sade"]
    numbers = index_of((number, artist, CALM) for number, artist in enumerate(artists)).artists.tolist()

    assert numbers == [0, NO_ARTIST, 0, NO_ARTIST, 1]


@pytest.mark.parametrize("spelling", ["Björk", "bjo\u0308rk", " BJÖRK\t", "B\uff4aörk"])
def test_an_artist_has_one_key_however_it_is_written(spelling: str) -> None:
    assert artist_key(spelling) == "björk"


@pytest.mark.parametrize("ids", [(1, 1), (2, 1), (1, 3, 3)])
def test_ids_that_do_not_rise_are_refused_by_name(ids: Sequence[int]) -> None:
    with pytest.raises(ValueError, match=f"song {ids[-1]}: "):
        index_of((song_id, "", CALM) for song_id in ids)


def test_a_table_is_read_by_its_index(table: Path) -> None:
    execute_behind_the_index(table, TO_CALM)

    assert read_song_table(table).vectors[1, 3] == 100
    assert read_song_table(table, thorough=True).vectors[1].tolist() == list(CALM)


@pytest.mark.parametrize(
    ("statement", "vectors"),
    [
        (TO_CALM, [(1, 3), (2, 5), (3, 3)]),
        ("DELETE FROM songs WHERE id = 2", [(1, 3), (3, 3)]),
        (INSERTING, [(1, 3), (2, 3), (3, 3), (9, 5)]),
    ],
    ids=["update", "delete", "insert"],
)
def test_an_index_gives_way_when_an_owner_changes_songs(
    table: Path, statement: str, vectors: list[tuple[int, int]]
) -> None:
    execute(table, statement)
    found = read_song_table(table)

    assert list(zip(found.index.ids.tolist(), found.vectors.argmax(axis=1).tolist(), strict=True)) == vectors


@pytest.mark.parametrize("statement", ["DROP TABLE song_index", "DROP TRIGGER song_index_after_update"])
def test_a_table_without_a_whole_index_is_read_by_its_rows(table: Path, statement: str) -> None:
    execute_behind_the_index(table, TO_CALM)
    execute(table, statement)

    assert read_song_table(table).vectors[1].tolist() == list(CALM)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE song_index SET shares = zeroblob(48)",
        "UPDATE song_index SET ids = substr(ids, 9)",
        "UPDATE song_index SET artists = 'text'",
        "UPDATE song_index SET first = 1",
        "UPDATE song_index SET songs = 4",
        "UPDATE song_index SET songs = 'three'",
        "UPDATE song_index SET checksum = checksum + 1",
        "INSERT INTO song_index SELECT 3, songs, ids, shares, artists, checksum FROM song_index",
    ],
)
def test_a_damaged_index_is_told(table: Path, statement: str) -> None:
    execute(table, statement)

    with pytest.raises(SongTableError, match="its index") as caught:
        read_song_table(table)
    assert "mien-tools analyse" in caught.value.mend


@pytest.mark.parametrize(
    "change",
    [
        "happy = 99",
        "happy = 101, calm = -1",
        "happy = 9e999",
        "valence = 1.01",
        "arousal = 'high'",
        "seconds = -1",
        "seconds = 9e999",
        "sigma_valence = -0.1, sigma_arousal = 0.1",
        "path = ''",
        "path = '../secret.mp3'",
        "path = 'a/..'",
        "path = '/etc/passwd'",
    ],
)
def test_a_row_out_of_range_is_told_by_its_song_though_the_index_is_whole(table: Path, change: str) -> None:
    execute_behind_the_index(table, f"UPDATE songs SET {change} WHERE id = 2")  # noqa: S608 - the test's own words

    with pytest.raises(SongTableError, match="song 2: "):
        read_song_table(table)


def test_a_library_larger_than_one_row_of_the_index_comes_back(
    tmp_path: Path, make_song: Callable[..., Song], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.recommendation.song_index._SONGS_IN_A_ROW", 7)
    path = tmp_path / "songs.sqlite"
    write_song_table(path, HEADER, [make_song(number, artist=f"Artist {number % 5}") for number in range(40)])
    table = read_song_table(path)

    assert table.index.ids.tolist() == list(range(40))
    assert table.index.artists.tolist() == [number % 5 for number in range(40)]
    assert table.vectors.tolist() == read_song_table(path, thorough=True).vectors.tolist()
