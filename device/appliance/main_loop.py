"""The running box: feeds the state machine what happens, and carries out what it says.

One loop in one thread owns the session. Buttons, observations, the player and the control socket only post messages to
it, so nothing else needs a lock.
"""

import logging
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from device.appliance.host import Clock, Power, Supervisor
from device.appliance.memory_lock import MemoryLock
from device.appliance.self_check import SelfCheck
from device.errors import ControlError, MienError, PlayerError
from device.observation.aiming import Rhythm, closeness
from device.observation.corrected import observer_for
from device.observation.lighting import LightMeter
from device.observation.look import CameraLook
from device.observation.observation import Observation, Observer
from device.observation.perception import FaceFinder, FaceReader, FrameResult
from device.observation.resting.calibration import Calibration, Sighting
from device.observation.resting.choice import Household
from device.observation.run import ObservationRun, ObservationThread
from device.panel.gestures import Gesture, GestureReader
from device.panel.knob import Knob
from device.panel.panel import Panel
from device.player.levels import Loudness, Measured
from device.player.listening import play_for_a_listener
from device.player.player import PlaybackEnd, Player
from device.recommendation.recommendation import RankedSong, Recommender
from device.session.asked_music import AskedMusic
from device.session.events import (
    AimEnded,
    Asked,
    AskedToAim,
    AskedToCalibrate,
    AskedToEndAim,
    AskedToEndCalibration,
    AskedToPlay,
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
from device.session.faults import fault_of, no_songs_fault, playback_fault
from device.session.history import History, HistoryEntry
from device.session.hours.rest import Due
from device.session.lookout import Lookout
from device.session.machine.advance import advance
from device.session.machine.lights import light_of
from device.session.machine.session import WATCHING, Session
from device.session.machine.songs import OF_A_SONG
from device.session.resting_faces import RestingFaces
from device.session.song_choice import SongChoice
from device.session.states import Cause, Chime, Fault, State
from device.session.surroundings import Surroundings
from device.session.volume.volume import refuse_silence
from device.session.volume.volume_control import VolumeControl
from device.settings.sections import ObservationSettings
from device.status.control_socket import Status
from device.status.status import Latencies, LiveState, LoadedParts, describe_observation, status_of
from device.status.text import observation_line

_log = logging.getLogger(__name__)

_LOOP_SECONDS = 1.0
_LOOP_SECONDS_WHILE_RESTLESS = 0.02
_CAMERA_CLOSING_SECONDS = 1.0
_MOST_WAITING = 50
_WRITING_SECONDS = 8.0  # less than whoever asks will wait
_EXAMINING_SECONDS = 8.0
_SOUND_AGAIN_SECONDS = 60.0

_FREE = {State.IDLE, State.FAULT}
_OF_MUSIC = {State.PLAYING, State.RECOMMENDING}
"""The states in which a song plays, or may be about to follow another."""

_ASIDE = {State.AIMING, State.CALIBRATING}
"""States that hide a fault from before, and lead back to where it is told."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """The button's contact closed or opened, ``at`` a time that no waiting in line can falsify."""

    closed: bool
    at: float


@dataclass(frozen=True, slots=True)
class _Clear:
    """Somebody wants the past forgotten, and waits to hear how many entries that were, or why it cannot be."""

    answers: SimpleQueue[int | MienError]


@dataclass(frozen=True, slots=True)
class _Examine:
    """Somebody wants the parts looked at closely, and waits until that is done, or cannot be now."""

    done: threading.Event


@dataclass(frozen=True, slots=True)
class _Looked:
    """A look through the camera is over; ``begun_in`` is the number that the session had when it began."""

    look: CameraLook
    begun_in: int
    done: threading.Event


Message = Event | _Edge | _Clear | _Examine | _Looked


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that an appliance is built of."""

    face_reader: FaceReader
    observation: ObservationSettings
    recommender: Recommender
    songs: SongChoice
    player: Player
    panel: Panel
    knob: Knob
    power: Power
    clock: Clock
    supervisor: Supervisor
    history: History
    resting_faces: RestingFaces
    log_observations: bool
    """Whether what was seen and played is logged."""
    memory: MemoryLock
    board_health: Callable[[], Mapping[str, Any]]
    music_folder: Path
    chime_folder: Path | None
    """Where the chimes are; None for a silent box."""
    look_for_songs: Callable[[], None]
    """Notice, aside, songs that were missing and are there by now."""
    count_songs: Callable[[], None]
    """Notice, aside, songs that went as well; costs nothing where that was done of late."""
    self_check: SelfCheck
    camera_signs: Callable[[], Hashable]
    """Say what changes when the camera comes or goes."""
    look_at_start: bool
    """Whether the camera is tried once at the start."""
    surroundings: Surroundings
    """How loud it is, whether it is quiet, and whether anybody is there."""
    settings_state: Callable[[], Mapping[str, Any]]
    """Say which settings file was read, and whether it says something else by now."""


class Appliance:
    """The main loop; :meth:`run` returns after :meth:`stop`."""

    def __init__(self, parts: Parts, session: Session, loaded: LoadedParts) -> None:
        """Take the built parts; nothing moves before :meth:`run`."""
        self._parts = parts
        self._session = session
        self._loaded_parts = loaded
        self._latencies = Latencies()
        self._pressed_at = 0.0
        self._awaits_first_sound = False
        self._run: ObservationRun | None = None
        self._look: CameraLook | None = None
        self._remembered: Observation | None = None
        self._thread = ObservationThread()
        self._lookout = Lookout()
        self._card_was_away = False
        self._hidden_fault: Fault | None = None
        self._sound_examined_at = 0.0
        self._button = GestureReader()
        self._light = light_of(session)
        self._messages: SimpleQueue[Message | None] = SimpleQueue()
        self.music = AskedMusic(parts.songs, lambda: self._session, self.post)
        """Music that is asked for by hand."""

    def run(self, *, when_ready: Callable[[], None] | None = None, keep: Callable[[], None] | None = None) -> None:
        """Serve until :meth:`stop`; on return the camera is closed and nothing plays.

        :param when_ready: called once, as soon as the box can be used.
        :param keep: called at every turn of the loop, at least once a second; what it raises ends the loop.
        """
        parts = self._parts
        parts.panel.listen(
            lambda: self._messages.put(_Edge(closed=True, at=parts.clock())),
            lambda: self._messages.put(_Edge(closed=False, at=parts.clock())),
        )
        parts.knob.listen(self.volume.turn)
        self._show(self._session, parts.clock())
        self._check_sound()
        self._sound(Chime.READY)
        if parts.look_at_start:
            self._messages.put(_Examine(threading.Event()))
        if when_ready:
            when_ready()  # what it writes down, the unit's next step reads
        parts.supervisor.ready(
            f"{self._loaded_parts.songs_loaded} songs, release {self._loaded_parts.manifest.release_id}"
        )
        try:
            while self._turn():
                if keep:
                    keep()
                parts.supervisor.alive()
        finally:
            parts.supervisor.stopping()
            self._stop_observing()
            self._thread.end()

    def stop(self) -> None:
        """Ask the loop to end; safe from a signal handler and from any thread."""
        self._messages.put(None)

    def post(self, event: Event) -> None:
        """Give the loop an event; safe from any thread."""
        self._messages.put(event)

    def press(self, *gestures: Gesture) -> bool:
        """Press for a hand that is not there; False, and nothing happens, while a finger is on the button itself.

        Safe from any thread.

        :param gestures: what one press comes to, in order.
        :raises ValueError: if more presses wait than anybody means.
        """
        if self._messages.qsize() >= _MOST_WAITING:  # the button itself is not to stand in line behind a flood
            msg = "too many presses wait already, and this one does not count; try again in a moment"
            raise ValueError(msg)
        if not self._button.is_at_rest:
            return False
        for gesture in gestures:
            self.post(Pressed(gesture))
        return True

    def aim(self, seconds: float) -> bool:
        """Have the camera opened for somebody who aims it; False, and nothing happens, while the box is at work.

        Safe from any thread.

        :param seconds: for how long; 0 has it closed again.
        """
        if not seconds:
            self.post(AskedToEndAim())
            return False
        if self._session.state not in _FREE:
            return False
        self.post(AskedToAim(seconds))
        return True

    def calibrate(self, name: str, seconds: float) -> bool:
        """Have somebody's face at rest read; False, and nothing happens, while the box is at work.

        Safe from any thread.

        :param seconds: for how long; 0 has the camera closed again.
        :raises MienError: if there is no room for one more, or what is kept cannot be read.
        """
        if not seconds:
            self.post(AskedToEndCalibration())
            return False
        if refusal := self._parts.resting_faces.refusal(name):
            raise refusal
        if self._session.state not in _FREE:
            return False
        self.post(AskedToCalibrate(name, seconds))
        return True

    def forget_resting_faces(self, name: str | None) -> int:
        """Have a resting face forgotten, or with None all of them; return how many went.

        Safe from any thread but the card writer's.

        :raises MienError: if that cannot be written.
        """
        answers: SimpleQueue[int | MienError] = SimpleQueue()
        self._parts.resting_faces.forget(name, answers.put)
        return _heard(answers, "the resting faces are not removed from the card yet", look="mien status")

    def forget_tastes(self) -> int:
        """Have everything forgotten that was learnt from skips; return of how many songs that was.

        Safe from any thread but the card writer's.

        :raises MienError: if that cannot be written.
        """
        answers: SimpleQueue[int | MienError] = SimpleQueue()
        self._parts.songs.tastes.forget(answers.put)
        return _heard(answers, "what was learnt is not removed from the card yet", look="mien status")

    def clear_history(self) -> int:
        """Have everything of the past forgotten; return how many entries the history had.

        Safe from any thread but the loop's own.

        :raises MienError: if the history cannot be cleared.
        """
        wish = _Clear(SimpleQueue())
        self._messages.put(wish)
        return _heard(wish.answers, "the history is not cleared yet", look="mien history")

    def unwritten(self) -> list[HistoryEntry]:
        """Return what the history remembers and its file may not hold yet, newest first; safe from any thread."""
        return self._parts.history.unwritten()

    def examine(self) -> Status:
        """Have the parts looked at closely, camera and sound card as far as they are free; then describe the moment.

        Safe from any thread but the loop's own.
        """
        wish = _Examine(threading.Event())
        self._messages.put(wish)
        wish.done.wait(_EXAMINING_SECONDS)
        return self.status()

    @property
    def volume(self) -> VolumeControl:
        """The volume, safe from any thread."""
        return self._parts.surroundings.volume

    def listen(self) -> str:
        """Play a chime for somebody who listens for it; return where it went.

        Safe from any thread but the loop's own.

        :raises MienError: if nothing can have been heard, or the box is at work.
        """
        if self._session.state not in _FREE:
            what = f"no chime was played: the box is {self._session.state.value}"
            raise ControlError(what, mend="ask again when it is idle; mien press --hold 1 ends what it does")
        refuse_silence(self.volume.percent)
        return play_for_a_listener(self._parts.player)

    def status(self) -> Status:
        """Describe the present moment; safe from any thread."""
        session, parts = self._session, self._parts
        parts.count_songs()
        run = self._run
        live = LiveState(
            light=self._light,
            player=parts.player,
            board=parts.board_health(),
            history=parts.history.health(),
            resting=parts.resting_faces.document(),
            tastes=parts.songs.tastes.document(),
            taste_of=parts.songs.tastes.of_song,
            findings=parts.self_check.findings(),
            memory=parts.memory.state(),
            settings=parts.settings_state(),
            watching=run.so_far() if run and session.state in WATCHING else None,
            hint=run.meter.hint if run else "",
            surroundings=parts.surroundings.document(parts.clock(), plays=session.state in _OF_MUSIC),
        )
        return status_of(session, self._loaded_parts, self._latencies, live, now=parts.clock())

    def _turn(self) -> bool:
        """Wait for one message and act on it; False when it is time to end."""
        restless = not self._button.is_at_rest or (self._camera_open and self._session.state not in WATCHING)
        try:
            message = self._messages.get(timeout=_LOOP_SECONDS_WHILE_RESTLESS if restless else _LOOP_SECONDS)
        except Empty:
            message = Tick()
            if self._session.state is State.IDLE:
                self._parts.history.upkeep()
                self._examine_sound_again(self._parts.clock())
            elif self._session.state is State.FAULT and not self._camera_open:
                self._look_out(self._parts.clock())
        if message is None:
            return False
        now = self._parts.clock()
        gestures = self._dispatch(message, now)
        if self._messages.empty():  # otherwise the edge that ends this press may be among them
            gestures += self._button.passed(now)
        for gesture in gestures:
            self._take(Pressed(gesture), now)
        self._do_by_itself(now)
        self._show(self._session, now)
        return True

    def _do_by_itself(self, now: float) -> None:
        """Do what is due because the night has come, or because nobody has touched the box for long."""
        state = self._session.state
        is_idle = state is State.IDLE and self._button.is_at_rest
        match self._parts.surroundings.passed(now, plays=state in _OF_MUSIC, is_idle=is_idle):
            case Due.SLEEP:
                _log.info("nobody has touched the box for long: the music fades away")
                self._take(FellAsleep(), now)
            case Due.POWER_OFF:
                _log.info("nobody has touched the box for long: it shuts down")
                self._take(Pressed(Gesture.LONG_HOLD), now)

    def _dispatch(self, message: Message, now: float) -> list[Gesture]:
        """Act on one message; return what the button's edges come to."""
        if isinstance(message, _Edge | Pressed | Asked):
            self._parts.surroundings.touched(now)
        match message:
            case _Edge(closed, at):
                return self._button.down(at) if closed else self._button.up(at)
            case _Clear():
                self._forget(message)
            case _Examine():
                self._examine(message)
            case _Looked():
                self._note_look(message, now)
            case Pressed() if not self._button.is_at_rest:
                _log.info("a remote press does not count while the button is held")
            case _:
                self._take(message, now)
        return []

    @property
    def _camera_open(self) -> bool:
        return any(use.holds_camera for use in (self._run, self._look) if use is not None)

    def _show(self, session: Session, now: float) -> None:
        held = self._button.held_seconds(now)
        light = light_of(session, camera_open=self._camera_open, held_seconds=held, now=now)
        self._parts.panel.show(light)
        self._light = light

    def _take(self, event: Event, now: float) -> None:
        """Advance the session, carry out what follows, and only then let others see the new session."""
        session, commands = advance(self._session, event, now)
        if isinstance(event, Observed) and session is not self._session:
            self._parts.self_check.note_pictures(event.observation)
        if State.OBSERVING is session.state is not self._session.state:
            self._pressed_at, self._latencies, self._awaits_first_sound = now, Latencies(), True
        elif isinstance(event, AskedToPlay) and session is not self._session:  # its music follows no press
            self._awaits_first_sound = False
        self._tell_of_faults(event, session)
        endings = [command for command in commands if isinstance(command, StopObserving)]
        beginnings = [command for command in commands if not isinstance(command, StopObserving)]
        for ending in endings:
            self._try_to(ending, session.number)
        self._show(session, now)
        for beginning in beginnings:
            self._try_to(beginning, session.number)
        was, self._session = self._session, session
        if session.state in _ASIDE and was.state not in _ASIDE:
            self._hidden_fault = was.fault
        elif was.state in _ASIDE and session.state is State.IDLE:
            self._tell_hidden_fault(session.number)

    def _tell_of_faults(self, event: Event, session: Session) -> None:
        """Log what went wrong or works again, by an event that leads to a new session."""
        if session.fault and session.fault is not self._session.fault:
            self._log_fault(session.fault)
            self._card_was_away = not self._card_is_there()
            if self._card_was_away:
                self._examine_sound()  # what was found at a card that is gone is told no longer
        elif isinstance(event, Failed) and session.fault is None and session is not self._session:
            self._log_passed_over(event.fault)
        elif isinstance(event, Mended) and self._session.fault and not session.fault:
            _log.info("%s: works again", self._session.fault.cause.value)

    def _try_to(self, command: Command, number: int) -> None:
        try:
            self._carry_out(command)
        except Exception as error:  # noqa: BLE001 - whatever breaks must become visible as a fault
            if not isinstance(error, MienError):
                _log.exception("%s broke", type(command).__name__)
            self.post(Failed(number, fault_of(error)))

    def _carry_out(self, command: Command) -> None:
        match command:
            case StartObserving() | StartAiming() | StartCalibrating() | StopObserving():
                self._use_camera(command)
            case KeepRestingFace(face):
                self._parts.resting_faces.keep(face)
            case Recommend() | ChooseNext():
                self._choose(command)
            case Play() | StopPlaying():
                self._make_music(command)
            case PlayChime(chime):
                self._sound(chime)
            case Remember():
                self._remember(command)
            case NoteEnding(played):
                self._parts.songs.note(played)
            case PowerOff():
                self._parts.power.off()

    def _choose(self, command: Recommend | ChooseNext) -> None:
        parts = self._parts
        match command:
            case Recommend(number, wanted):
                if isinstance(wanted, AskedToPlay):  # before an observation it was done
                    self._look_for_music()
                self.post(Recommended(number, *parts.songs.begin(wanted)))
            case ChooseNext(number, programme, seconds_in):
                self.post(Chosen(number, parts.songs.next(programme, seconds_in)))

    def _look_for_music(self) -> None:
        """See to it that a song would be heard, and have it noticed which songs are there.

        :raises PlayerError: if none would.
        """
        self._parts.player.check()
        self._parts.count_songs()
        self._parts.look_for_songs()

    def _make_music(self, command: Play | StopPlaying) -> None:
        match command:
            case Play(number, choice):
                self._play(number, choice)
            case StopPlaying(fade_seconds):
                self._parts.player.stop(fade_seconds=fade_seconds)

    def _use_camera(self, command: StartObserving | StartAiming | StartCalibrating | StopObserving) -> None:
        match command:
            case StartObserving(number):
                self._start_observing(number)
            case StartAiming(number, seconds):
                self._start_aiming(number, seconds)
            case StartCalibrating(number, name, seconds):
                self._start_calibrating(number, name, seconds)
            case StopObserving():
                self._stop_observing()

    def _start_observing(self, number: int) -> None:
        parts = self._parts
        self._look_for_music()  # no use in watching a face if nothing would be heard
        if not parts.recommender.playable.any():
            self.post(Failed(number, no_songs_fault()))  # nobody is watched for nothing
            return
        labels, places = parts.face_reader.classifier.labels, parts.recommender.places
        observer = observer_for(
            lambda: Observer(labels, parts.observation, places), Household(parts.resting_faces.in_force)
        )
        run = ObservationRun(parts.face_reader, observer, parts.clock, parts.clock())

        def on_end(observation: Observation) -> None:
            moments = {**run.moments(), "observed": parts.clock()}
            self._note_latency(**{f"press_to_{name}": at - self._pressed_at for name, at in moments.items()})
            self.post(Observed(number, observation))

        self._begin(run, number, on_end)

    def _start_aiming(self, number: int, seconds: float) -> None:
        """Open the camera and look where a face is; nothing is read, credited or remembered."""
        parts, reader = self._parts, self._parts.face_reader
        observer = Observer(reader.classifier.labels, replace(parts.observation, seconds=seconds))
        finder = FaceFinder(reader.camera, reader.detector, reader.settings, reader.mounting_check)
        run = ObservationRun(finder, observer, parts.clock, parts.clock())
        rhythm = Rhythm()

        def guide(result: FrameResult) -> None:
            nonlocal rhythm
            run.meter = LightMeter()  # the light of now: somebody may have turned it on
            run.meter.add(result.light)
            if result.settled and self._session.number == number:
                how_good = closeness(result.place, run.meter.word, stands_upright=not result.wrong_mounting)
                rhythm, is_due = rhythm.beat(how_good, parts.clock())
                if is_due:
                    self._sound(Chime.AIMED if rhythm.was_fine else Chime.AIM)

        run.on_result = guide
        self._begin(run, number, lambda _: self.post(AimEnded(number)))

    def _begin(self, run: ObservationRun, number: int, on_end: Callable[[Observation], None]) -> None:
        """Open the camera for an observation or for somebody who aims; a failure is told by itself."""
        self._run = run
        self._parts.self_check.forget_camera()
        self._show(self._session, self._parts.clock())  # lit before the camera opens
        self._thread.begin(lambda: run.run(on_end=on_end, on_failure=lambda e: self.post(Failed(number, fault_of(e)))))

    def _start_calibrating(self, number: int, name: str, seconds: float) -> None:
        """Open the camera and read a face at rest; nothing is credited, and only its mean is kept."""
        parts, reader = self._parts, self._parts.face_reader
        if refusal := parts.resting_faces.refusal(name):
            self.post(Calibrated(number, f"{refusal.what}: {refusal.mend}"))
            return
        labels = reader.classifier.labels
        observer = Observer(labels, replace(parts.observation, seconds=seconds))
        one = replace(reader, settings=replace(reader.settings, policy="largest"))
        run, calibration = ObservationRun(one, observer, parts.clock, parts.clock()), Calibration(labels)

        def note(result: FrameResult) -> None:
            if result.settled:
                place = result.place
                middle = (place.x, place.y) if place else None
                calibration.add(Sighting(result.reading.timestamp, result.reading.probabilities, middle))

        def on_end(observation: Observation) -> None:
            means = calibration.result(seconds=seconds, light=run.meter.word)
            if observation.wrong_mounting:
                means = observation.wrong_mounting.notice
            known = means if isinstance(means, str) else parts.resting_faces.of(name, datetime.now(UTC), means)
            self.post(Calibrated(number, known))

        run.on_result = note
        self._begin(run, number, on_end)

    def _examine(self, wish: _Examine) -> None:
        """Look at the sound card now, and through the camera aside; whatever is at work is left alone."""
        session = self._session
        if session.state not in _FREE or self._camera_open:
            wish.done.set()
            return
        self._examine_sound()
        self._look_through_camera(wish.done)

    def _examine_sound(self) -> None:
        self._parts.self_check.examine_sound()
        self._sound_examined_at = self._parts.clock()

    def _examine_sound_again(self, now: float) -> None:
        """Look once more, now and then, at a card in which something was wrong: its owner may have turned it up."""
        is_due = now - self._sound_examined_at >= _SOUND_AGAIN_SECONDS
        if is_due and self._parts.self_check.sound_fails and not self._camera_open:
            self._examine_sound()

    def _tell_hidden_fault(self, number: int) -> None:
        """Tell of a fault of the sound that such a state has hidden, unless what failed was away and is back."""
        hidden = self._hidden_fault
        if hidden and hidden.cause is Cause.SOUND_CARD and not self._card_was_away:  # it was there, and took no sound
            self.post(Failed(number, hidden))
        else:
            self._check_sound()

    def _look_through_camera(self, done: threading.Event) -> None:
        """Look aside; what was found comes as a message."""
        session = self._session
        look = CameraLook(self._parts.face_reader.camera)
        self._look = look
        self._show(session, self._parts.clock())  # lit before the camera opens
        ended = _Looked(look, session.number, done)
        self._thread.begin(lambda: look.run(on_end=lambda: self._messages.put(ended)))

    def _note_look(self, message: _Looked, now: float) -> None:
        """Tell of a camera that fails before anybody presses, and take such a fault back once it works."""
        trouble = message.look.trouble
        self._parts.self_check.note_camera(message.look)
        if trouble is None:
            failed = self._session
            self._take(Mended(message.begun_in, Cause.CAMERA), now)
            if self._session is not failed:
                self._check_sound()  # which a fault of the camera hid
        elif self._session.state is State.IDLE:
            self._take(Failed(message.begun_in, fault_of(trouble)), now)
        message.done.set()

    def _look_out(self, now: float) -> None:
        """Look now and then, while a fault lasts, whether what failed has come back by itself."""
        session, parts = self._session, self._parts
        if session.fault is None:
            return
        cause = session.fault.cause
        if cause is Cause.CAMERA and parts.surroundings.are_quiet():  # it would light the LED
            return
        self._lookout, is_due = self._lookout.look(session.number, cause, self._signs(cause), now)
        if not is_due:
            return
        match cause:
            case Cause.CAMERA:
                self._look_through_camera(threading.Event())
            case Cause.NO_SONGS:
                parts.count_songs()
                if parts.recommender.playable.any():
                    self._mended(cause, now)
            case _:
                self._look_for_card(cause, now)

    def _signs(self, cause: Cause) -> Hashable:
        """Say what changes when a part comes or goes."""
        match cause:
            case Cause.CAMERA:
                return self._parts.camera_signs()
            case Cause.SOUND_CARD | Cause.SOUND_CARD_LOST:
                is_there = self._card_is_there()
                self._card_was_away = self._card_was_away or not is_there
                return is_there
            case _:
                return None

    def _look_for_card(self, cause: Cause, now: float) -> None:
        """Take a fault of the sound card back when the card is there again.

        A card that was there all the time and took no sound is not well for that: it must have been away once.
        """
        if self._card_is_there() and (self._card_was_away or cause is Cause.SOUND_CARD_LOST):
            self._examine_sound()
            self._mended(cause, now)

    def _mended(self, cause: Cause, now: float) -> None:
        """Take a fault back, unless the camera is known to fail as well."""
        if other := self._parts.self_check.camera_fault:
            self._take(Failed(self._session.number, other), now)
        else:
            self._take(Mended(self._session.number, cause), now)

    def _stop_observing(self) -> None:
        if self._look is not None:
            self._look.wait(at_most_seconds=_CAMERA_CLOSING_SECONDS)
        if self._run is not None:
            self._run.cancel()
            self._run.wait(at_most_seconds=_CAMERA_CLOSING_SECONDS)

    def _play(self, number: int, choice: RankedSong) -> None:
        parts = self._parts

        def on_start() -> None:
            parts.self_check.forget_sound()
            if self._awaits_first_sound:
                self._awaits_first_sound = False
                self._note_latency(press_to_first_sound=parts.clock() - self._pressed_at)

        def on_end(end: PlaybackEnd, why: str) -> None:
            if end is PlaybackEnd.FINISHED:
                self.post(SongEnded(number))
            else:
                self.post(Failed(number, playback_fault(choice.song.path, end, why)))

        song = choice.song
        path, seconds = parts.music_folder / song.path, song.seconds or None  # a table of old may hold 0
        measured = Measured(Loudness.of(song.loudness, song.true_peak), song.leading_silence, song.audible_until)
        parts.player.play(path, seconds=seconds, measured=measured, on_start=on_start, on_end=on_end)

    def _remember(self, command: Remember) -> None:
        observation, choice = command.observation, command.choice
        if observation is None:
            self._log_asked(command)
        elif self._parts.log_observations:
            outcome = "no song" if choice is None else f"{choice.song.name}, similarity {choice.similarity:.2f}"
            _log.info("observed %s → %s", observation_line(describe_observation(observation)), outcome)
        elif observation is not self._remembered:  # for another song of the same observation there is nothing to say
            seconds, pace = observation.duration_seconds, observation.frames_per_second
            coverage = f"coverage {observation.coverage:.0%}"
            _log.info("the observation ended: %s of %.1f s, %.1f frames per second", coverage, seconds, pace)
        self._remembered = observation
        self._parts.history.add(datetime.now(UTC), observation, choice, asked=command.asked)

    def _log_asked(self, command: Remember) -> None:
        if self._parts.log_observations and command.choice is not None:
            _log.info("asked for %s → %s", command.asked, command.choice.song.name)

    def _forget(self, wish: _Clear) -> None:
        """Clear the history, and what is left of the past in memory unless it is still needed."""
        self._parts.history.clear(wish.answers.put)
        self._remembered = None
        if self._session.state in _FREE:
            self._session = replace(self._session, observation=None, evening=None, notice="")

    def _log_fault(self, fault: Fault) -> None:
        """Log a fault; which song was chosen is nothing for the log, and ``mien status`` names it."""
        named = self._parts.log_observations or fault.cause not in OF_A_SONG
        _log.error("fault: %s: %s", fault.cause.value, fault.what if named else "mien status names it")

    def _log_passed_over(self, fault: Fault) -> None:
        what = fault.what if self._parts.log_observations else "mien status names it"
        _log.warning("a song was passed over: %s: %s", fault.cause.value, what)

    def _sound(self, chime: Chime) -> None:
        if self._parts.chime_folder is not None and not self._parts.surroundings.are_quiet():
            self._parts.player.chime(self._parts.chime_folder / f"{chime.value}.wav")

    def _check_sound(self) -> None:
        try:
            self._parts.player.check()
        except PlayerError as error:
            self.post(Failed(self._session.number, fault_of(error)))

    def _card_is_there(self) -> bool:
        try:
            self._parts.player.check()
        except PlayerError:
            return False
        return True

    def _note_latency(self, **seconds: float) -> None:
        self._latencies = replace(self._latencies, **{name: round(value, 3) for name, value in seconds.items()})


def _heard(answers: SimpleQueue[int | MienError], not_yet: str, *, look: str) -> int:
    """Wait for what the writing to the card came to.

    :param look: the command that shows whether it is done.
    :raises MienError: if it failed, or takes longer than whoever asks will wait.
    """
    try:
        answer = answers.get(timeout=_WRITING_SECONDS)
    except Empty:
        what = f"{not_yet}: the memory card, or the daemon, takes its time"
        raise ControlError(what, mend=f"it is done as soon as that goes on; look with {look}") from None
    if isinstance(answer, MienError):
        raise answer
    return answer
