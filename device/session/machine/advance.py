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
:func:`device.session.machine.lights.light_of` names; nothing here sleeps, reads a clock or touches a device.
"""

from dataclasses import replace

from device.observation.observation import Observation
from device.observation.resting.correction import RestingFace
from device.observation.resting.names import ANYBODY, CALIBRATION_SECONDS, MOST_SECONDS
from device.panel.gestures import Gesture
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
    Chosen,
    Command,
    Event,
    Failed,
    FellAsleep,
    KeepRestingFace,
    Mended,
    Observed,
    PlayChime,
    PowerOff,
    Pressed,
    Recommend,
    Recommended,
    Remember,
    SongEnded,
    StartAiming,
    StartCalibrating,
    Tick,
)
from device.session.faults import no_songs_fault
from device.session.hours.rest import FADE_SECONDS
from device.session.machine.session import Session, Transition, enter, fade, fail, leave_for, observe
from device.session.machine.songs import (
    DOUBLE_PRESS_SECONDS,
    OF_A_SONG,
    begin_song,
    chosen,
    note_skipped,
    pass_over,
    pressed_while_playing,
    skip,
    song_ended,
)
from device.session.states import LONGEST_AIM_SECONDS, Cause, Chime, Fault, State

OBSERVING_GRACE_SECONDS = 8.0
"""How much longer than the observation itself opening the camera and reading the last frame may take."""

RECOMMENDING_LIMIT_SECONDS = 5.0

_WITHOUT_LIMIT = {State.IDLE, State.FAULT}
"""States that may last, and in which the time is told every second."""

END_FADE_SECONDS = 3.0
"""How long the music takes to fade once its time is over."""


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


def _pressed(session: Session, gesture: Gesture, now: float) -> Transition:
    match gesture, session.state:
        case Gesture.LONG_HOLD, _:
            idle, endings = leave_for(State.IDLE, session, now)
            return idle, (*endings, PlayChime(Chime.GOODBYE), PowerOff())
        case (_, State.AIMING | State.CALIBRATING) | (
            Gesture.HOLD,
            State.OBSERVING | State.RECOMMENDING | State.PLAYING,
        ):
            return leave_for(State.IDLE, session, now)
        case Gesture.HOLD | Gesture.HELD, State.IDLE:
            return _offer(session, gesture, now)
        case Gesture.SHORT, State.IDLE | State.FAULT:
            return observe(session, now)
        case Gesture.SHORT, State.PLAYING:
            return pressed_while_playing(session, now)
        case _:
            return session, ()


def _asked(session: Session, event: Asked | FellAsleep, now: float) -> Transition:
    if isinstance(event, AskedForMusic):
        return _asked_for_music(session, event, now)
    match event, session.state:
        case AskedToAim(seconds), State.IDLE | State.FAULT:
            entered = enter(session, State.AIMING, now)
            return entered, (StartAiming(entered.number, min(seconds, LONGEST_AIM_SECONDS)),)
        case AskedToCalibrate(name, seconds), State.IDLE | State.FAULT:
            return _calibrate(session, name, seconds, now)
        case (
            (AskedToEndAim(), State.AIMING)
            | (AskedToEndCalibration(), State.CALIBRATING)
            | (FellAsleep(), State.RECOMMENDING)  # between two songs, when nothing is heard that could fade
        ):
            return leave_for(State.IDLE, session, now)
        case FellAsleep(), State.PLAYING:
            return fade(enter(session, State.IDLE, now), now, seconds=FADE_SECONDS)
        case _:
            return session, ()


def _asked_for_music(session: Session, event: AskedForMusic, now: float) -> Transition:
    match event, session.state:
        case AskedToPlay(), State.IDLE | State.FAULT | State.PLAYING:
            entered, endings = leave_for(State.RECOMMENDING, session, now)
            return replace(entered, evening=None, notice=""), (*endings, Recommend(entered.number, event))
        case AskedForNext(), State.PLAYING if session.evening and session.evening.plays:
            skipping, commands = skip(session, session.evening, now)
            return note_skipped(replace(skipping, looks_anew=False), commands)
        case AskedToStop(), State.OBSERVING | State.RECOMMENDING | State.PLAYING:
            return leave_for(State.IDLE, session, now)
        case _:
            return session, ()


def _offer(session: Session, gesture: Gesture, now: float) -> Transition:
    """Offer to calibrate while the button is held, and do so on release, unless the hold has ended something else."""
    if gesture is Gesture.HOLD:
        return replace(session, is_offered=True, kept_at=None), ()
    return _calibrate(session, ANYBODY, CALIBRATION_SECONDS, now) if session.is_offered else (session, ())


def _calibrate(session: Session, name: str, seconds: float, now: float) -> Transition:
    entered = replace(enter(session, State.CALIBRATING, now), notice="")
    start = StartCalibrating(entered.number, name, min(seconds, MOST_SECONDS))
    return entered, (PlayChime(Chime.CALIBRATE), start)


def _calibrated(session: Session, result: RestingFace | str, now: float) -> Transition:
    if session.state is not State.CALIBRATING:
        return session, ()
    idle = enter(session, State.IDLE, now)
    if isinstance(result, str):
        return replace(idle, notice=result), (PlayChime(Chime.NO_FACE),)
    return replace(idle, kept_at=now), (KeepRestingFace(result), PlayChime(Chime.CALIBRATED))


def _answered(session: Session, event: Answer, now: float) -> Transition:
    match event, session.state:
        case Failed(_, fault), State.PLAYING if fault.cause in OF_A_SONG and session.evening and session.evening.plays:
            return pass_over(session, session.evening, fault, now)
        case Failed(_, fault), _:
            return fail(session, fault, now)
        case Mended(_, cause), State.FAULT if session.fault and session.fault.cause is cause:
            return enter(session, State.IDLE, now), (PlayChime(Chime.READY),)
        case Observed(_, observation), State.OBSERVING:
            return _observed(session, observation, now)
        case AimEnded(), State.AIMING:
            return enter(session, State.IDLE, now), ()
        case _:
            return _answered_about_songs(session, event, now)


def _answered_about_songs(session: Session, event: Answer, now: float) -> Transition:
    match event, session.state:
        case Recommended(_, evening, first), State.RECOMMENDING if session.evening is None:
            return begin_song(session, evening, first, now) if first else fail(session, no_songs_fault(), now)
        case Chosen(_, step), State.RECOMMENDING | State.PLAYING if session.evening:
            return chosen(session, session.evening, step, now)
        case SongEnded(), State.PLAYING if session.evening and session.evening.plays:
            return song_ended(session, session.evening, now)
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
        idle = replace(enter(seen, State.IDLE, now), notice=notice)
        return idle, (PlayChime(Chime.NO_FACE), Remember(observation, None))
    entered = replace(enter(seen, State.RECOMMENDING, now), evening=None)
    return entered, (Recommend(entered.number, observation),)


def _ticked(session: Session, now: float) -> Transition:
    waited: Session = session
    noted: tuple[Command, ...] = ()
    if now - session.skipped_at > DOUBLE_PRESS_SECONDS:
        waited, noted = note_skipped(session, ())
    ticked, commands = _limited(waited, now)
    return ticked, (*noted, *commands)


def _limited(session: Session, now: float) -> Transition:
    """End what has had its time."""
    if session.state in _WITHOUT_LIMIT:
        return session, ()
    evening = session.evening
    if session.state is State.PLAYING and evening and evening.fade_at is not None and now >= evening.fade_at:
        return fade(enter(session, State.IDLE, now), now, seconds=END_FADE_SECONDS)
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
            return fail(
                session, Fault(cause, what, "press again; if it stays, restart the box and see mien doctor"), now
            )
    return session, ()
