"""What a session knows, and what every part of the machine does with it (pure: the time is an argument)."""

import math
from dataclasses import dataclass, field, replace

from device.observation.observation import Observation
from device.programme.programme import Played
from device.programme.taste import How
from device.recommendation.recommendation import RankedSong, Recommendation
from device.session.evening import Evening
from device.session.events import Command, NoteEnding, PlayChime, StartObserving, StopObserving, StopPlaying
from device.session.states import Chime, Fault, State
from device.settings.sections import ObservationSettings

WATCHING = frozenset({State.OBSERVING, State.AIMING, State.CALIBRATING})
"""The states in which the camera is open, or about to be."""

FREE = frozenset({State.IDLE, State.FAULT})
"""The states in which the box is at nobody's work."""

OF_MUSIC = frozenset({State.PLAYING, State.RECOMMENDING})
"""The states in which a song plays, or may be about to follow another."""

ASIDE = frozenset({State.AIMING, State.CALIBRATING})
"""States that hide a fault from before, and lead back to where it is told."""


@dataclass(frozen=True, slots=True)
class Session:
    """Where the box is: its state, since when, and what it knows."""

    state: State = State.IDLE
    since: float = 0.0
    number: int = 0
    """Counts commands that are answered; only the answer to the latest is heard."""
    presses: int = 0
    """Counts observations begun since the start of the daemon."""
    evening: Evening | None = None
    """The songs that play, or played last."""
    skipped: Played | None = None
    """A song that a press has just ended, as long as a second press may mean something else than the next song."""
    skipped_at: float = -math.inf
    looks_anew: bool = True
    """Whether somebody is looked at where no song follows a skip: a press asks for that, and nothing else does."""
    observation: Observation | None = None
    """The last one that was finished."""
    fault: Fault | None = None
    notice: str = ""
    """Why the last observation led to no song, or no resting face was kept, for a person."""
    is_offered: bool = False
    """Whether the button was held for long enough, in idle, to calibrate as soon as it is let go."""
    kept_at: float | None = None
    """When a resting face was kept, until something else happens."""
    rules: ObservationSettings = field(default_factory=ObservationSettings)

    @property
    def recommendation(self) -> Recommendation | None:
        """The ranking that holds the song which plays, or played last."""
        return self.evening.recommendation if self.evening else None

    @property
    def position(self) -> int:
        """Which of its songs that is."""
        return self.evening.position if self.evening else 0

    @property
    def choice(self) -> RankedSong | None:
        """The song that plays, or played last."""
        return self.evening.choice if self.evening else None


Transition = tuple[Session, tuple[Command, ...]]


def enter(session: Session, state: State, now: float) -> Session:
    """Begin a state; what earlier commands answer is heard no more."""
    number = session.number + 1
    return replace(session, state=state, since=now, number=number, fault=None, is_offered=False, kept_at=None)


def leave_for(state: State, session: Session, now: float) -> Transition:
    """Enter a state, and end what the present one has begun."""
    entered = enter(session, state, now)
    match session.state:
        case State.OBSERVING | State.AIMING | State.CALIBRATING:
            return entered, (StopObserving(),)
        case State.PLAYING:
            return fade(entered, now)
        case _:
            return entered, ()


def fade(session: Session, now: float, *, seconds: float | None = None) -> Transition:
    """End the music, which says nothing of the song that plays."""
    if session.evening is None or not session.evening.plays:
        return session, (StopPlaying(seconds),)
    evening, played = session.evening.ended(How.FADED, now)
    return replace(session, evening=evening), (StopPlaying(seconds), NoteEnding(played))


def observe(session: Session, now: float) -> Transition:
    """Have somebody looked at, in place of what the present state does."""
    entered, endings = leave_for(State.OBSERVING, session, now)
    entered = replace(entered, presses=session.presses + 1, notice="")
    return entered, (*endings, PlayChime(Chime.START), StartObserving(entered.number))


def fail(session: Session, fault: Fault, now: float) -> Transition:
    """Be at fault, and end what the present state does."""
    entered, endings = leave_for(State.FAULT, session, now)
    return replace(entered, fault=fault), (*endings, PlayChime(Chime.ERROR))
