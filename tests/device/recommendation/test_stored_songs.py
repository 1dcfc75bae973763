"""Songs of a file: a sequence like a tuple of them, from any thread, whatever becomes of the file's name."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from device.errors import SongTableError
from device.recommendation.song_table import Header, Song, SongTable, read_song_table, write_song_table

HEADER = Header(k=1, sigma_valence=0.2, sigma_arousal=0.2, music_model="test")
COUNT = 1200  # more than one statement takes


@pytest.fixture
def songs(make_song: Callable[..., Song]) -> tuple[Song, ...]:
    return tuple(make_song(3 * number, path=f"{number}.mp3") for number in range(COUNT))


@pytest.fixture
def table(tmp_path: Path, songs: tuple[Song, ...]) -> SongTable:
    path = tmp_path / "songs.sqlite"
    write_song_table(path, HEADER, songs)
    return read_song_table(path)


def test_they_are_a_sequence_like_a_tuple(table: SongTable, songs: tuple[Song, ...]) -> None:
    stored = table.songs

    assert len(stored) == COUNT
    assert (stored[0], stored[-1]) == (songs[0], songs[-1])
    assert stored[5:900:7] == songs[5:900:7]
    assert tuple(stored) == songs
    assert stored == songs
    assert stored != songs[1:]
    assert stored != "songs"
    assert songs[17] in stored
    for row in (COUNT, -COUNT - 1):
        with pytest.raises(IndexError):
            stored[row]


def test_songs_come_in_the_order_they_are_asked_for(table: SongTable, songs: tuple[Song, ...]) -> None:
    rows = np.random.default_rng(1).permutation(COUNT)

    assert table.at(rows) == tuple(songs[row] for row in rows)
    assert table.at([4, 4]) == (songs[4], songs[4])
    assert table.at([]) == ()


def test_any_thread_may_ask(table: SongTable, songs: tuple[Song, ...]) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert tuple(threads.map(lambda row: table.songs[row], range(COUNT))) == songs


def test_a_table_that_is_replaced_stays_what_it_was_for_who_has_it(
    tmp_path: Path, table: SongTable, songs: tuple[Song, ...], make_song: Callable[..., Song]
) -> None:
    write_song_table(tmp_path / "songs.sqlite", HEADER, [make_song(0, title="Another")])
    assert table.songs[0] == songs[0]

    (tmp_path / "songs.sqlite").unlink()
    assert tuple(table.songs) == songs


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM songs WHERE id = 6", "song 6 is gone"),
        ("UPDATE songs SET valence = 7 WHERE id = 6", "song 6: valence 7"),
        ("UPDATE songs SET title = CAST(x'ff' AS TEXT) WHERE id = 6", "decode"),
        ("DROP TABLE songs", "no such table"),
    ],
)
def test_a_row_that_is_spoilt_later_is_told_when_it_is_fetched(
    tmp_path: Path, table: SongTable, statement: str, told: str
) -> None:
    change(tmp_path / "songs.sqlite", statement)

    with pytest.raises(SongTableError, match=told) as caught:
        table.at([1, 2, 3])
    assert caught.value.what.startswith(f"{tmp_path / 'songs.sqlite'}: ")


def test_presence_is_told_song_by_song(tmp_path: Path, table: SongTable) -> None:
    for number in (0, 7, COUNT - 1):
        (tmp_path / f"{number}.mp3").touch()
    (tmp_path / "8.mp3").mkdir()

    assert np.flatnonzero(table.present_under(tmp_path)).tolist() == [0, 7, COUNT - 1]
