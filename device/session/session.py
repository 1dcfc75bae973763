"""The state machine of the box, from press to playback (pure: events and times in, commands out).

                 short press              observed               recommended
        ┌─ idle ────────────▶ observing ───────────▶ recommending ───────────▶ playing ─┐
        │   ▲  ◀── too little seen ─┘   ◀── cancel (hold 1 s) ──┘                │  ▲   │ short press: the next song,
        │   └──────── stopped (hold 1 s), slept, or the song ended ──────────────┘  └───┘ after the fifth: observe again
        └─ any failure ─▶ fault ── short press ─▶ observing
                            └─ what failed was seen to work again ─▶ idle
        idle, fault ── somebody wants to aim the camera ─▶ aiming ── any press, enough of it, or a minute ─▶ idle
        idle ── hold 1 s and let go ─▶ calibrating ── any press ─▶ idle
        idle, fault ── asked to ─▶ ··      └─ ten seconds are over: kept, or a sentence why not ─▶ idle

:func:`advance` is the whole machine. The daemon feeds it events, carries the commands out, and shows the light that
:func:`light_of` names; nothing here sleeps, reads a clock or touches a device.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from device.observation.observation import Observation
from device.observation.resting.correction import RestingFace
from device.observation.resting.names import ANYBODY, CALIBRATION_SECONDS, MOST_SECONDS
from device.panel.gestures import HOLD_SECONDS, LONG_HOLD_SECONDS, WARNING_SECONDS, Gesture
from device.panel.panel import Light
from device.recommendation.recommendation import RankedSong, Recommendation
from device.session.events import (
    AimEnded,
    Answer,
    AskedToAim,
    AskedToCalibrate,
    AskedToEndAim,
    AskedToEndCalibration,
    Calibrated,
    Command,
    Event,
    Failed,
    FellAsleep,
    KeepRestingFace,
    Mended,
    Observed,
    Play,
    PlayChime,
    PowerOff,
    Pressed,
    Recommend,
    Recommended,
    Remember,
    SongEnded,
    StartAiming,
    StartCalibrating,
    StartObserving,
    StopObserving,
    StopPlaying,
    Tick,
    Wish,
)
from device.session.faults import no_songs_fault
from device.session.hours.rest import FADE_SECONDS
from device.session.states import LONGEST_AIM_SECONDS, Cause, Chime, Fault, State
from device.settings.sections import ObservationSettings

OBSERVING_GRACE_SECONDS = 8.0
"""How much longer than the observation itself opening the camera and reading the last frame may take."""

RECOMMENDING_LIMIT_SECONDS = 5.0

WATCHING = frozenset({State.OBSERVING, State.AIMING, State.CALIBRATING})
"""The states in which the camera is open, or about to be."""

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
| 6 | a song's file is missing or cannot be played | copy the song again |
| 7 | a song ended long before its time | copy the song again |
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


@dataclass(frozen=True, slots=True)
class Session:
    """Where the box is: its state, since when, and what it knows."""

    state: State = State.IDLE
    since: float = 0.0
    number: int = 0
    """Counts commands that are answered; only the answer to the latest is heard."""
    presses: int = 0
    """Counts observations begun since the start of the daemon."""
    recommendation: Recommendation | None = None
    """What plays, or played last."""
    position: int = 0
    """Which of its songs."""
    observation: Observation | None = None
    """The last one that was finished."""
    fault: Fault | None = None
    notice: str = ""
    """Why the last observation led to no song, for a person."""
    is_offered: bool = False
    """Whether the button was held for long enough, in idle, to calibrate as soon as it is let go."""
    kept_at: float | None = None
    """When a resting face was kept, until something else happens."""
    rules: ObservationSettings = field(default_factory=ObservationSettings)

    @property
    def choice(self) -> RankedSong | None:
        """The song that plays, or played last."""
        return self.recommendation.ranked[self.position] if self.recommendation else None


Transition = tuple[Session, tuple[Command, ...]]


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


def advance(session: Session, event: Event, now: float) -> Transition:
    """Take one event at time ``now`` in seconds; return the new session and the commands to carry out, in order."""
    if isinstance(event, Pressed):
        return _pressed(session, event.gesture, now)
    if isinstance(event, Tick):
        return _ticked(session, now)
    if isinstance(event, Wish | FellAsleep):
        return _asked(session, event, now)
    if event.number != session.number:
        return session, ()  # an answer to a command that has been taken back
    if isinstance(event, Calibrated):
        return _calibrated(session, event.result, now)
    return _answered(session, event, now)


def _enter(session: Session, state: State, now: float) -> Session:
    number = session.number + 1
    return replace(session, state=state, since=now, number=number, fault=None, is_offered=False, kept_at=None)


def _pressed(session: Session, gesture: Gesture, now: float) -> Transition:
    match gesture, session.state:
        case Gesture.LONG_HOLD, _:
            return _enter(session, State.IDLE, now), (*_leave(session), PlayChime(Chime.GOODBYE), PowerOff())
        case (_, State.AIMING | State.CALIBRATING) | (
            Gesture.HOLD,
            State.OBSERVING | State.RECOMMENDING | State.PLAYING,
        ):
            return _enter(session, State.IDLE, now), _leave(session)
        case Gesture.HOLD | Gesture.HELD, State.IDLE:
            return _offer(session, gesture, now)
        case Gesture.SHORT, State.IDLE | State.FAULT:
            return _observe(session, now)
        case Gesture.SHORT, State.PLAYING:
            return _next_song(session, now)
        case _:
            return session, ()


def _asked(session: Session, event: Wish | FellAsleep, now: float) -> Transition:
    match event, session.state:
        case AskedToAim(seconds), State.IDLE | State.FAULT:
            entered = _enter(session, State.AIMING, now)
            return entered, (StartAiming(entered.number, min(seconds, LONGEST_AIM_SECONDS)),)
        case AskedToCalibrate(name, seconds), State.IDLE | State.FAULT:
            return _calibrate(session, name, seconds, now)
        case (AskedToEndAim(), State.AIMING) | (AskedToEndCalibration(), State.CALIBRATING):
            return _enter(session, State.IDLE, now), _leave(session)
        case FellAsleep(), State.PLAYING:
            return _enter(session, State.IDLE, now), (StopPlaying(FADE_SECONDS),)
        case _:
            return session, ()


def _leave(session: Session) -> tuple[Command, ...]:
    """What has to be ended when the present state is left early."""
    match session.state:
        case State.OBSERVING | State.AIMING | State.CALIBRATING:
            return (StopObserving(),)
        case State.PLAYING:
            return (StopPlaying(),)
        case _:
            return ()


def _observe(session: Session, now: float) -> Transition:
    entered = replace(_enter(session, State.OBSERVING, now), presses=session.presses + 1, notice="")
    return entered, (*_leave(session), PlayChime(Chime.START), StartObserving(entered.number))


def _offer(session: Session, gesture: Gesture, now: float) -> Transition:
    """Offer to calibrate while the button is held, and do so on release; to one who held it for something else, not."""
    if gesture is Gesture.HOLD:
        return replace(session, is_offered=True, kept_at=None), ()
    return _calibrate(session, ANYBODY, CALIBRATION_SECONDS, now) if session.is_offered else (session, ())


def _calibrate(session: Session, name: str, seconds: float, now: float) -> Transition:
    entered = replace(_enter(session, State.CALIBRATING, now), notice="")
    start = StartCalibrating(entered.number, name, min(seconds, MOST_SECONDS))
    return entered, (PlayChime(Chime.CALIBRATE), start)


def _calibrated(session: Session, result: RestingFace | str, now: float) -> Transition:
    if session.state is not State.CALIBRATING:
        return session, ()
    idle = _enter(session, State.IDLE, now)
    if isinstance(result, str):
        return replace(idle, notice=result), (PlayChime(Chime.NO_FACE),)
    return replace(idle, kept_at=now), (KeepRestingFace(result), PlayChime(Chime.CALIBRATED))


def _answered(session: Session, event: Answer, now: float) -> Transition:
    match event, session.state:
        case Failed(_, fault), _:
            return _fail(session, fault, now)
        case Mended(_, cause), State.FAULT if session.fault and session.fault.cause is cause:
            return _enter(session, State.IDLE, now), (PlayChime(Chime.READY),)
        case Observed(_, observation), State.OBSERVING:
            return _observed(session, observation, now)
        case Recommended(_, recommendation), State.RECOMMENDING:
            return _recommended(session, recommendation, now)
        case (SongEnded(), State.PLAYING) | (AimEnded(), State.AIMING):
            return _enter(session, State.IDLE, now), ()
        case _:
            return session, ()


def _observed(session: Session, observation: Observation, now: float) -> Transition:
    seen = replace(session, observation=observation)
    least = session.rules.minimum_coverage
    if not observation.suffices(least):
        notice = (
            f"a face was read for {observation.credited_seconds:.1f} of {observation.duration_seconds:.0f} s, less "
            f"than the {least:.0%} needed: sit in front of the camera, with light on your face"
        )
        if observation.wrong_mounting:
            notice = observation.wrong_mounting.notice
        idle = replace(_enter(seen, State.IDLE, now), notice=notice)
        return idle, (PlayChime(Chime.NO_FACE), Remember(observation, None))
    entered = _enter(seen, State.RECOMMENDING, now)
    return entered, (Recommend(entered.number, observation),)


def _recommended(session: Session, recommendation: Recommendation, now: float) -> Transition:
    if not recommendation.ranked:
        return _fail(session, no_songs_fault(), now)
    choice = recommendation.ranked[0]
    entered = replace(_enter(session, State.PLAYING, now), recommendation=recommendation, position=0)
    return entered, (Play(entered.number, choice), Remember(recommendation.observation, choice))


def _next_song(session: Session, now: float) -> Transition:
    recommendation, position = session.recommendation, session.position + 1
    if recommendation is None or position >= len(recommendation.ranked):
        return _observe(session, now)
    entered = replace(_enter(session, State.PLAYING, now), position=position)
    choice = recommendation.ranked[position]
    return entered, (Play(entered.number, choice), Remember(recommendation.observation, choice))


def _fail(session: Session, fault: Fault, now: float) -> Transition:
    entered = replace(_enter(session, State.FAULT, now), fault=fault)
    return entered, (*_leave(session), PlayChime(Chime.ERROR))


def _ticked(session: Session, now: float) -> Transition:
    limits = {
        State.OBSERVING: (Cause.CAMERA, session.rules.seconds + OBSERVING_GRACE_SECONDS),
        State.AIMING: (Cause.CAMERA, LONGEST_AIM_SECONDS + OBSERVING_GRACE_SECONDS),
        State.CALIBRATING: (Cause.CAMERA, MOST_SECONDS + OBSERVING_GRACE_SECONDS),
        State.RECOMMENDING: (Cause.SOFTWARE, RECOMMENDING_LIMIT_SECONDS),
    }
    if session.state in limits:
        cause, limit = limits[session.state]
        if now - session.since > limit:
            what = f"{session.state.value} did not end within {limit:.0f} s"
            return _fail(
                session, Fault(cause, what, "press again; if it stays, restart the box and see mien doctor"), now
            )
    return session, ()
