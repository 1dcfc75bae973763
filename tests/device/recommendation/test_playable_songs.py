"""The music folder: looked at when a song is chosen, and gone through once aside."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from device.errors import SongTableError
from device.recommendation.playable_songs import PlayableSongs
from device.recommendation.song_table import SongTable
from tests.waiting import PATIENCE_SECONDS, wait_until

MakeTable = Callable[..., SongTable]
HAPPY = (0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0)


def put_songs(music: Path, *numbers: int) -> None:
    (music / "album").mkdir(exist_ok=True)
    for number in numbers:
        (music / f"album/{number:02}.mp3").touch()


def await_the_look() -> None:
    for thread in threading.enumerate():
        if thread.name == "song scan":
            thread.join(PATIENCE_SECONDS)


def test_after_a_scan_it_is_known_what_is_missing(tmp_path: Path, make_table: MakeTable) -> None:
    put_songs(tmp_path, 1, 3)
    songs = PlayableSongs(make_table([HAPPY] * 3), tmp_path)
    assert songs.playable.all()

    songs.scan(patience_seconds=PATIENCE_SECONDS)
    assert songs.playable.tolist() == [True, False, True]


def test_a_file_is_looked_for_when_it_is_asked_for(tmp_path: Path, make_table: MakeTable) -> None:
    songs = PlayableSongs(make_table([HAPPY]), tmp_path)
    assert not songs.is_present("album/01.mp3")

    put_songs(tmp_path, 1)
    assert songs.is_present("album/01.mp3")
    assert not songs.is_present("album")


def test_an_empty_folder_is_told_in_the_log(
    tmp_path: Path, make_table: MakeTable, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        PlayableSongs(make_table([HAPPY] * 2), tmp_path).scan(patience_seconds=PATIENCE_SECONDS)
    assert f"none of the 2 songs is under {tmp_path}" in caplog.text


def test_songs_that_were_copied_back_are_noticed_at_the_next_look(tmp_path: Path, make_table: MakeTable) -> None:
    put_songs(tmp_path, 1)
    songs = PlayableSongs(make_table([HAPPY] * 2), tmp_path)
    known = songs.playable
    songs.scan(patience_seconds=PATIENCE_SECONDS)
    put_songs(tmp_path, 2)

    songs.rescan()
    await_the_look()
    assert known.tolist() == [True, True]


def test_songs_that_went_are_noticed_by_whoever_keeps_count(tmp_path: Path, make_table: MakeTable) -> None:
    put_songs(tmp_path, 1, 2)
    songs = PlayableSongs(make_table([HAPPY] * 2), tmp_path)
    songs.scan(patience_seconds=PATIENCE_SECONDS)
    (tmp_path / "album/02.mp3").unlink()

    def count() -> list[bool]:
        songs.keep_count()
        return songs.playable.tolist()

    wait_until(lambda: count() == [True, False], "a count that is right")


def test_nothing_is_looked_for_again_while_nothing_is_missing_or_a_look_is_under_way(
    tmp_path: Path, make_table: MakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, looks = threading.Event(), []

    def slowly(_table: SongTable, _music: Path) -> NDArray[np.bool_]:
        looks.append(1)
        go_on.wait(PATIENCE_SECONDS)
        return np.array([True])

    monkeypatch.setattr(SongTable, "present_under", slowly)
    songs = PlayableSongs(make_table([HAPPY]), tmp_path)
    songs.rescan()
    assert not looks

    songs.playable[0] = False
    songs.rescan()
    songs.rescan()
    go_on.set()
    await_the_look()
    assert len(looks) == 1


def test_who_takes_stock_waits_no_longer_than_told(
    tmp_path: Path, make_table: MakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slowly(_table: SongTable, _music: Path) -> NDArray[np.bool_]:
        go_on.wait(PATIENCE_SECONDS)
        return np.array([True, True, False])

    monkeypatch.setattr(SongTable, "present_under", slowly)
    songs = PlayableSongs(make_table([HAPPY] * 3), tmp_path)
    songs.scan(patience_seconds=0.01)
    assert songs.playable.all()

    go_on.set()
    await_the_look()
    assert songs.playable.tolist() == [True, True, False]


def test_a_table_that_breaks_meanwhile_leaves_every_song_to_be_looked_for(
    tmp_path: Path, make_table: MakeTable, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_table: SongTable, _music: Path) -> NDArray[np.bool_]:
        what = "songs.sqlite: not a valid song table"
        raise SongTableError(what, mend="")

    monkeypatch.setattr(SongTable, "present_under", broken)
    songs = PlayableSongs(make_table([HAPPY]), tmp_path)
    with caplog.at_level(logging.WARNING):
        songs.scan(patience_seconds=PATIENCE_SECONDS)
    assert songs.playable.all()
    assert "not a valid song table" in caplog.text
