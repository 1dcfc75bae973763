"""The one loop: feeds the state machine what happens, and has carried out what it says.

One loop in one thread owns the session. Buttons, observations, the player and the control socket only post messages to
it, so nothing else needs a lock.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from queue import Empty, SimpleQueue

from device.appliance.loop.camera_use import CameraUse
from device.appliance.loop.journal import Journal
from device.appliance.loop.messages import Clear, Edge, Examine, Looked, Message
from device.appliance.loop.music import Music
from device.appliance.loop.parts import Parts
from device.appliance.loop.press_latencies import PressLatencies
from device.appliance.loop.recovery import Recovery
from device.errors import MienError
from device.panel.gestures import Gesture, GestureReader
from device.session.events import (
    Asked,
    AskedToPlay,
    ChooseNext,
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
    Remember,
    StartAiming,
    StartCalibrating,
    StartObserving,
    StopObserving,
    StopPlaying,
    Tick,
)
from device.session.faults import fault_of
from device.session.hours.rest import Due
from device.session.machine.advance import advance
from device.session.machine.lights import light_of
from device.session.machine.session import ASIDE, FREE, OF_MUSIC, WATCHING, Session
from device.session.states import Chime, State
from device.status.status import LoadedParts

_log = logging.getLogger(__name__)

_LOOP_SECONDS = 1.0
_LOOP_SECONDS_WHILE_RESTLESS = 0.02


class MainLoop:
    """Owns the session, and hands what it commands to who can do it; :meth:`run` returns after :meth:`stop`."""

    def __init__(self, parts: Parts, session: Session, loaded: LoadedParts) -> None:
        """Take the built parts; nothing moves before :meth:`run`."""
        self._parts = parts
        self.session = session
        """Where the box is; read from any thread, replaced by the loop's own alone."""
        self._loaded_parts = loaded
        self.button = GestureReader()
        """What the button's edges come to."""
        self.messages: SimpleQueue[Message | None] = SimpleQueue()
        """What is still to be acted on; None ends the loop."""
        self.light = light_of(session)
        """What the LED shows."""
        self.latencies = PressLatencies()
        self._journal = Journal(parts)
        self._music = Music(parts, self.latencies, self._session_now, self.post)
        self.camera = CameraUse(
            parts,
            self._music,
            self.latencies,
            self._session_now,
            self.post,
            lambda: self._show(self.session, parts.clock()),
        )
        self.recovery = Recovery(parts, self._music, self.camera, self._session_now, self.post, self._take)

    def run(self, *, when_ready: Callable[[], None] | None = None, keep: Callable[[], None] | None = None) -> None:
        """Serve until :meth:`stop`; on return the camera is closed and nothing plays.

        :param when_ready: called once, as soon as the box can be used.
        :param keep: called at every turn of the loop, at least once a second; what it raises ends the loop.
        """
        parts = self._parts
        parts.panel.listen(
            lambda: self.messages.put(Edge(closed=True, at=parts.clock())),
            lambda: self.messages.put(Edge(closed=False, at=parts.clock())),
        )
        parts.knob.listen(parts.surroundings.volume.turn)
        self._show(self.session, parts.clock())
        self._music.check_card()
        self._music.chime(Chime.READY)
        if parts.look_at_start and parts.surroundings.are_quiet():  # the camera's LED would be lit
            self.recovery.examine_sound()
        elif parts.look_at_start:
            self.messages.put(Examine(threading.Event()))
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
            self.camera.end()

    def stop(self) -> None:
        """Ask the loop to end; safe from a signal handler and from any thread."""
        self.messages.put(None)

    def post(self, message: Message) -> None:
        """Give the loop a message; safe from any thread."""
        self.messages.put(message)

    def _session_now(self) -> Session:
        return self.session

    def _turn(self) -> bool:
        """Wait for one message and act on it; False when it is time to end."""
        restless = not self.button.is_at_rest or (self.camera.is_open and self.session.state not in WATCHING)
        try:
            message = self.messages.get(timeout=_LOOP_SECONDS_WHILE_RESTLESS if restless else _LOOP_SECONDS)
        except Empty:
            message = Tick()
            if self.session.state is State.IDLE:
                self._parts.history.upkeep()
                self.recovery.examine_sound_again(self._parts.clock())
            elif self.session.state is State.FAULT and not self.camera.is_open:
                self.recovery.look_out(self._parts.clock())
        if message is None:
            return False
        now = self._parts.clock()
        gestures = self._dispatch(message, now)
        if self.messages.empty():  # otherwise the edge that ends this press may be among them
            gestures += self.button.passed(now)
        for gesture in gestures:
            self._take(Pressed(gesture), now)
        self._do_by_itself(now)
        self._show(self.session, now)
        return True

    def _do_by_itself(self, now: float) -> None:
        """Do what is due because the night has come, or because nobody has touched the box for long."""
        state = self.session.state
        is_idle = state is State.IDLE and self.button.is_at_rest
        match self._parts.surroundings.passed(now, plays=state in OF_MUSIC, is_idle=is_idle):
            case Due.SLEEP:
                _log.info("nobody has touched the box for long: the music fades away")
                self._take(FellAsleep(), now)
            case Due.POWER_OFF:
                _log.info("nobody has touched the box for long: it shuts down")
                self._take(Pressed(Gesture.LONG_HOLD), now)

    def _dispatch(self, message: Message, now: float) -> list[Gesture]:
        """Act on one message; return what the button's edges come to."""
        if isinstance(message, Edge | Pressed | Asked):
            self._parts.surroundings.touched(now)
        match message:
            case Edge(closed, at):
                return self.button.down(at) if closed else self.button.up(at)
            case Clear():
                self._forget(message)
            case Examine():
                self.recovery.examine(message)
            case Looked():
                self.recovery.note_look(message, now)
            case Pressed() if not self.button.is_at_rest:
                _log.info("a remote press does not count while the button is held")
            case _:
                self._take(message, now)
        return []

    def _forget(self, wish: Clear) -> None:
        """Clear the history, and what is left of the past in memory unless it is still needed."""
        self._journal.forget(wish)
        if self.session.state in FREE:
            self.session = replace(self.session, observation=None, evening=None, notice="")

    def _show(self, session: Session, now: float) -> None:
        held = self.button.held_seconds(now)
        light = light_of(session, camera_open=self.camera.is_open, held_seconds=held, now=now)
        self._parts.panel.show(light)
        self.light = light

    def _take(self, event: Event, now: float) -> None:
        """Advance the session, carry out what follows, and only then let others see the new session."""
        session, commands = advance(self.session, event, now)
        if isinstance(event, Observed) and session is not self.session:
            self._parts.self_check.note_pictures(event.observation)
        if State.OBSERVING is session.state is not self.session.state:
            self.latencies.begin(now)
        elif isinstance(event, AskedToPlay) and session is not self.session:  # its music follows no press
            self.latencies.await_no_sound()
        self._journal.tell_of_faults(event, self.session, session)
        if session.fault and session.fault is not self.session.fault:
            self.recovery.note_fault()
        endings = [command for command in commands if isinstance(command, StopObserving)]
        beginnings = [command for command in commands if not isinstance(command, StopObserving)]
        for ending in endings:
            self._try_to(ending, session.number)
        self._show(session, now)
        for beginning in beginnings:
            self._try_to(beginning, session.number)
        was, self.session = self.session, session
        if session.state in ASIDE and was.state not in ASIDE:
            self.recovery.hide(was.fault)
        elif was.state in ASIDE and session.state is State.IDLE:
            self.recovery.tell_hidden_fault(session.number)

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
                self.camera.carry_out(command)
            case KeepRestingFace(face):
                self._parts.resting_faces.keep(face)
            case Recommend() | ChooseNext():
                self._music.choose(command)
            case Play() | StopPlaying():
                self._music.make(command)
            case PlayChime(chime):
                self._music.chime(chime)
            case Remember():
                self._journal.remember(command)
            case NoteEnding(played):
                self._parts.songs.note(played)
            case PowerOff():
                self._parts.power.off()
