"""A chime for somebody who listens: what can have been heard, and what cannot."""

from collections.abc import Callable
from pathlib import Path

import pytest

from device.errors import PlayerError, SongFileError, SoundCardError
from device.player import listening
from device.player.levels import UNMEASURED, Measured
from device.player.listening import CHIME, play_for_a_listener
from device.player.player import PlaybackEnd
from device.player.simulated_player import SimulatedPlayer


class Ending(SimulatedPlayer):
    """Ends every sound at once, in one of the ways."""

    def __init__(self, end: PlaybackEnd, why: str = "", *, starts: bool = True) -> None:
        super().__init__()
        self._how = (end, why)
        self._starts = starts

    def play(
        self,
        path: Path,
        *,
        seconds: float | None = None,
        measured: Measured = UNMEASURED,
        on_start: Callable[[], None],
        on_end: Callable[[PlaybackEnd, str], None],
    ) -> None:
        on_start = on_start if self._starts else lambda: None
        super().play(path, seconds=seconds, measured=measured, on_start=on_start, on_end=on_end)
        self.fail(*self._how)


def test_it_is_played_and_where_is_said() -> None:
    player = Ending(PlaybackEnd.FINISHED)
    assert play_for_a_listener(player) == "simulated, nothing is heard"
    assert player.played == [CHIME]
    assert CHIME.is_file()


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (PlaybackEnd.NO_SOUND, SoundCardError),
        (PlaybackEnd.CARD_LOST, SoundCardError),
        (PlaybackEnd.BROKEN_FILE, SongFileError),
    ],
)
def test_what_cannot_have_been_heard_is_told(end: PlaybackEnd, error: type[PlayerError]) -> None:
    with pytest.raises(error, match="no screen is connected"):
        play_for_a_listener(Ending(end, "no screen is connected", starts=False))


def test_a_card_that_is_gone_is_told_before_anything_is_played() -> None:
    player = SimulatedPlayer()
    player.unplug()
    with pytest.raises(SoundCardError, match="unplugged"):
        play_for_a_listener(player)
    assert player.played == []


def test_a_chime_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_WHOLE_SECONDS", 0)
    player = SimulatedPlayer()
    assert play_for_a_listener(player)
    assert not player.is_playing
