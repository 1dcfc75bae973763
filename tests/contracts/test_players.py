"""What every player promises, whatever it is made of, and however the world treats it."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from device.errors import SongFileError, SoundCardError
from device.player.alsa_cards import sound_cards
from device.player.player import PlaybackEnd, Player
from device.player.simulated_player import SimulatedPlayer
from device.player.vlc_player import VLCPlayer
from tests.waiting import LASTING_SECONDS, PATIENCE_SECONDS

MakeSong = Callable[..., Path]
Ends = list[tuple[PlaybackEnd, str]]
LEFT_SECONDS = 3.0
"""Length of a song that is taken away before its end; a test has so long to do it, and then waits till that is past."""


class World(Protocol):
    """A player, and what the world can do to it."""

    player: Player

    def unplug(self) -> None: ...

    def plug_in(self) -> None: ...

    def spoil(self, song: Path, end: PlaybackEnd) -> None:
        """Before a song plays, see to it that it ends like this."""

    def bring_about(self, end: PlaybackEnd) -> None:
        """While the song plays, let it end like this."""


class SimulatedWorld:
    """Everything is done with levers."""

    def __init__(self) -> None:
        self.player = SimulatedPlayer()
        self.unplug, self.plug_in = self.player.unplug, self.player.plug_in

    def spoil(self, song: Path, end: PlaybackEnd) -> None:
        pass

    def bring_about(self, end: PlaybackEnd) -> None:
        self.player.fail(end, "a lever was moved")


def vlc(output: str, **changes: Any) -> VLCPlayer:
    quiet = {"card": "", "recording": None, "start_volume_percent": 60, "maximum_volume_percent": 80}
    return VLCPlayer(output=output, fade_seconds=0.1, lead_in_seconds=-1, **(quiet | changes))


class ALSAWorld:
    """libvlc and a card that is only a file."""

    def __init__(self, fake_card: Path) -> None:
        self.player = vlc("alsa", card="Fake", cards_file=fake_card)
        self._cards_file, self._listing = fake_card, fake_card.read_text()

    def unplug(self) -> None:
        self._cards_file.write_text("--- no soundcards ---\n")

    def plug_in(self) -> None:
        self._cards_file.write_text(self._listing)

    def spoil(self, song: Path, end: PlaybackEnd) -> None:
        match end:
            case PlaybackEnd.BROKEN_FILE:
                song.write_bytes(b"no music at all" * 100)
            case PlaybackEnd.CUT_SHORT:
                song.write_bytes(song.read_bytes()[: song.stat().st_size // 100])
            case PlaybackEnd.NO_SOUND:
                nothing = "pcm.plughw { @args [ CARD ] @args.CARD { type string } type none }"
                (self._cards_file.parent / "asound.conf").write_text(nothing)

    def bring_about(self, end: PlaybackEnd) -> None:
        pass


@pytest.fixture(params=["simulated", "alsa"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    world: World = SimulatedWorld()
    if request.param == "alsa":
        world = ALSAWorld(request.getfixturevalue("fake_card"))
    yield world
    world.player.close()


def simulated(_: Path) -> Player:
    return SimulatedPlayer()


def vlc_to_nobody(_: Path) -> Player:
    return vlc("dummy")


def vlc_into_a_file(folder: Path) -> Player:
    return vlc("file", recording=folder / "heard.wav")


def vlc_to_the_first_card(_: Path) -> Player:
    if not sound_cards():
        pytest.skip("there is no sound card")
    return vlc("alsa", start_volume_percent=10)


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
    assert starts.acquire(timeout=PATIENCE_SECONDS)
    assert not starts.acquire(timeout=0.3)


def test_a_missing_song_is_refused_and_tells_nothing(player: Player, tmp_path: Path) -> None:
    told: list[object] = []
    with pytest.raises(SongFileError, match=r"gone\.mp3"):
        player.play(tmp_path / "gone.mp3", on_start=lambda: told.append("start"), on_end=lambda *end: told.append(end))
    time.sleep(0.1)
    assert told == []


def test_a_stopped_song_never_ends(player: Player, make_song: MakeSong) -> None:
    started, ends = threading.Event(), Ends()
    player.play(make_song(seconds=LEFT_SECONDS), on_start=started.set, on_end=lambda *end: ends.append(end))
    assert started.wait(PATIENCE_SECONDS)
    player.stop()
    time.sleep(LEFT_SECONDS + 0.3)
    assert ends == []


def test_a_replaced_song_never_ends_and_the_next_one_starts(player: Player, make_song: MakeSong) -> None:
    first, second, ends = threading.Event(), threading.Event(), Ends()
    player.play(make_song("first.wav", seconds=LEFT_SECONDS), on_start=first.set, on_end=lambda *end: ends.append(end))
    assert first.wait(PATIENCE_SECONDS)
    player.play(
        make_song("second.wav", seconds=LASTING_SECONDS), on_start=second.set, on_end=lambda *end: ends.append(end)
    )
    assert second.wait(PATIENCE_SECONDS)
    time.sleep(LEFT_SECONDS + 0.3)
    assert ends == []


def test_a_song_may_be_started_from_the_callback_of_another(player: Player, make_song: MakeSong) -> None:
    first, second = make_song("first.wav"), make_song("second.wav")
    started = threading.Event()

    def play_second() -> None:
        player.play(second, on_start=started.set, on_end=lambda *_: None)

    player.play(first, on_start=play_second, on_end=lambda *_: None)
    assert started.wait(PATIENCE_SECONDS)


def test_stopping_and_chiming_never_raise(player: Player, make_song: MakeSong, tmp_path: Path) -> None:
    player.stop()
    player.chime(make_song("chime.wav", seconds=0.1))
    player.chime(tmp_path / "gone.wav")
    player.stop(fade_seconds=0.0)
    player.set_volume(0)
    player.stop()


def test_closing_does_not_wait_for_the_end_of_a_song_and_may_be_repeated(player: Player, make_song: MakeSong) -> None:
    started, ends = threading.Event(), Ends()
    player.play(make_song(seconds=LASTING_SECONDS), on_start=started.set, on_end=lambda *end: ends.append(end))
    assert started.wait(PATIENCE_SECONDS)
    player.close()
    player.close()
    assert ends == []


@pytest.mark.parametrize("end", [PlaybackEnd.BROKEN_FILE, PlaybackEnd.CUT_SHORT, PlaybackEnd.NO_SOUND])
def test_a_song_that_fails_ends_once_with_its_cause_and_a_word_why(
    world: World, make_song: MakeSong, end: PlaybackEnd
) -> None:
    song, ended, ends = make_song(seconds=60), threading.Event(), Ends()

    def on_end(end: PlaybackEnd, why: str) -> None:
        ends.append((end, why))
        ended.set()

    world.spoil(song, end)
    world.player.play(song, seconds=60.0, on_start=lambda: None, on_end=on_end)
    world.bring_about(end)
    assert ended.wait(PATIENCE_SECONDS)
    time.sleep(0.2)
    [(told, why)] = ends
    assert told is end
    assert why


def test_a_lost_card_ends_the_song_and_once_it_is_back_the_next_one_plays(world: World, make_song: MakeSong) -> None:
    song, started, ended, ends = make_song(seconds=LASTING_SECONDS), threading.Event(), threading.Event(), Ends()

    def on_end(end: PlaybackEnd, why: str) -> None:
        ends.append((end, why))
        ended.set()

    world.player.play(song, on_start=started.set, on_end=on_end)
    assert started.wait(PATIENCE_SECONDS)
    world.unplug()
    assert ended.wait(PATIENCE_SECONDS)
    assert [end for end, _ in ends] == [PlaybackEnd.CARD_LOST]
    for attempt in (
        world.player.check,
        lambda: world.player.play(song, on_start=started.set, on_end=lambda *end: ends.append(end)),
    ):
        with pytest.raises(SoundCardError):
            attempt()
    world.player.chime(song)
    world.plug_in()
    assert world.player.check()
    again = threading.Event()
    world.player.play(song, on_start=again.set, on_end=lambda *end: ends.append(end))
    assert again.wait(PATIENCE_SECONDS)
    assert len(ends) == 1
