"""The state machine of the box, from press to playback (pure: events and times in, commands out).

                 short press              observed               recommended
        ┌─ idle ────────────▶ observing ───────────▶ recommending ───────────▶ playing ─┐
        │   ▲  ◀── too little seen ─┘   ◀── cancel (hold 1 s) ──┘                │  ▲   │ the song ended, or a short
        │   └──── stopped (hold 1 s), or its time is over, or nobody is there ───┘  └───┘ press: the next song
        │                     observing ◀── a second press at once, or no song follows a press
        │                          idle ◀── no song follows mien next
        │                  recommending ◀── a song cannot be played: another one; three in a row are a fault
        ├─ asked for music (in idle, fault, playing) ─▶ recommending
        └─ any failure ─▶ fault ── short press ─▶ observing
                            └─ what failed was seen to work again ─▶ idle
        idle, fault ── somebody wants to aim the camera ─▶ aiming ── any press, enough of it, or a minute ─▶ idle
        idle ── hold 1 s and let go ─▶ calibrating ── any press ─▶ idle
        idle, fault ── asked to ─▶ ··      └─ ten seconds are over: kept, or a sentence why not ─▶ idle

:func:`advance` is the whole machine. The daemon feeds it events, carries the commands out, and shows the light that
:func:`light_of` names; nothing here sleeps, reads a clock or touches a device.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from device.observation.observation import Observation
from device.observation.resting.correction import RestingFace
from device.observation.resting.names import ANYBODY, CALIBRATION_SECONDS, MOST_SECONDS
from device.panel.gestures import HOLD_SECONDS, LONG_HOLD_SECONDS, WARNING_SECONDS, Gesture
from device.panel.panel import Light
from device.programme.programme import Played, Step
from device.programme.taste import How
from device.recommendation.recommendation import RankedSong, Recommendation
from device.session.evening import Evening
from device.session.events import (
    AimEnded,
    Answer,
    Asked,
    AskedForMusic,
    AskedForNext,
    AskedToAim,
    AskedToCalibrate,
    AskedToEndAim,
    AskedToEndCalibration,
    AskedToPlay,
    AskedToStop,
    Calibrated,
    ChooseNext,
    Chosen,
    Command,
    Event,
    Failed,
    FellAsleep,
    KeepRestingFace,
    Mended,
    NoteEnding,
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
)
from device.session.faults import no_songs_fault, several_songs_fault
from device.session.hours.rest import FADE_SECONDS
from device.session.states import LONGEST_AIM_SECONDS, Cause, Chime, Fault, State
from device.settings.sections import ObservationSettings

OBSERVING_GRACE_SECONDS = 8.0
"""How much longer than the observation itself opening the camera and reading the last frame may take."""

RECOMMENDING_LIMIT_SECONDS = 5.0

DOUBLE_PRESS_SECONDS = 0.5
"""A press so soon after one for the next song asks to be looked at anew; the first is acted on at once all the same."""

END_FADE_SECONDS = 3.0
"""How long the music takes to fade once its time is over."""

MOST_FAILED = 3
"""So many songs in a row that cannot be played are a fault; fewer are passed over."""

OF_A_SONG = frozenset({Cause.SONG_FILE, Cause.SONG_CUT_SHORT})
"""Faults that lie in one song, and whose words name it."""

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
    if isinstance(event, Asked | FellAsleep):
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
            idle, endings = _leave_for(State.IDLE, session, now)
            return idle, (*endings, PlayChime(Chime.GOODBYE), PowerOff())
        case (_, State.AIMING | State.CALIBRATING) | (
            Gesture.HOLD,
            State.OBSERVING | State.RECOMMENDING | State.PLAYING,
        ):
            return _leave_for(State.IDLE, session, now)
        case Gesture.HOLD | Gesture.HELD, State.IDLE:
            return _offer(session, gesture, now)
        case Gesture.SHORT, State.IDLE | State.FAULT:
            return _observe(session, now)
        case Gesture.SHORT, State.PLAYING:
            return _pressed_while_playing(session, now)
        case _:
            return session, ()


def _asked(session: Session, event: Asked | FellAsleep, now: float) -> Transition:
    if isinstance(event, AskedForMusic):
        return _asked_for_music(session, event, now)
    match event, session.state:
        case AskedToAim(seconds), State.IDLE | State.FAULT:
            entered = _enter(session, State.AIMING, now)
            return entered, (StartAiming(entered.number, min(seconds, LONGEST_AIM_SECONDS)),)
        case AskedToCalibrate(name, seconds), State.IDLE | State.FAULT:
            return _calibrate(session, name, seconds, now)
        case (AskedToEndAim(), State.AIMING) | (AskedToEndCalibration(), State.CALIBRATING):
            return _leave_for(State.IDLE, session, now)
        case FellAsleep(), State.PLAYING:
            return _fade(_enter(session, State.IDLE, now), now, seconds=FADE_SECONDS)
        case _:
            return session, ()


def _asked_for_music(session: Session, event: AskedForMusic, now: float) -> Transition:
    match event, session.state:
        case AskedToPlay(), State.IDLE | State.FAULT | State.PLAYING:
            entered, endings = _leave_for(State.RECOMMENDING, session, now)
            return replace(entered, evening=None, notice=""), (*endings, Recommend(entered.number, event))
        case AskedForNext(), State.PLAYING if session.evening and session.evening.plays:
            skipping, commands = _skip(session, session.evening, now)
            return _note_skipped(replace(skipping, looks_anew=False), commands)
        case AskedToStop(), State.OBSERVING | State.RECOMMENDING | State.PLAYING:
            return _leave_for(State.IDLE, session, now)
        case _:
            return session, ()


def _leave_for(state: State, session: Session, now: float) -> Transition:
    """Enter a state, and end what the present one has begun."""
    entered = _enter(session, state, now)
    match session.state:
        case State.OBSERVING | State.AIMING | State.CALIBRATING:
            return entered, (StopObserving(),)
        case State.PLAYING:
            return _fade(entered, now)
        case _:
            return entered, ()


def _fade(session: Session, now: float, *, seconds: float | None = None) -> Transition:
    """End the music, which says nothing of the song that plays."""
    if session.evening is None or not session.evening.plays:
        return session, (StopPlaying(seconds),)
    evening, played = session.evening.ended(How.FADED, now)
    return replace(session, evening=evening), (StopPlaying(seconds), NoteEnding(played))


def _observe(session: Session, now: float) -> Transition:
    entered, endings = _leave_for(State.OBSERVING, session, now)
    entered = replace(entered, presses=session.presses + 1, notice="")
    return entered, (*endings, PlayChime(Chime.START), StartObserving(entered.number))


def _offer(session: Session, gesture: Gesture, now: float) -> Transition:
    """Offer to calibrate while the button is held, and do so on release, unless the hold has ended something else."""
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
        case Failed(_, fault), State.PLAYING if fault.cause in OF_A_SONG and session.evening and session.evening.plays:
            return _pass_over(session, session.evening, fault, now)
        case Failed(_, fault), _:
            return _fail(session, fault, now)
        case Mended(_, cause), State.FAULT if session.fault and session.fault.cause is cause:
            return _enter(session, State.IDLE, now), (PlayChime(Chime.READY),)
        case Observed(_, observation), State.OBSERVING:
            return _observed(session, observation, now)
        case AimEnded(), State.AIMING:
            return _enter(session, State.IDLE, now), ()
        case _:
            return _answered_about_songs(session, event, now)


def _answered_about_songs(session: Session, event: Answer, now: float) -> Transition:
    match event, session.state:
        case Recommended(_, evening, first), State.RECOMMENDING if session.evening is None:
            return _play(session, evening, first, now) if first else _fail(session, no_songs_fault(), now)
        case Chosen(_, step), State.RECOMMENDING | State.PLAYING if session.evening:
            return _chosen(session, session.evening, step, now)
        case SongEnded(), State.PLAYING if session.evening and session.evening.plays:
            return _song_ended(session, session.evening, now)
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
    entered = replace(_enter(seen, State.RECOMMENDING, now), evening=None)
    return entered, (Recommend(entered.number, observation),)


def _play(session: Session, evening: Evening, step: Step, now: float) -> Transition:
    """Play the next song, and have the one after it chosen meanwhile."""
    begun = evening.begun(step, now)
    entered = replace(_enter(session, State.PLAYING, now), evening=begun)
    recommendation = begun.recommendation
    asked = "" if recommendation.observation else begun.programme.wish.words
    commands: list[Command] = [
        Play(entered.number, step.choice),
        Remember(recommendation.observation, step.choice, asked),
    ]
    if not begun.knows_next:
        commands.append(ChooseNext(entered.number, *begun.heard_out()))
    return entered, tuple(commands)


def _chosen(session: Session, evening: Evening, step: Step | None, now: float) -> Transition:
    if evening.plays:
        return replace(session, evening=replace(evening, upcoming=step, knows_next=True)), ()
    if step is not None:
        return _play(session, evening, step, now)
    if session.state is State.PLAYING:  # a skip, and nothing follows
        return _observe(session, now) if session.looks_anew else _fade(_enter(session, State.IDLE, now), now)
    if evening.trouble and evening.failed_in_a_row and not evening.time_is_over(now):
        return _fail(session, evening.trouble, now)
    return _enter(session, State.IDLE, now), ()


def _song_ended(session: Session, evening: Evening, now: float) -> Transition:
    over, played = evening.ended(How.ENDED, now)
    noted = NoteEnding(played)
    if over.is_over(now) or (evening.knows_next and evening.upcoming is None):
        return replace(_enter(session, State.IDLE, now), evening=over), (noted,)
    if evening.upcoming is None:
        entered = replace(_enter(session, State.RECOMMENDING, now), evening=over)
        return entered, (noted, ChooseNext(entered.number, over.programme, over.seconds_in(now)))
    entered, commands = _play(session, over, evening.upcoming, now)
    play, *others = commands
    return entered, (play, noted, *others)


def _pressed_while_playing(session: Session, now: float) -> Transition:
    """Skip, or after a skip half a second ago be looked at anew; then neither song was judged."""
    if session.skipped is not None and now - session.skipped_at <= DOUBLE_PRESS_SECONDS:
        unjudged = replace(session, skipped=replace(session.skipped, how=How.FADED))
        return _note_skipped(*_observe(unjudged, now))
    if session.evening is None or not session.evening.plays:
        return session, ()
    return _skip(session, session.evening, now)


def _skip(session: Session, evening: Evening, now: float) -> Transition:
    """Have another song chosen; the one that plays is heard until then."""
    over, played = evening.ended(How.SKIPPED, now)
    noted, before = _note_skipped(session, ())
    entered = _enter(noted, State.PLAYING, now)
    entered = replace(entered, evening=over, skipped=played, skipped_at=now, looks_anew=True)
    return entered, (*before, ChooseNext(entered.number, over.programme, over.seconds_in(now)))


def _note_skipped(session: Session, commands: tuple[Command, ...]) -> Transition:
    """Add to the commands that a skipped song is noted, now that nothing else can be meant by it."""
    if session.skipped is None:
        return session, commands
    return replace(session, skipped=None, skipped_at=-math.inf), (*commands, NoteEnding(session.skipped))


def _pass_over(session: Session, evening: Evening, fault: Fault, now: float) -> Transition:
    """Have another song chosen in place of one that cannot be played, unless too many could not."""
    over, played = evening.ended(How.FAILED, now)
    over = replace(over, trouble=fault)
    ended = replace(session, evening=over)
    if over.failed_in_a_row >= MOST_FAILED:
        failed, commands = _fail(ended, several_songs_fault(fault, over.failed_in_a_row), now)
        return failed, (*commands[:-1], NoteEnding(played), commands[-1])
    entered = _enter(ended, State.RECOMMENDING, now)
    choose = ChooseNext(entered.number, over.programme, over.seconds_in(now))
    return entered, (StopPlaying(), NoteEnding(played), choose)


def _fail(session: Session, fault: Fault, now: float) -> Transition:
    entered, endings = _leave_for(State.FAULT, session, now)
    return replace(entered, fault=fault), (*endings, PlayChime(Chime.ERROR))


def _ticked(session: Session, now: float) -> Transition:
    waited: Session = session
    noted: tuple[Command, ...] = ()
    if now - session.skipped_at > DOUBLE_PRESS_SECONDS:
        waited, noted = _note_skipped(session, ())
    ticked, commands = _limited(waited, now)
    return ticked, (*noted, *commands)


def _limited(session: Session, now: float) -> Transition:
    """End what has had its time."""
    evening = session.evening
    if session.state is State.PLAYING and evening and evening.fade_at is not None and now >= evening.fade_at:
        return _fade(_enter(session, State.IDLE, now), now, seconds=END_FADE_SECONDS)
    limits = {
        State.OBSERVING: (Cause.CAMERA, session.rules.seconds + OBSERVING_GRACE_SECONDS),
        State.AIMING: (Cause.CAMERA, LONGEST_AIM_SECONDS + OBSERVING_GRACE_SECONDS),
        State.CALIBRATING: (Cause.CAMERA, MOST_SECONDS + OBSERVING_GRACE_SECONDS),
        State.RECOMMENDING: (Cause.SOFTWARE, RECOMMENDING_LIMIT_SECONDS),
    }
    if session.state is State.PLAYING and not (evening and evening.plays):  # the next one is being chosen
        limits[State.PLAYING] = limits[State.RECOMMENDING]
    if session.state in limits:
        cause, limit = limits[session.state]
        if now - session.since > limit:
            what = f"{session.state.value} did not end within {limit:.0f} s"
            return _fail(
                session, Fault(cause, what, "press again; if it stays, restart the box and see mien doctor"), now
            )
    return session, ()
