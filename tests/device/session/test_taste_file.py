"""What was learnt, in its file: kept, found again, forgotten, and never trusted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from device.emotion.labels import Place
from device.errors import LaterFileError, MienError
from device.programme.programme import Played, Step
from device.programme.taste import MOST_RECORD_BYTES, How
from device.recommendation.recommendation import RankedSong
from device.recommendation.song_table import Header, Song, SongTable
from device.recommendation.wish import Wish
from device.session.taste_file import TasteFile, forget_in_file, read_tastes

MakeSong = Callable[..., Song]
HAPPY = Wish((0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0), Place(0.5, 0.2), "happy")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "taste.json"


def played(song: Song, how: How = How.ENDED, seconds: float = 180.0) -> Played:
    return Played(Step(RankedSong(song, 0.9), HAPPY, "happy", 0), how, seconds)


def table_of(*songs: Song) -> SongTable:
    return SongTable(Header(1, 0.2, 0.2, "test"), songs)


def test_what_is_learnt_is_kept_shown_and_forgotten(path: Path, make_song: MakeSong) -> None:
    song, other = make_song(1), make_song(2)
    tastes = TasteFile(path, digest="a")
    tastes.learn(played(song))
    tastes.learn(played(other, How.SKIPPED, 3.0))
    tastes.learn(played(other, How.FADED, 3.0))
    again = TasteFile(path, digest="a")
    assert again.in_force == tastes.in_force
    assert again.of_song(song, "happy", likes_lift=True) == {"part": "happy", "for": 1.0, "against": 0.0, "bonus": 0.1}
    assert again.of_song(other, "happy", likes_lift=True) == {
        "part": "happy",
        "for": 0.0,
        "against": 1.0,
        "bonus": -0.1,
    }
    assert again.of_song(song, "calm", likes_lift=True) is None
    assert again.document() == {"is_used": True, "songs": 2, "trouble": None}
    assert "Title" not in path.read_text(), "no title is in it"
    told: list[int | MienError] = []
    again.forget(told.append)
    assert told == [2]
    assert not path.exists()
    assert again.in_force.counts == {}


def test_a_box_that_may_not_learn_keeps_what_it_knows_and_leaves_it_aside(path: Path, make_song: MakeSong) -> None:
    TasteFile(path).learn(played(make_song(1)))
    before = path.read_bytes()
    aside = TasteFile(path, is_used=False)
    aside.pressed()
    aside.learn(played(make_song(2)))
    assert aside.in_force.counts == {}
    assert aside.document()["songs"] == 1
    assert path.read_bytes() == before


def test_songs_are_found_again_in_a_table_that_was_made_anew(path: Path, make_song: MakeSong) -> None:
    for song in (make_song(1), make_song(2)):
        TasteFile(path, digest="old").learn(played(song))
    moved, stranger = make_song(7, content_hash=make_song(1).content_hash), make_song(2, content_hash="another")
    tastes = TasteFile(path, table=table_of(stranger, moved), digest="new")
    assert tastes.of_song(moved, "happy", likes_lift=True)
    assert tastes.of_song(stranger, "happy", likes_lift=True) is None
    assert read_tastes(path)[1] == "new"
    assert tastes.document()["songs"] == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"schema": 1}',
        b'{"schema": 0, "songs": []}',
        b'{"schema": 1, "songs": [{"id": 1}]}',
        b'{"schema": 1, "songs": [{"id": 1, "content": 1, "part": "sad", "for": 1, "against": 0}]}',
        b'{"schema": 1, "songs": [{"id": 1, "content": 1, "part": "happy", "for": 9, "against": 0}]}',
        b'{"schema": 1, "songs": [], "table": 5}',
        b" " * (MOST_RECORD_BYTES + 1),
    ],
)
def test_a_file_that_makes_no_sense_teaches_nothing_is_told_and_can_be_forgotten(
    path: Path, content: bytes, make_song: MakeSong
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    tastes = TasteFile(path)
    assert tastes.in_force.counts == {}
    trouble: dict[str, Any] = tastes.document()["trouble"]
    assert str(path) in trouble["what"]
    assert "mien forget" in trouble["mend"]
    assert forget_in_file(path) == 1
    assert not path.exists()
    tastes.learn(played(make_song(1)))
    assert tastes.trouble is None
    assert json.loads(path.read_bytes())["schema"] == 1


def test_a_file_of_a_later_mien_is_named_so_and_stays_until_everything_is_forgotten(
    path: Path, make_song: MakeSong
) -> None:
    path.parent.mkdir()
    path.write_text(later := '{"schema": 2, "tastes": {"anna": []}}')
    tastes = TasteFile(path)
    assert isinstance(tastes.trouble, LaterFileError)
    assert f"{path}: what was learnt: the file is of schema 2, of a later mien" in tastes.trouble.what
    tastes.learn(played(make_song(1)))
    assert tastes.of_song(make_song(1), "happy", likes_lift=True), "it goes on without"
    assert path.read_text() == later
    told: list[int | MienError] = []
    tastes.forget(told.append)
    assert told == [1]
    assert not path.exists()
    tastes.learn(played(make_song(1)))
    assert read_tastes(path)[0].counts


def test_what_cannot_be_written_is_told_and_known_all_the_same(path: Path, make_song: MakeSong) -> None:
    path.mkdir(parents=True)
    tastes = TasteFile(path.parent / "there.json")
    path.parent.joinpath("there.json").mkdir()
    tastes.learn(played(make_song(1)))
    assert tastes.trouble
    assert "cannot be written" in tastes.trouble.what
    assert tastes.of_song(make_song(1), "happy", likes_lift=True)
    told: list[int | MienError] = []
    tastes.forget(told.append)
    assert isinstance(told[0], MienError)
