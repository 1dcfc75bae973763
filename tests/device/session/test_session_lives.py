"""Random lives of a whole box keep what a person relies on: its light, its songs, its way out, its faults' words."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from device.emotion.labels import Place
from device.observation.observation import Observation
from device.observation.resting.correction import RestingFace
from device.panel.gestures import Gesture
from device.panel.panel import Light
from device.programme.programme import Programme, Step
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
from device.session.machine.advance import advance
from device.session.machine.lights import light_of
from device.session.machine.session import WATCHING, Session
from device.session.machine.songs import OF_A_SONG
from device.session.states import Cause, Chime, Fault, State
from device.settings.sections import ObservationSettings, ProgrammeSettings


def observation_of(seconds: float) -> Observation:
    return Observation(("happiness",), (seconds,), 15.0, frames=150, frames_with_face=150, frames_per_second=10.0)


VECTOR = (0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0)
WISH = Wish(VECTOR, Place(0.8, 0.3), "9.0 s happiness")
RULES = ProgrammeSettings(minutes=5)


def step_of(number: int, seconds: float = 60.0) -> Step:
    song = Song(number, f"{number}.mp3", f"Title {number}", "Artist", "", seconds, "", 0.8, 0.3, VECTOR)
    return Step(RankedSong(song, 0.9), WISH, "happy", number)


def evening_of(songs: int) -> Evening:
    ranked = tuple(step_of(number).choice for number in range(songs))
    return Evening(Programme(WISH, RULES), Recommendation(observation_of(9.0), VECTOR, ranked))


WISHES = [
    AskedToAim(60.0),
    AskedToEndAim(),
    AskedToCalibrate("anna", 10.0),
    AskedToEndCalibration(),
    AskedToPlay(WISH, RULES),
    AskedForNext(),
    AskedToStop(),
    FellAsleep(),
]
REST = RestingFace("anna", "2026-11-29T10:00:00+00:00", "simulated", {"neutral": -0.2})


class Box(RuleBasedStateMachine):
    """A whole box around the machine: its camera, its player and its power, as the commands leave them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.session = Session()
        self.observing: int | None = None
        self.ranking: int | None = None
        self.choosing: int | None = None
        self.playing: tuple[int, RankedSong] | None = None
        self.noted = self.played = 0

    @initialize(least=st.sampled_from([0.0, 0.2, 0.9]))
    def settle(self, least: float) -> None:
        self.session = Session(rules=ObservationSettings(minimum_coverage=least))

    def meet(self, event: Event) -> tuple[Command, ...]:
        before = self.session
        self.session, commands = advance(before, event, self.now)
        for command in commands:
            self.carry_out(command, before)
        if self.session.state is not State.RECOMMENDING:
            self.ranking = None  # a ranking that nobody waits for any more is not heard
        if self.choosing != self.session.number:
            self.choosing = None
        return commands

    def carry_out(self, command: Command, before: Session) -> None:
        match command:
            case StartObserving(number) | StartAiming(number) | StartCalibrating(number):
                assert self.observing is None
                assert self.playing is None
                self.observing = number
            case StopObserving():
                self.observing = None
            case Recommend(number):
                assert self.observing is None
                self.ranking = number
            case ChooseNext(number, programme):
                assert programme.playing is None
                self.choosing = number
            case NoteEnding():
                self.noted += 1
            case Play(number, choice):
                assert self.playing is None or before.state is State.PLAYING  # the player replaces its song
                assert self.noted + 1 >= self.played, "one song at a time is not noted yet"
                self.played += 1
                self.playing = (number, choice)
            case StopPlaying():
                self.playing = None
            case PowerOff():
                assert (self.observing, self.playing) == (None, None)
            case PlayChime() | Remember() | KeepRestingFace():
                pass

    @rule(seconds=st.floats(0, 30))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.meet(Tick())

    @rule(gesture=st.sampled_from([Gesture.SHORT, Gesture.HOLD, Gesture.HELD]))
    def press(self, gesture: Gesture) -> None:
        self.meet(Pressed(gesture))

    @rule(event=st.sampled_from(WISHES))
    def somebody_wishes(self, event: Event) -> None:
        self.meet(event)

    @precondition(lambda self: self.session.state is State.CALIBRATING)
    @rule(result=st.sampled_from([REST, "too dark"]))
    def calibration_ends(self, result: RestingFace | str) -> None:
        assert self.observing is not None
        self.observing = None
        commands = self.meet(Calibrated(self.session.number, result))
        assert [command for command in commands if isinstance(command, KeepRestingFace)] == (
            [] if isinstance(result, str) else [KeepRestingFace(result)]
        )

    @precondition(lambda self: self.session.state is State.AIMING)
    @rule()
    def aiming_ends(self) -> None:
        assert self.observing is not None
        self.observing = None
        self.meet(AimEnded(self.session.number))

    @rule()
    def hold_long(self) -> None:
        commands = self.meet(Pressed(Gesture.LONG_HOLD))

        assert commands[-2:] == (PlayChime(Chime.GOODBYE), PowerOff())
        assert self.session.state is State.IDLE
        assert (self.observing, self.playing) == (None, None)

    @precondition(lambda self: self.session.state is State.OBSERVING and self.observing is not None)
    @rule(seconds=st.sampled_from([0.0, 0.1, 2.9, 3.0, 14.0, 15.0]))
    def observation_ends(self, seconds: float) -> None:
        number, self.observing = self.observing, None
        assert number is not None
        self.meet(Observed(number, observation_of(seconds)))

    @precondition(lambda self: self.ranking is not None)
    @rule(songs=st.integers(0, 5))
    def ranking_ends(self, songs: int) -> None:
        assert self.ranking is not None
        number, self.ranking = self.ranking, None
        self.meet(Recommended(number, evening_of(songs), step_of(0) if songs else None))

    @precondition(lambda self: self.choosing is not None)
    @rule(song=st.sampled_from([None, 1, 2, 7]), seconds=st.sampled_from([0.0, 60.0, 290.0]))
    def next_song_is_chosen(self, song: int | None, seconds: float) -> None:
        assert self.choosing is not None
        number, self.choosing = self.choosing, None
        self.meet(Chosen(number, None if song is None else step_of(song, seconds)))

    @precondition(lambda self: self.playing is not None)
    @rule()
    def song_ends(self) -> None:
        assert self.playing is not None
        (number, _), self.playing = self.playing, None
        if number == self.session.number:  # else it was skipped, and another is about to take its place
            self.meet(SongEnded(number))

    @precondition(lambda self: self.playing is not None and self.playing[0] == self.session.number)
    @rule()
    def song_fails(self) -> None:
        assert self.playing is not None
        (number, _), self.playing = self.playing, None
        self.meet(Failed(number, Fault(Cause.SONG_FILE, "0.mp3: broken", "copy it")))
        assert self.session.state in {State.RECOMMENDING, State.FAULT}

    @rule(cause=st.sampled_from(Cause), what=st.text(min_size=1), mend=st.text(min_size=1))
    def something_breaks(self, cause: Cause, what: str, mend: str) -> None:
        fault = Fault(cause, what, mend)
        before = self.session
        commands = self.meet(Failed(self.session.number, fault))

        if before.state is State.PLAYING and cause in OF_A_SONG and before.evening and before.evening.plays:
            assert self.session.evening
            assert self.session.evening.trouble == fault
        else:
            assert self.session.fault == fault
        assert isinstance(commands[-1], ChooseNext) or commands[-1] == PlayChime(Chime.ERROR)

    @rule(back=st.integers(1, 5), kind=st.sampled_from(["observed", "recommended", "chosen", "song ended", "failed"]))
    def a_late_answer_comes(self, back: int, kind: str) -> None:
        before, number = self.session, self.session.number - back
        late: dict[str, Event] = {
            "observed": Observed(number, observation_of(9.0)),
            "recommended": Recommended(number, evening_of(3), step_of(0)),
            "chosen": Chosen(number, step_of(1)),
            "song ended": SongEnded(number),
            "failed": Failed(number, Fault(Cause.CAMERA, "vanished", "plug it in")),
        }

        assert self.meet(late[kind]) == ()
        assert self.session is before

    @invariant()
    def the_light_is_on_exactly_while_the_camera_may_stream(self) -> None:
        assert (light_of(self.session) is Light.ON) == (self.observing is not None)

    @invariant()
    def a_song_plays_exactly_while_playing_and_it_is_the_one_in_the_status(self) -> None:
        if self.session.state is not State.PLAYING:
            assert self.playing is None
            return
        assert self.session.evening
        if self.session.evening.plays:
            assert self.playing == (self.session.number, self.session.choice)
        else:
            assert self.choosing == self.session.number, "another is about to take its place"

    @invariant()
    def every_song_is_noted_once(self) -> None:
        evening = self.session.evening
        open_ends = (self.session.skipped is not None) + (evening is not None and evening.plays)
        assert self.noted + open_ends == self.played

    @invariant()
    def somebody_works_on_the_answer_that_the_session_waits_for(self) -> None:
        waiting = {**dict.fromkeys(WATCHING, self.observing), State.RECOMMENDING: self.ranking or self.choosing}
        if self.session.state in waiting:
            assert waiting[self.session.state] == self.session.number

    @invariant()
    def a_fault_says_why_and_what_to_do(self) -> None:
        assert (self.session.fault is not None) == (self.session.state is State.FAULT)
        if self.session.fault is not None:
            assert self.session.fault.what
            assert self.session.fault.mend

    @invariant()
    def there_is_always_a_way_out(self) -> None:
        ways: dict[State, tuple[Event, State]] = {
            State.IDLE: (Pressed(Gesture.SHORT), State.OBSERVING),
            State.OBSERVING: (Tick(), State.FAULT),
            State.AIMING: (Tick(), State.FAULT),
            State.CALIBRATING: (Tick(), State.FAULT),
            State.RECOMMENDING: (Tick(), State.FAULT),
            State.PLAYING: (Pressed(Gesture.HOLD), State.IDLE),
            State.FAULT: (Pressed(Gesture.SHORT), State.OBSERVING),
        }
        event, reached = ways[self.session.state]
        assert advance(self.session, event, self.now + 1000)[0].state is reached
        if self.session.state in {*WATCHING, State.RECOMMENDING, State.PLAYING}:
            assert advance(self.session, Pressed(Gesture.HOLD), self.now)[0].state is State.IDLE


TestBox = Box.TestCase
TestBox.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
