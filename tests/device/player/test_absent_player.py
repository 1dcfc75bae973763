"""What stands where the player would be."""

from pathlib import Path

import pytest

from device.errors import PlayerError
from device.player.absent_player import AbsentPlayer


def test_it_refuses_with_the_words_it_was_given_and_is_silent_otherwise(tmp_path: Path) -> None:
    player, told = AbsentPlayer(PlayerError("there is no libvlc", mend="install it")), []
    for attempt in (
        player.check,
        lambda: player.play(tmp_path, on_start=lambda: told.append("start"), on_end=lambda *end: told.append(end)),
    ):
        with pytest.raises(PlayerError, match="there is no libvlc") as caught:
            attempt()
        assert caught.value.mend == "install it"
    player.chime(tmp_path)
    player.stop()
    player.close()
    assert told == []


def test_errors_do_not_gather_tracebacks() -> None:
    player = AbsentPlayer(PlayerError("there is no libvlc", mend="install it"))
    seen = set()
    for _ in range(3):
        with pytest.raises(PlayerError) as caught:
            player.check()
        seen.add(len(caught.traceback))
    assert len(seen) == 1
