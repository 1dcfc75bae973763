"""What happens to the box, and what it is told to do: the words between the state machine and the daemon."""

from dataclasses import dataclass

from device.observation.observation import Observation
from device.observation.resting.correction import RestingFace
from device.panel.gestures import Gesture
from device.programme.programme import Played, Programme, Step
from device.recommendation.recommendation import RankedSong
from device.recommendation.wish import Wish
from device.session.evening import Evening
from device.session.states import Cause, Chime, Fault
from device.settings.sections import ProgrammeSettings

# Events. Those that answer a command carry its ``number``, so that an answer that comes too late is told apart.


@dataclass(frozen=True, slots=True)
class Pressed:
    """The person used the button."""

    gesture: Gesture


@dataclass(frozen=True, slots=True)
class AskedToAim:
    """Somebody wants to aim the camera, for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AskedToEndAim:
    """They have aimed."""


@dataclass(frozen=True, slots=True)
class AimEnded:
    """The time for aiming is over."""

    number: int


@dataclass(frozen=True, slots=True)
class AskedToCalibrate:
    """Somebody wants the box to learn what their face reads like at rest."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class AskedToEndCalibration:
    """They do not, after all."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The time for a face at rest is over: what it reads like, or a sentence why nobody can say."""

    number: int
    result: RestingFace | str


@dataclass(frozen=True, slots=True)
class AskedToPlay:
    """Somebody wants music by its mood or like a song, without being looked at."""

    wish: Wish
    rules: ProgrammeSettings


@dataclass(frozen=True, slots=True)
class AskedForNext:
    """They want another song than the one that plays."""


@dataclass(frozen=True, slots=True)
class AskedToStop:
    """They want no more of it."""


@dataclass(frozen=True, slots=True)
class Observed:
    """An observation is over."""

    number: int
    observation: Observation


@dataclass(frozen=True, slots=True)
class Recommended:
    """An evening can begin with its first song; None if no song can be played."""

    number: int
    evening: Evening
    first: Step | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The song that follows is known; None if none does."""

    number: int
    step: Step | None


@dataclass(frozen=True, slots=True)
class SongEnded:
    """A song came to its end by itself."""

    number: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A command could not be carried out, or what it started broke."""

    number: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Mended:
    """The part in which a fault lay works again, as a look at it has shown."""

    number: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class FellAsleep:
    """Nobody has touched the box for long."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Answer = Observed | AimEnded | Calibrated | Recommended | Chosen | SongEnded | Failed | Mended
"""Events that carry the number of what they answer."""

AskedForMusic = AskedToPlay | AskedForNext | AskedToStop

Asked = AskedToAim | AskedToEndAim | AskedToCalibrate | AskedToEndCalibration | AskedForMusic
"""What is asked for over the socket."""

Event = Pressed | Asked | Answer | FellAsleep | Tick


# Commands.


@dataclass(frozen=True, slots=True)
class StartObserving:
    """Open the camera and observe; answered by Observed or Failed."""

    number: int


@dataclass(frozen=True, slots=True)
class StartAiming:
    """Open the camera and look for faces, of which nothing is read; answered by AimEnded or Failed."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class StartCalibrating:
    """Open the camera and read a face at rest; answered by Calibrated or Failed."""

    number: int
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class KeepRestingFace:
    """Remember what somebody's face reads like at rest."""

    face: RestingFace


@dataclass(frozen=True, slots=True)
class StopObserving:
    """Close the camera and forget what was seen."""


@dataclass(frozen=True, slots=True)
class Recommend:
    """Begin an evening for what was seen, or was asked for; answered by Recommended or Failed."""

    number: int
    wanted: Observation | AskedToPlay


@dataclass(frozen=True, slots=True)
class ChooseNext:
    """Choose the song that follows in a programme, in which no song plays; answered by Chosen or Failed."""

    number: int
    programme: Programme
    seconds_in: float


@dataclass(frozen=True, slots=True)
class Play:
    """Play a song; answered by SongEnded or Failed."""

    number: int
    choice: RankedSong


@dataclass(frozen=True, slots=True)
class StopPlaying:
    """Fade out, in as many seconds as the player is set to, or in these."""

    fade_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class PlayChime:
    """Play a chime."""

    chime: Chime


@dataclass(frozen=True, slots=True)
class Remember:
    """Write an observation, or what was asked for, and the song it led to if any, into the history."""

    observation: Observation | None
    choice: RankedSong | None
    asked: str = ""


@dataclass(frozen=True, slots=True)
class NoteEnding:
    """Remember how a song ended, and learn from it."""

    played: Played


@dataclass(frozen=True, slots=True)
class PowerOff:
    """Shut the machine down."""


Command = (
    StartObserving
    | StartAiming
    | StartCalibrating
    | StopObserving
    | KeepRestingFace
    | Recommend
    | ChooseNext
    | Play
    | StopPlaying
    | PlayChime
    | Remember
    | NoteEnding
    | PowerOff
)
