"""The levers of the simulated player."""

from pathlib import Path

import pytest

from device.errors import PlayerError
from device.player.player import PlaybackEnd
from device.player.simulated_player import SimulatedPlayer


def test_a_song_ends_when_a_lever_says_so(tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    song.touch()
    player, ends = SimulatedPlayer(), []
    for lever in (player.finish, lambda: player.fail(PlaybackEnd.BROKEN_FILE, "scratched")):
        player.play(song, on_start=lambda: None, on_end=lambda end, why: ends.append((end, why)))
        assert player.is_playing
        lever()
        assert not player.is_playing
        lever()
    assert ends == [(PlaybackEnd.FINISHED, ""), (PlaybackEnd.BROKEN_FILE, "scratched")]
    assert player.played == [song, song]


def test_a_card_unplugged_under_a_song_ends_it(tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    song.touch()
    player, ends = SimulatedPlayer(), []
    player.play(song, seconds=3.0, on_start=lambda: None, on_end=lambda end, _: ends.append(end))
    player.unplug()
    assert ends == [PlaybackEnd.CARD_LOST]
    assert not player.is_playing
    assert [song.seconds for song in player.songs] == [3.0]


def test_an_unplugged_card_is_noticed(tmp_path: Path) -> None:
    player = SimulatedPlayer()
    player.unplug()
    for attempt in (player.check, lambda: player.play(tmp_path, on_start=lambda: None, on_end=lambda *_: None)):
        with pytest.raises(PlayerError, match="unplugged"):
            attempt()
    player.plug_in()
    assert "simulated" in player.check()


def test_what_was_played_is_remembered_for_a_while_and_not_for_ever(tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    song.touch()
    player = SimulatedPlayer()
    for number in range(150):
        player.play(song, seconds=float(number), on_start=lambda: None, on_end=lambda *_: None)
        player.chime(song)
    assert [song.seconds for song in player.songs] == [float(number) for number in range(50, 150)]
    assert len(player.played) == len(player.chimes) == 100
