"""The words between the state machine and the daemon, as far as something else hangs on them."""

import wave
from pathlib import Path

import pytest

import device
from device.session.states import Chime


@pytest.mark.parametrize("chime", Chime)
def test_every_chime_has_its_short_sound_in_the_package(chime: Chime) -> None:
    path = Path(device.__file__).parent / "player" / "chimes" / f"{chime.value}.wav"

    with wave.open(str(path)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
        assert any(sound.readframes(sound.getnframes()))
    assert 0.1 < seconds < 3


def test_every_sound_in_the_package_is_a_chime() -> None:
    folder = Path(device.__file__).parent / "player" / "chimes"

    assert {path.stem for path in folder.glob("*.wav")} == {chime.value for chime in Chime}
