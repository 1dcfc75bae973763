"""What the LED shows: of a session, of a camera that is open, of a hand on the button (pure)."""

from collections.abc import Mapping

from device.panel.gestures import HOLD_SECONDS, LONG_HOLD_SECONDS, WARNING_SECONDS
from device.panel.panel import Light
from device.session.machine.session import WATCHING, Session
from device.session.states import Cause, State

KEPT_LIGHT_SECONDS = 3.0
"""For how long the LED says that a resting face was kept."""

FAULT_LIGHTS: Mapping[Cause, Light] = {
    Cause.SOFTWARE: Light.BLINK_1,
    Cause.CAMERA: Light.BLINK_2,
    Cause.SOUND_CARD: Light.BLINK_3,
    Cause.SOUND_CARD_LOST: Light.BLINK_4,
    Cause.PLAYER: Light.BLINK_5,
    Cause.SONG_FILE: Light.BLINK_6,
    Cause.SONG_CUT_SHORT: Light.BLINK_7,
    Cause.NO_SONGS: Light.BLINK_8,
}
"""The blink codes: so many blinks, a pause, and again.

| blinks | what is wrong | what a person does first |
| --- | --- | --- |
| 1 | the software broke | press again; if it stays, look at ``journalctl -u mien`` |
| 2 | no camera, or it gives no pictures | push the camera's cable home |
| 3 | no sound card that can be heard, or another program holds it | plug it in, or set ``card`` under ``[sound]`` |
| 4 | the sound card vanished while it played | push its plug home, and wait for the chime |
| 5 | the player (libvlc) is missing or does not answer | ``mien doctor`` names the package |
| 6 | songs' files are missing or cannot be played, three in a row | copy the songs again |
| 7 | the same, and the last of them ended long before its time | copy the songs again |
| 8 | no song of the table is in the music folder | copy the music to the box |

``mien status`` says the same in words, with the file, the card or the package by its name.
"""

_LIGHTS = {
    State.IDLE: Light.OFF,
    State.OBSERVING: Light.OFF,  # until the camera opens
    State.AIMING: Light.OFF,
    State.CALIBRATING: Light.OFF,
    State.RECOMMENDING: Light.PULSE,
    State.PLAYING: Light.BREATH,
}


def light_of(
    session: Session, *, camera_open: bool | None = None, held_seconds: float = 0.0, now: float | None = None
) -> Light:
    """The light that the LED shows.

    The camera goes before everything else: the LED is on exactly while it is open. Then comes the warning to a person
    who holds the button and is about to shut the box down, then the offer to one who has held it for less, then the
    state.

    :param camera_open: whether the camera is, or is about to be, open, which outlasts the state if it is slow to close;
        by default as the state would have it.
    :param held_seconds: how long the button has been down, 0 while it is up.
    :param now: in seconds; None for the moment at which the session became what it is.
    """
    if camera_open is None:
        camera_open = session.state in WATCHING
    if camera_open:
        return Light.ON
    if WARNING_SECONDS <= held_seconds < LONG_HOLD_SECONDS:
        return Light.WARNING
    if session.is_offered and HOLD_SECONDS <= held_seconds < WARNING_SECONDS:
        return Light.OFFER
    if session.kept_at is not None and (now is None or now - session.kept_at < KEPT_LIGHT_SECONDS):
        return Light.KEPT
    if session.state is State.FAULT and session.fault is not None:
        return FAULT_LIGHTS[session.fault.cause]
    return _LIGHTS[session.state]
