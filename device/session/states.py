"""States, causes, faults and chimes: plain words, which import nothing of the box."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """What the box is doing."""

    IDLE = "idle"
    OBSERVING = "observing"
    AIMING = "aiming"
    CALIBRATING = "calibrating"
    RECOMMENDING = "recommending"
    PLAYING = "playing"
    FAULT = "fault"


class Cause(Enum):
    """What a fault lies in; the value names it for a person."""

    SOFTWARE = "software"
    CAMERA = "camera"
    SOUND_CARD = "sound card"
    SOUND_CARD_LOST = "sound card lost"
    PLAYER = "player"
    SONG_FILE = "song file"
    SONG_CUT_SHORT = "song cut short"
    NO_SONGS = "no songs"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the box cannot go on, and what a person can do."""

    cause: Cause
    what: str
    mend: str


class Chime(Enum):
    """A short sound; the value is its file's stem."""

    READY = "ready"
    START = "start"
    NO_FACE = "no_face"
    ERROR = "error"
    GOODBYE = "goodbye"
    AIM = "aim"
    AIMED = "aimed"
    CALIBRATE = "calibrate"
    CALIBRATED = "calibrated"


LONGEST_AIM_SECONDS = 60.0
"""The camera is open no longer for somebody who aims it, and may have gone away."""
