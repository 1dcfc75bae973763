"""From what went wrong to a fault with a cause and a mend."""

import pytest

from device.errors import CameraError, MienError, PlayerError
from device.events import Cause
from device.faults import fault_of, playback_fault
from device.interfaces import PlaybackEnd


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (CameraError("gone", mend="plug it in"), Cause.CAMERA),
        (PlayerError("gone", mend="plug it in"), Cause.SOUND),
        (MienError("gone", mend="plug it in"), Cause.SOFTWARE),
    ],
)
def test_a_known_error_keeps_its_words(error: MienError, cause: Cause) -> None:
    fault = fault_of(error)
    assert (fault.cause, fault.what, fault.mend) == (cause, "gone", "plug it in")


def test_an_unknown_error_is_softwares_and_named() -> None:
    fault = fault_of(ZeroDivisionError("division by zero"))
    assert fault.cause is Cause.SOFTWARE
    assert fault.what == "ZeroDivisionError: division by zero"
    assert fault.mend


def test_a_song_that_fails_is_told_apart_from_a_card_that_fails() -> None:
    broken = playback_fault("a.mp3", PlaybackEnd.BROKEN_FILE, "broke off after 1 of 20 s")
    assert broken.cause is Cause.SONGS
    assert "a.mp3" in broken.what
    silent = playback_fault("a.mp3", PlaybackEnd.NO_SOUND, "the card vanished")
    assert silent.cause is Cause.SOUND
    assert "sound card" in silent.mend
