"""From what went wrong to a fault with a cause and a mend."""

import pytest

from device.errors import CameraError, MienError, PlayerError, SongFileError, SoundCardError
from device.player.player import PlaybackEnd
from device.session.faults import fault_of, playback_fault
from device.session.states import Cause


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (CameraError("gone", mend="plug it in"), Cause.CAMERA),
        (SoundCardError("gone", mend="plug it in"), Cause.SOUND_CARD),
        (SongFileError("gone", mend="plug it in"), Cause.SONG_FILE),
        (PlayerError("gone", mend="plug it in"), Cause.PLAYER),
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


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        (PlaybackEnd.BROKEN_FILE, Cause.SONG_FILE),
        (PlaybackEnd.CUT_SHORT, Cause.SONG_CUT_SHORT),
        (PlaybackEnd.NO_SOUND, Cause.SOUND_CARD),
        (PlaybackEnd.CARD_LOST, Cause.SOUND_CARD_LOST),
    ],
)
def test_every_end_but_the_good_one_has_its_cause_and_its_mend(end: PlaybackEnd, cause: Cause) -> None:
    fault = playback_fault("a.mp3", end, "this is why")
    assert fault.cause is cause
    assert "this is why" in fault.what
    assert ("a.mp3" in fault.what) == (cause in {Cause.SONG_FILE, Cause.SONG_CUT_SHORT})
    mends = [playback_fault("a.mp3", other, "").mend for other in PlaybackEnd if other is not end]
    assert fault.mend
    assert end is PlaybackEnd.BROKEN_FILE or fault.mend not in mends
