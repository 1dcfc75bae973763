"""The state machine: every state meets every event, and each step is what a person expects of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from device.emotion.labels import Place
from device.observation.mounting import WrongMounting
from device.observation.observation import Observation
from device.observation.resting.correction import RestingFace
from device.panel.gestures import Gesture
from device.panel.panel import Light
from device.programme.programme import Played, Programme, Step
from device.programme.taste import How
from device.recommendation.recommendation import RankedSong, Recommendation
from device.recommendation.song_table import Song
from device.recommendation.wish import Wish
from device.session.evening import Evening
from device.session.events import (
    AimEnded,
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
from device.session.hours.rest import FADE_SECONDS
from device.session.machine.advance import END_FADE_SECONDS, advance
from device.session.machine.lights import KEPT_LIGHT_SECONDS, light_of
from device.session.machine.session import Session
from device.session.machine.songs import MOST_FAILED
from device.session.states import Cause, Chime, Fault, State
from device.settings.sections import ObservationSettings, ProgrammeSettings

NOW = 1000.0

CAMERA_FAULT = Fault(Cause.CAMERA, "the camera vanished", "plug it in again")


def observation_of(seconds: float) -> Observation:
    return Observation(("happiness",), (seconds,), 15.0, frames=150, frames_with_face=150, frames_per_second=10.0)


VECTOR = (0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0)
WISH = Wish(VECTOR, Place(0.8, 0.3), "12.0 s happiness")
TO_THE_END = ProgrammeSettings(minutes=600)


def song_of(number: int, seconds: float = 60.0) -> RankedSong:
    song = Song(number, f"{number}.mp3", f"Title {number}", "Artist", "", seconds, "", 0.8, 0.3, VECTOR)
    return RankedSong(song, 0.9 - number / 100)


def step_of(number: int, seconds: float = 60.0) -> Step:
    return Step(song_of(number, seconds), WISH, "happy", number)


def evening_of(songs: int, rules: ProgrammeSettings = TO_THE_END) -> Evening:
    ranked = tuple(song_of(number) for number in range(songs))
    return Evening(Programme(WISH, rules), Recommendation(SEEN, VECTOR, ranked))


SEEN, GLIMPSED, UNSEEN = observation_of(12.0), observation_of(2.9), observation_of(0.0)
FIVE, NONE = evening_of(5), evening_of(0)
REST = RestingFace("anna", "2026-11-29T10:00:00+00:00", "simulated", {"neutral": -0.2, "sadness": -2.0})
SONG_FAULT = Fault(Cause.SONG_FILE, "0.mp3: holds nothing that can be played", "copy it again")
CALM = AskedToPlay(replace(WISH, words="calm"), ProgrammeSettings(minutes=30))


# Events by name; an answer is given to the command that the session waits for.
ANSWERS: dict[str, Callable[[Session], Event]] = {
    "observed": lambda session: Observed(session.number, SEEN),
    "glimpsed": lambda session: Observed(session.number, GLIMPSED),
    "unseen": lambda session: Observed(session.number, UNSEEN),
    "recommended": lambda session: Recommended(session.number, FIVE, step_of(0)),
    "nothing to recommend": lambda session: Recommended(session.number, NONE, None),
    "chosen": lambda session: Chosen(session.number, step_of(1)),
    "nothing chosen": lambda session: Chosen(session.number, None),
    "aim ended": lambda session: AimEnded(session.number),
    "calibrated": lambda session: Calibrated(session.number, REST),
    "not calibrated": lambda session: Calibrated(session.number, "too dark"),
    "song ended": lambda session: SongEnded(session.number),
    "failed": lambda session: Failed(session.number, CAMERA_FAULT),
    "song failed": lambda session: Failed(session.number, SONG_FAULT),
    "mended": lambda session: Mended(session.number, Cause.CAMERA),
    "something else mended": lambda session: Mended(session.number, Cause.PLAYER),
}
EVENTS: dict[str, Callable[[Session], Event]] = {
    "short": lambda _: Pressed(Gesture.SHORT),
    "hold": lambda _: Pressed(Gesture.HOLD),
    "held": lambda _: Pressed(Gesture.HELD),
    "long hold": lambda _: Pressed(Gesture.LONG_HOLD),
    "tick": lambda _: Tick(),
    "fell asleep": lambda _: FellAsleep(),
    "aim": lambda _: AskedToAim(30.0),
    "end aim": lambda _: AskedToEndAim(),
    "calibrate": lambda _: AskedToCalibrate("anna", 10.0),
    "end calibration": lambda _: AskedToEndCalibration(),
    "play": lambda _: CALM,
    "next": lambda _: AskedForNext(),
    "stop": lambda _: AskedToStop(),
    **ANSWERS,
}


def life(*events: str, session: Session | None = None, now: float = NOW) -> tuple[Session, tuple[Command, ...]]:
    """Let a session meet events at one moment; return it and the last commands."""
    session = session or Session()
    commands: tuple[Command, ...] = ()
    for event in events:
        session, commands = advance(session, EVENTS[event](session), now)
    return session, commands


SESSIONS = {
    State.IDLE: life()[0],
    State.OBSERVING: life("short")[0],
    State.AIMING: life("aim")[0],
    State.CALIBRATING: life("calibrate")[0],
    State.RECOMMENDING: life("short", "observed")[0],
    State.PLAYING: life("short", "observed", "recommended")[0],
    State.FAULT: life("failed")[0],
}

Outcome = tuple[State, tuple[type[Command], ...]] | None

NOTHING: Outcome = None
GOODBYE: Outcome = (State.IDLE, (PlayChime, PowerOff))
OFFERED: Outcome = (State.IDLE, ())
"""Nothing yet: what comes of it when the button is let go is only offered."""
KNOWN: Outcome = (State.PLAYING, ())
"""Nothing yet: it is known what follows."""

# What each state makes of each event: the next state and the kinds of its commands. Every pair has its line, those that
# cannot happen in a sound box included (an answer that nobody asked for), which must change nothing.
OUTCOMES: dict[State, dict[str, Outcome]] = {
    State.IDLE: {
        "short": (State.OBSERVING, (PlayChime, StartObserving)),
        "hold": OFFERED,
        "held": NOTHING,
        "long hold": GOODBYE,
        "tick": NOTHING,
        "fell asleep": NOTHING,
        "aim": (State.AIMING, (StartAiming,)),
        "end aim": NOTHING,
        "calibrate": (State.CALIBRATING, (PlayChime, StartCalibrating)),
        "end calibration": NOTHING,
        "observed": NOTHING,
        "glimpsed": NOTHING,
        "unseen": NOTHING,
        "recommended": NOTHING,
        "nothing to recommend": NOTHING,
        "aim ended": NOTHING,
        "calibrated": NOTHING,
        "not calibrated": NOTHING,
        "song ended": NOTHING,
        "failed": (State.FAULT, (PlayChime,)),
        "mended": NOTHING,
        "something else mended": NOTHING,
        "play": (State.RECOMMENDING, (Recommend,)),
        "next": NOTHING,
        "stop": NOTHING,
        "chosen": NOTHING,
        "nothing chosen": NOTHING,
        "song failed": (State.FAULT, (PlayChime,)),
    },
    State.OBSERVING: {
        "short": NOTHING,
        "hold": (State.IDLE, (StopObserving,)),
        "held": NOTHING,
        "long hold": (State.IDLE, (StopObserving, PlayChime, PowerOff)),
        "tick": NOTHING,
        "fell asleep": NOTHING,
        "aim": NOTHING,
        "end aim": NOTHING,
        "calibrate": NOTHING,
        "end calibration": NOTHING,
        "observed": (State.RECOMMENDING, (Recommend,)),
        "glimpsed": (State.IDLE, (PlayChime, Remember)),
        "unseen": (State.IDLE, (PlayChime, Remember)),
        "recommended": NOTHING,
        "nothing to recommend": NOTHING,
        "aim ended": NOTHING,
        "calibrated": NOTHING,
        "not calibrated": NOTHING,
        "song ended": NOTHING,
        "failed": (State.FAULT, (StopObserving, PlayChime)),
        "mended": NOTHING,
        "something else mended": NOTHING,
        "play": NOTHING,
        "next": NOTHING,
        "stop": (State.IDLE, (StopObserving,)),
        "chosen": NOTHING,
        "nothing chosen": NOTHING,
        "song failed": (State.FAULT, (StopObserving, PlayChime)),
    },
    State.AIMING: {
        "short": (State.IDLE, (StopObserving,)),
        "hold": (State.IDLE, (StopObserving,)),
        "held": (State.IDLE, (StopObserving,)),
        "long hold": (State.IDLE, (StopObserving, PlayChime, PowerOff)),
        "tick": NOTHING,
        "fell asleep": NOTHING,
        "aim": NOTHING,
        "end aim": (State.IDLE, (StopObserving,)),
        "calibrate": NOTHING,
        "end calibration": NOTHING,
        "observed": NOTHING,
        "glimpsed": NOTHING,
        "unseen": NOTHING,
        "recommended": NOTHING,
        "nothing to recommend": NOTHING,
        "aim ended": (State.IDLE, ()),
        "calibrated": NOTHING,
        "not calibrated": NOTHING,
        "song ended": NOTHING,
        "failed": (State.FAULT, (StopObserving, PlayChime)),
        "mended": NOTHING,
        "something else mended": NOTHING,
        "play": NOTHING,
        "next": NOTHING,
        "stop": NOTHING,
        "chosen": NOTHING,
        "nothing chosen": NOTHING,
        "song failed": (State.FAULT, (StopObserving, PlayChime)),
    },
    State.CALIBRATING: {
        "short": (State.IDLE, (StopObserving,)),
        "hold": (State.IDLE, (StopObserving,)),
        "held": (State.IDLE, (StopObserving,)),
        "long hold": (State.IDLE, (StopObserving, PlayChime, PowerOff)),
        "tick": NOTHING,
        "fell asleep": NOTHING,
        "aim": NOTHING,
        "end aim": NOTHING,
        "calibrate": NOTHING,
        "end calibration": (State.IDLE, (StopObserving,)),
        "observed": NOTHING,
        "glimpsed": NOTHING,
        "unseen": NOTHING,
        "recommended": NOTHING,
        "nothing to recommend": NOTHING,
        "aim ended": NOTHING,
        "calibrated": (State.IDLE, (KeepRestingFace, PlayChime)),
        "not calibrated": (State.IDLE, (PlayChime,)),
        "song ended": NOTHING,
        "failed": (State.FAULT, (StopObserving, PlayChime)),
        "mended": NOTHING,
        "something else mended": NOTHING,
        "play": NOTHING,
        "next": NOTHING,
        "stop": NOTHING,
        "chosen": NOTHING,
        "nothing chosen": NOTHING,
        "song failed": (State.FAULT, (StopObserving, PlayChime)),
    },
    State.RECOMMENDING: {
        "short": NOTHING,
        "hold": (State.IDLE, ()),
        "held": NOTHING,
        "long hold": GOODBYE,
        "tick": NOTHING,
        "fell asleep": (State.IDLE, ()),
        "aim": NOTHING,
        "end aim": NOTHING,
        "calibrate": NOTHING,
        "end calibration": NOTHING,
        "observed": NOTHING,
        "glimpsed": NOTHING,
        "unseen": NOTHING,
        "recommended": (State.PLAYING, (Play, Remember, ChooseNext)),
        "nothing to recommend": (State.FAULT, (PlayChime,)),
        "aim ended": NOTHING,
        "calibrated": NOTHING,
        "not calibrated": NOTHING,
        "song ended": NOTHING,
        "failed": (State.FAULT, (PlayChime,)),
        "mended": NOTHING,
        "something else mended": NOTHING,
        "play": NOTHING,
        "next": NOTHING,
        "stop": (State.IDLE, ()),
        "chosen": NOTHING,
        "nothing chosen": NOTHING,
        "song failed": (State.FAULT, (PlayChime,)),
    },
    State.PLAYING: {
        "short": (State.PLAYING, (ChooseNext,)),
        "hold": (State.IDLE, (StopPlaying, NoteEnding)),
        "held": NOTHING,
        "long hold": (State.IDLE, (StopPlaying, NoteEnding, PlayChime, PowerOff)),
        "tick": NOTHING,
        "fell asleep": (State.IDLE, (StopPlaying, NoteEnding)),
        "aim": NOTHING,
        "end aim": NOTHING,
        "calibrate": NOTHING,
        "end calibration": NOTHING,
        "observed": NOTHING,
        "glimpsed": NOTHING,
        "unseen": NOTHING,
        "recommended": NOTHING,
        "nothing to recommend": NOTHING,
        "aim ended": NOTHING,
        "calibrated": NOTHING,
        "not calibrated": NOTHING,
        "song ended": (State.RECOMMENDING, (NoteEnding, ChooseNext)),
        "failed": (State.FAULT, (StopPlaying, NoteEnding, PlayChime)),
        "mended": NOTHING,
        "something else mended": NOTHING,
        "play": (State.RECOMMENDING, (StopPlaying, NoteEnding, Recommend)),
        "next": (State.PLAYING, (ChooseNext, NoteEnding)),
        "stop": (State.IDLE, (StopPlaying, NoteEnding)),
        "chosen": KNOWN,
        "nothing chosen": KNOWN,
        "song failed": (State.RECOMMENDING, (StopPlaying, NoteEnding, ChooseNext)),
    },
    State.FAULT: {
        "short": (State.OBSERVING, (PlayChime, StartObserving)),
        "hold": NOTHING,
        "held": NOTHING,
        "long hold": GOODBYE,
        "tick": NOTHING,
        "fell asleep": NOTHING,
        "aim": (State.AIMING, (StartAiming,)),
        "end aim": NOTHING,
        "calibrate": (State.CALIBRATING, (PlayChime, StartCalibrating)),
        "end calibration": NOTHING,
        "observed": NOTHING,
        "glimpsed": NOTHING,
        "unseen": NOTHING,
        "recommended": NOTHING,
        "nothing to recommend": NOTHING,
        "aim ended": NOTHING,
        "calibrated": NOTHING,
        "not calibrated": NOTHING,
        "song ended": NOTHING,
        "failed": (State.FAULT, (PlayChime,)),
        "mended": (State.IDLE, (PlayChime,)),
        "something else mended": NOTHING,
        "play": (State.RECOMMENDING, (Recommend,)),
        "next": NOTHING,
        "stop": NOTHING,
        "chosen": NOTHING,
        "nothing chosen": NOTHING,
        "song failed": (State.FAULT, (PlayChime,)),
    },
}


# The same of what a state may hold beside its name: what differs from the lines above. A second later, too.
VARIANTS: dict[str, dict[str, Outcome]] = {
    "knows what follows": {
        "song ended": (State.PLAYING, (Play, NoteEnding, Remember, ChooseNext)),
    },
    "nothing follows": {
        "song ended": (State.IDLE, (NoteEnding,)),
    },
    "a song was skipped": {
        "short": NOTHING,
        "hold": (State.IDLE, (StopPlaying,)),
        "long hold": (State.IDLE, (StopPlaying, PlayChime, PowerOff)),
        "tick": (State.PLAYING, (NoteEnding,)),
        "fell asleep": (State.IDLE, (StopPlaying,)),
        "play": (State.RECOMMENDING, (StopPlaying, Recommend)),
        "next": NOTHING,
        "stop": (State.IDLE, (StopPlaying,)),
        "chosen": (State.PLAYING, (Play, Remember, ChooseNext)),
        "nothing chosen": (State.OBSERVING, (StopPlaying, PlayChime, StartObserving)),
        "song ended": NOTHING,
        "failed": (State.FAULT, (StopPlaying, PlayChime)),
        "song failed": (State.FAULT, (StopPlaying, PlayChime)),
    },
    "a song was skipped by mien next": {
        "short": NOTHING,
        "hold": (State.IDLE, (StopPlaying,)),
        "long hold": (State.IDLE, (StopPlaying, PlayChime, PowerOff)),
        "fell asleep": (State.IDLE, (StopPlaying,)),
        "play": (State.RECOMMENDING, (StopPlaying, Recommend)),
        "next": NOTHING,
        "stop": (State.IDLE, (StopPlaying,)),
        "chosen": (State.PLAYING, (Play, Remember, ChooseNext)),
        "nothing chosen": (State.IDLE, (StopPlaying,)),  # nobody pressed, so nobody is looked at
        "song ended": NOTHING,
        "failed": (State.FAULT, (StopPlaying, PlayChime)),
        "song failed": (State.FAULT, (StopPlaying, PlayChime)),
    },
    "a song has ended": {
        "chosen": (State.PLAYING, (Play, Remember, ChooseNext)),
        "nothing chosen": (State.IDLE, ()),
        "recommended": NOTHING,
        "nothing to recommend": NOTHING,
    },
    "a song was passed over": {
        "chosen": (State.PLAYING, (Play, Remember, ChooseNext)),
        "nothing chosen": (State.FAULT, (PlayChime,)),
        "recommended": NOTHING,
        "nothing to recommend": NOTHING,
    },
}
PLAYS = SESSIONS[State.PLAYING]
HOLDING = {
    "knows what follows": life("chosen", session=PLAYS)[0],
    "nothing follows": life("nothing chosen", session=PLAYS)[0],
    "a song was skipped": life("short", session=PLAYS)[0],
    "a song was skipped by mien next": life("next", session=PLAYS)[0],
    "a song has ended": life("song ended", session=PLAYS)[0],
    "a song was passed over": life("song failed", session=PLAYS)[0],
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("holding", HOLDING)
def test_what_a_state_holds_decides_as_well(holding: str, event: str) -> None:
    before = HOLDING[holding]
    after, commands = advance(before, EVENTS[event](before), NOW + 1)

    outcome = VARIANTS[holding].get(event, OUTCOMES[before.state][event])
    if outcome in {NOTHING, KNOWN}:
        assert commands == ()
        assert (after.state, after.number, after.since) == (before.state, before.number, before.since)
        return
    assert outcome
    assert (after.state, tuple(type(command) for command in commands)) == outcome


@pytest.mark.parametrize(("seconds", "state"), [(-70, State.FAULT), (-50, State.IDLE)])
def test_one_song_that_fails_at_the_very_end_of_an_evening_is_no_fault(seconds: float, state: State) -> None:
    end = NOW + 60 * TO_THE_END.minutes
    plays, _ = life("chosen", "song ended", session=PLAYS, now=end - 80)
    failed, _ = life("song failed", "nothing chosen", session=plays, now=end + seconds)

    assert failed.state is state
    assert failed.evening
    assert failed.evening.trouble, "mien status says it all the same"


def test_the_table_has_a_line_for_every_state_every_kind_of_event_and_every_gesture() -> None:
    events = [make(Session()) for make in EVENTS.values()]

    assert {type(event) for event in events} == set(get_args(Event))
    assert {event.gesture for event in events if isinstance(event, Pressed)} == set(Gesture)
    assert set(OUTCOMES) == set(SESSIONS) == set(State)
    assert {state: set(lines) for state, lines in OUTCOMES.items()} == {state: set(EVENTS) for state in State}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", State)
def test_every_state_meets_every_event(state: State, event: str) -> None:
    before = SESSIONS[state]
    assert before.state is state
    after, commands = advance(before, EVENTS[event](before), NOW + 1)

    outcome = OUTCOMES[state][event]
    if outcome is NOTHING or outcome is OFFERED:
        assert (after, commands) == (replace(before, is_offered=outcome is OFFERED), ())
        return
    if outcome is KNOWN:
        assert commands == ()
        assert before.evening
        assert after.evening
        told = replace(before.evening, upcoming=after.evening.upcoming, knows_next=True)
        assert after == replace(before, evening=told)
        return
    assert (after.state, tuple(type(command) for command in commands)) == outcome
    assert after.number > before.number
    assert after.since == NOW + 1


def test_whoever_falls_asleep_is_not_woken_by_the_end() -> None:
    assert life("fell asleep", session=PLAYS)[1][0] == StopPlaying(FADE_SECONDS)
    assert life("hold", session=PLAYS)[1][0] == StopPlaying()


def test_every_kind_of_command_is_given_by_some_pair() -> None:
    given = [outcome[1] for lines in (*OUTCOMES.values(), *VARIANTS.values()) for outcome in lines.values() if outcome]

    assert {kind for kinds in given for kind in kinds} == set(get_args(Command))


@pytest.mark.parametrize("event", ANSWERS)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("off_by", [-1, 1])
def test_the_answer_to_another_command_changes_nothing(state: State, event: str, off_by: int) -> None:
    session = SESSIONS[state]
    stray = ANSWERS[event](replace(session, number=session.number + off_by))

    assert advance(session, stray, NOW + 1) == (session, ())


LIGHTS = {
    State.IDLE: Light.OFF,
    State.OBSERVING: Light.ON,
    State.AIMING: Light.ON,
    State.CALIBRATING: Light.ON,
    State.RECOMMENDING: Light.PULSE,
    State.PLAYING: Light.BREATH,
    State.FAULT: Light.BLINK_2,
}


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_light(state: State) -> None:
    assert light_of(SESSIONS[state]) is LIGHTS[state]


@pytest.mark.parametrize("held", [0.0, 4.0, 9.0])
@pytest.mark.parametrize("state", State)
def test_the_led_is_on_exactly_while_the_camera_is_open_whatever_else_there_is_to_say(
    state: State, held: float
) -> None:
    session = SESSIONS[state]

    assert light_of(session, camera_open=True, held_seconds=held) is Light.ON
    assert light_of(session, camera_open=False, held_seconds=held) is not Light.ON


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("held", "warned"), [(0.0, False), (2.99, False), (3.0, True), (4.99, True), (5.0, False)])
def test_who_goes_on_holding_is_warned_before_the_box_shuts_down(state: State, held: float, warned: bool) -> None:  # noqa: FBT001 - one column of the table
    session = SESSIONS[state]
    usual = light_of(session, camera_open=False)

    assert light_of(session, camera_open=False, held_seconds=held) is (Light.WARNING if warned else usual)


@pytest.mark.parametrize(
    ("held", "light"),
    [(0.0, Light.OFF), (0.99, Light.OFF), (1.0, Light.OFFER), (2.99, Light.OFFER), (3.0, Light.WARNING)],
)
def test_who_holds_the_button_of_an_idle_box_is_offered_to_calibrate_on_release(held: float, light: Light) -> None:
    session, commands = life("hold")
    assert commands == ()
    assert light_of(session, camera_open=False, held_seconds=held) is light

    after, commands = life("held", session=session)
    assert commands == (PlayChime(Chime.CALIBRATE), StartCalibrating(after.number, "owner", 10.0))


@pytest.mark.parametrize("before", [("short",), ("short", "observed", "recommended"), ("aim",), ("calibrate",)])
def test_whoever_stops_something_by_holding_does_not_calibrate_by_letting_go(before: tuple[str, ...]) -> None:
    session, _ = life(*before, "hold")
    assert session.state is State.IDLE
    assert life("held", session=session) == (session, ())


def test_a_resting_face_that_is_kept_is_told_by_a_chime_and_for_a_while_by_the_led() -> None:
    session, commands = life("calibrate", "calibrated")
    assert commands == (KeepRestingFace(REST), PlayChime(Chime.CALIBRATED))
    assert light_of(session, now=NOW + KEPT_LIGHT_SECONDS - 0.1) is Light.KEPT
    assert light_of(session, now=NOW + KEPT_LIGHT_SECONDS) is Light.OFF
    assert light_of(life("short", "unseen", session=session)[0]) is Light.OFF


def test_a_resting_face_that_cannot_be_told_is_a_kind_chime_and_a_notice() -> None:
    session, commands = life("calibrate", "not calibrated")
    assert (session.notice, session.fault, commands) == ("too dark", None, (PlayChime(Chime.NO_FACE),))
    assert life("calibrate", session=session)[0].notice == ""


def test_a_calibration_lasts_a_minute_at_most() -> None:
    session, commands = advance(Session(), AskedToCalibrate("anna", 3600.0), NOW)
    assert commands[1:] == (StartCalibrating(session.number, "anna", 60.0),)


def test_every_cause_of_a_fault_blinks_in_its_own_way() -> None:
    lights = [light_of(Session(state=State.FAULT, fault=Fault(cause, "", ""))) for cause in Cause]

    assert lights == [Light[f"BLINK_{count}"] for count in range(1, len(Cause) + 1)]


def test_a_press_begins_an_observation_with_a_chime() -> None:
    session, commands = life("short")

    assert commands == (PlayChime(Chime.START), StartObserving(session.number))
    assert session.presses == 1


@pytest.mark.parametrize("state", State)
def test_a_long_hold_always_ends_with_a_goodbye_and_the_power_off(state: State) -> None:
    assert life("long hold", session=SESSIONS[state])[1][-2:] == (PlayChime(Chime.GOODBYE), PowerOff())


def ended(session: Session, how: How, seconds: float) -> NoteEnding:
    """What is noted of the song that a session plays."""
    assert session.evening
    assert session.evening.programme.playing
    return NoteEnding(Played(session.evening.programme.playing, how, seconds))


def test_what_was_observed_is_recommended_and_played_and_remembered_and_the_next_one_is_sought() -> None:
    session, commands = life("short", "observed")
    assert commands == (Recommend(session.number, SEEN),)
    assert session.observation is SEEN

    session, commands = life("recommended", session=session)
    heard_out = FIVE.programme.begun(step_of(0)).ended(How.ENDED, 60.0)
    choose = ChooseNext(session.number, heard_out, 60.0)
    assert commands == (Play(session.number, song_of(0)), Remember(SEEN, song_of(0)), choose)
    assert session.choice == song_of(0)


def test_songs_follow_one_another_to_the_end_of_the_time_and_then_the_music_fades() -> None:
    session, _ = life("short", "observed")
    evening = evening_of(5, ProgrammeSettings(minutes=5))
    session, _ = advance(session, Recommended(session.number, evening, step_of(0, 120.0)), NOW)
    for number in (1, 2):
        session, _ = advance(session, Chosen(session.number, step_of(number, 120.0)), NOW)
        before = session
        session, commands = life("song ended", session=session, now=NOW + 120 * number)
        assert commands[:2] == (Play(session.number, song_of(number, 120.0)), ended(before, How.ENDED, 120.0))
    assert session.evening
    assert session.evening.knows_next, "the time will be over"
    assert life("tick", session=session, now=NOW + 299) == (session, ())
    after, commands = life("tick", session=session, now=NOW + 300)
    assert after.state is State.IDLE
    assert commands == (StopPlaying(END_FADE_SECONDS), ended(session, How.FADED, 60.0))


def test_a_song_of_unknown_length_is_followed_by_others_as_long_as_there_is_time() -> None:
    session, _ = life("short", "observed")
    evening = evening_of(5, ProgrammeSettings(minutes=5))
    session, _ = advance(session, Recommended(session.number, evening, step_of(0, 0.0)), NOW)
    after, commands = life("song ended", session=session, now=NOW + 100)
    assert after.state is State.RECOMMENDING
    assert isinstance(commands[-1], ChooseNext)
    after, _ = life("song ended", session=session, now=NOW + 250)
    assert after.state is State.IDLE
    assert life("tick", session=session, now=NOW + 300)[1][0] == StopPlaying(END_FADE_SECONDS)


def test_files_too_short_for_a_song_are_passed_over_and_a_fault_if_several_follow_each_other() -> None:
    session, _ = life("short", "observed")
    session, _ = advance(session, Recommended(session.number, evening_of(5), step_of(0, 0.05)), NOW)
    for number in range(1, MOST_FAILED):
        session, _ = advance(session, Chosen(session.number, step_of(number, 0.05)), NOW)
        session, commands = life("song ended", session=session, now=NOW + 0.2 * number)
        assert session.state is State.RECOMMENDING
        assert [command.played.how for command in commands if isinstance(command, NoteEnding)] == [How.FAILED]
        assert session.evening
        assert session.evening.trouble
        assert "0.05 s of sound are too little for a song" in session.evening.trouble.what
        session, _ = advance(session, Chosen(session.number, step_of(number, 0.05)), NOW)
    session, _ = life("song ended", session=session, now=NOW + 1)
    assert session.fault
    assert session.fault.what.startswith(f"{MOST_FAILED} songs in a row could not be played")


@pytest.mark.parametrize(
    ("seconds", "silence", "heard", "passed_over"),
    [
        (1.9, None, 1.9, True),
        (2.0, None, 0.1, False),
        (0.0, None, 1.9, True),
        (0.0, None, 2.0, False),
        (180.0, 179.9, 1.0, True),
        (180.0, 10.0, 170.0, False),
        (180.0, 180.0, 0.2, True),
    ],
)
def test_a_song_is_too_short_by_what_was_measured_or_else_by_what_was_heard(
    seconds: float,
    silence: float | None,
    heard: float,
    passed_over: bool,  # noqa: FBT001 - one column of the table
) -> None:
    session, _ = life("short", "observed")
    step = step_of(0, seconds)
    song = replace(step.choice.song, trailing_silence=silence)
    step = replace(step, choice=replace(step.choice, song=song))
    session, _ = advance(session, Recommended(session.number, evening_of(5), step), NOW)
    session, _ = life("song ended", session=session, now=NOW + heard)
    assert session.evening
    assert (session.evening.trouble is not None) == passed_over


def test_what_follows_a_song_that_took_longer_than_it_should_fades_in_time_or_does_not_come() -> None:
    session, _ = life("short", "observed")
    evening = evening_of(5, ProgrammeSettings(minutes=5))
    session, _ = advance(session, Recommended(session.number, evening, step_of(0, 60.0)), NOW)
    session, _ = advance(session, Chosen(session.number, step_of(1, 120.0)), NOW)
    late, _ = life("song ended", session=session, now=NOW + 220)
    assert late.evening
    assert late.evening.fade_at == NOW + 300
    assert life("song ended", session=session, now=NOW + 250)[0].state is State.IDLE


def test_a_press_plays_the_next_song_as_soon_as_it_is_chosen_and_a_further_press_is_another() -> None:
    session, _ = life("short", "observed", "recommended")
    for number in range(1, 5):
        session, commands = life("short", session=session, now=NOW + number)
        assert isinstance(commands[-1], ChooseNext)
        assert commands[-1].programme.played[-1].how is How.SKIPPED
        session, commands = advance(session, Chosen(session.number, step_of(number)), NOW + number)
        assert commands[:2] == (Play(session.number, song_of(number)), Remember(SEEN, song_of(number)))
        assert (session.choice, session.position) == (song_of(number), number)

    session, _ = life("short", session=session, now=NOW + 9)
    session, commands = life("nothing chosen", session=session, now=NOW + 9)
    assert commands == (StopPlaying(), PlayChime(Chime.START), StartObserving(session.number))
    assert session.presses == 2


@pytest.mark.parametrize("chosen", [True, False])
@pytest.mark.parametrize(("pause", "anew"), [(0.25, True), (0.5, True), (0.625, False)])
def test_two_presses_at_once_ask_to_be_looked_at_anew_and_judge_no_song(
    chosen: bool,  # noqa: FBT001 - one column of the table
    pause: float,
    anew: bool,  # noqa: FBT001
) -> None:
    playing, _ = life("short", "observed", "recommended")
    session, first = life("short", session=playing, now=NOW + 5)
    assert [type(command) for command in first] == [ChooseNext], "the first is acted on at once"
    if chosen:
        session, _ = life("chosen", session=session, now=NOW + 5)
    second = ended(session, How.FADED, pause) if chosen else None
    after, commands = life("short", session=session, now=NOW + 5 + pause)

    if anew:
        assert after.state is State.OBSERVING
        noted = [command for command in commands if isinstance(command, NoteEnding)]
        assert noted == [*([second] if second else []), ended(playing, How.FADED, 5.0)]
    else:
        assert after.state is State.PLAYING
        assert (ended(playing, How.SKIPPED, 5.0) in commands) == chosen


def test_a_skipped_song_is_noted_once_no_second_press_can_follow() -> None:
    playing, _ = life("short", "observed", "recommended")
    session, _ = life("short", session=playing, now=NOW + 5)
    assert life("tick", session=session, now=NOW + 5.5) == (session, ())
    session, commands = life("tick", session=session, now=NOW + 5.6)
    assert commands == (ended(playing, How.SKIPPED, 5.0),)
    assert life("tick", session=session, now=NOW + 5.7) == (session, ())


def test_songs_that_cannot_be_played_are_passed_over_and_three_in_a_row_are_a_fault() -> None:
    session, _ = life("short", "observed", "recommended")
    for number in (1, 2):
        session, _ = life("song failed", session=session)
        assert session.evening
        assert session.evening.trouble == SONG_FAULT
        session, _ = advance(session, Chosen(session.number, step_of(number)), NOW)
    well, _ = life("chosen", "song ended", "song failed", session=session)
    assert well.state is State.RECOMMENDING, "one that was heard breaks the row"
    session, commands = life("song failed", session=session)
    assert session.fault
    assert session.fault.what == f"3 songs in a row could not be played, at last {SONG_FAULT.what}"
    assert commands[-1] == PlayChime(Chime.ERROR)


def test_music_that_is_asked_for_by_hand_is_remembered_by_its_words() -> None:
    session, commands = life("play")
    assert commands == (Recommend(session.number, CALM),)
    calm = Evening(Programme(CALM.wish, CALM.rules), Recommendation(None, VECTOR, (song_of(0),), asked="calm"))
    session, commands = advance(session, Recommended(session.number, calm, step_of(0)), NOW)
    assert commands[1] == Remember(None, song_of(0), "calm")


def test_the_last_song_and_observation_are_known_after_the_end() -> None:
    session, _ = life("short", "observed", "recommended", "chosen", "song ended", "nothing chosen", "song ended")

    assert session.state is State.IDLE
    assert session.choice == song_of(1)
    assert session.observation is SEEN
    assert Session().choice is None


@pytest.mark.parametrize(("event", "observation"), [("glimpsed", GLIMPSED), ("unseen", UNSEEN)])
def test_too_little_seen_is_a_kind_chime_a_notice_and_no_song(event: str, observation: Observation) -> None:
    session, commands = life("short", event)

    assert commands == (PlayChime(Chime.NO_FACE), Remember(observation, None))
    assert session.fault is None
    assert f"{observation.credited_seconds:.1f} of 15 s, less than the 20% needed" in session.notice
    assert life("short", session=session)[0].notice == ""


@pytest.mark.parametrize(
    ("seconds", "least", "state"),
    [
        (3.0, 0.2, State.RECOMMENDING),
        (2.99, 0.2, State.IDLE),
        (0.1, 0.0, State.RECOMMENDING),
        (0.0, 0.0, State.IDLE),
        (14.9, 1.0, State.IDLE),
    ],
)
def test_the_least_coverage_is_a_setting_and_nothing_seen_is_never_enough(
    seconds: float, least: float, state: State
) -> None:
    session, _ = life("short", session=Session(rules=ObservationSettings(minimum_coverage=least)))
    session, _ = advance(session, Observed(session.number, observation_of(seconds)), NOW)

    assert session.state is state


def test_no_playable_song_is_a_fault_of_the_songs() -> None:
    session, _ = life("short", "observed", "nothing to recommend")

    assert session.fault is not None
    assert session.fault.cause is Cause.NO_SONGS


@pytest.mark.parametrize("state", State)
def test_a_fault_keeps_its_cause_and_mend_until_the_retry(state: State) -> None:
    session, _ = life("failed", session=SESSIONS[state])
    assert session.fault == CAMERA_FAULT

    for event in ("hold", "tick", "observed", "song ended"):
        session, _ = life(event, session=session)
        assert session.fault == CAMERA_FAULT

    session, _ = life("short", session=session)
    assert (session.state, session.fault) == (State.OBSERVING, None)


@pytest.mark.parametrize(
    ("state", "limit", "cause"), [(State.OBSERVING, 23.0, Cause.CAMERA), (State.RECOMMENDING, 5.0, Cause.SOFTWARE)]
)
def test_a_step_that_does_not_end_becomes_a_fault(state: State, limit: float, cause: Cause) -> None:
    session = SESSIONS[state]
    assert advance(session, Tick(), NOW + limit) == (session, ())

    session, commands = advance(session, Tick(), NOW + limit + 0.1)
    assert session.fault is not None
    assert session.fault.cause is cause
    assert session.fault.what == f"{state.value} did not end within {limit:.0f} s"
    assert PlayChime(Chime.ERROR) in commands


def test_a_longer_observation_may_take_longer() -> None:
    session, _ = life("short", session=Session(rules=ObservationSettings(seconds=60.0)))

    assert advance(session, Tick(), NOW + 68.0)[0].state is State.OBSERVING
    assert advance(session, Tick(), NOW + 68.1)[0].state is State.FAULT


@pytest.mark.parametrize("state", [State.IDLE, State.PLAYING, State.FAULT])
def test_time_alone_changes_nothing_where_the_person_decides(state: State) -> None:
    assert advance(SESSIONS[state], Tick(), NOW + 10**6) == (SESSIONS[state], ())


def test_faces_that_are_not_upright_end_without_a_song_and_with_the_mend() -> None:
    observing, _ = advance(Session(), Pressed(Gesture.SHORT), NOW)
    turned = replace(UNSEEN, wrong_mounting=WrongMounting(180))
    after, commands = advance(observing, Observed(observing.number, turned), NOW + 15)
    assert after.state is State.IDLE
    assert after.notice.startswith("the camera hangs upside down")
    assert "sudo mien config set camera.rotation 180" in after.notice
    assert commands == (PlayChime(Chime.NO_FACE), Remember(turned, None))
