"""What every player promises, whatever it is made of."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device.drivers.simulated import SimulatedPlayer
from device.drivers.sound_cards import sound_cards
from device.drivers.vlc_player import VLCPlayer
from device.errors import PlayerError
from device.interfaces import PlaybackEnd, Player

MakeSong = Callable[..., Path]
Ends = list[tuple[PlaybackEnd, str]]


def simulated(_: Path) -> Player:
    return SimulatedPlayer()


def vlc_to_nobody(_: Path) -> Player:
    return VLCPlayer(output="dummy", fade_seconds=0.1)


def vlc_into_a_file(folder: Path) -> Player:
    return VLCPlayer(output="file", recording=folder / "heard.wav", fade_seconds=0.1)


def vlc_to_the_first_card(_: Path) -> Player:
    if not sound_cards():
        pytest.skip("there is no sound card")
    return VLCPlayer(output="alsa", start_volume_percent=10, fade_seconds=0.1)


PLAYERS = [simulated, vlc_to_nobody, vlc_into_a_file, vlc_to_the_first_card]


@pytest.fixture(params=PLAYERS, ids=lambda make: make.__name__)
def player(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Player]:
    player: Player = request.param(tmp_path)
    yield player
    player.close()


def test_it_says_where_the_sound_goes(player: Player) -> None:
    assert player.check()


def test_a_song_starts_once(player: Player, make_song: MakeSong) -> None:
    starts = threading.Semaphore(0)
    player.play(make_song(), on_start=starts.release, on_end=lambda *_: None)
    assert starts.acquire(timeout=2)
    assert not starts.acquire(timeout=0.3)


def test_a_missing_song_is_refused_and_tells_nothing(player: Player, tmp_path: Path) -> None:
    told: list[object] = []
    with pytest.raises(PlayerError, match=r"gone\.mp3"):
        player.play(tmp_path / "gone.mp3", on_start=lambda: told.append("start"), on_end=lambda *end: told.append(end))
    time.sleep(0.1)
    assert told == []


def test_a_stopped_song_never_ends(player: Player, make_song: MakeSong) -> None:
    started, ends = threading.Event(), Ends()
    player.play(make_song(seconds=0.5), on_start=started.set, on_end=lambda *end: ends.append(end))
    assert started.wait(2)
    player.stop()
    time.sleep(0.8)
    assert ends == []


def test_a_replaced_song_never_ends_and_the_next_one_starts(player: Player, make_song: MakeSong) -> None:
    first, second, ends = threading.Event(), threading.Event(), Ends()
    player.play(make_song("first.wav", seconds=0.5), on_start=first.set, on_end=lambda *end: ends.append(end))
    assert first.wait(2)
    player.play(make_song("second.wav", seconds=5), on_start=second.set, on_end=lambda *end: ends.append(end))
    assert second.wait(2)
    time.sleep(0.3)
    assert ends == []


def test_a_song_may_be_started_from_the_callback_of_another(player: Player, make_song: MakeSong) -> None:
    first, second = make_song("first.wav"), make_song("second.wav")
    started = threading.Event()

    def play_second() -> None:
        player.play(second, on_start=started.set, on_end=lambda *_: None)

    player.play(first, on_start=play_second, on_end=lambda *_: None)
    assert started.wait(3)


def test_stopping_and_chiming_never_raise(player: Player, make_song: MakeSong, tmp_path: Path) -> None:
    player.stop()
    player.chime(make_song("chime.wav", seconds=0.1))
    player.chime(tmp_path / "gone.wav")
    player.stop()


def test_closing_is_quick_while_a_song_plays_and_may_be_repeated(player: Player, make_song: MakeSong) -> None:
    started, ends = threading.Event(), Ends()
    player.play(make_song(seconds=3), on_start=started.set, on_end=lambda *end: ends.append(end))
    assert started.wait(2)
    began = time.monotonic()
    player.close()
    player.close()
    assert time.monotonic() - began < 1.1
    assert ends == []
