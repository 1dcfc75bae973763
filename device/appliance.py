"""The running box: feeds the state machine what happens, and carries out what it says.

One loop in one thread owns the session. Buttons, observations, the player and the control socket only post messages to
it, so nothing else needs a lock.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from device.errors import MienError, PlayerError
from device.events import (
    Chime,
    Command,
    Event,
    Failed,
    Observed,
    Play,
    PowerOff,
    Pressed,
    Recommend,
    Recommended,
    Remember,
    SongEnded,
    Sound,
    StartObserving,
    StopObserving,
    StopPlaying,
    Tick,
)
from device.faults import fault_of, playback_fault
from device.gestures import GestureReader
from device.history import History
from device.interfaces import Clock, Panel, PlaybackEnd, Player, Power, Supervisor
from device.observation import Observation
from device.observing import Eyes, ObservationPlan, Watch
from device.recommendation import RankedSong, Recommender
from device.session import Session, State, advance, light_of
from device.status import (
    Inventory,
    Latencies,
    Status,
    describe_observation,
    observation_line,
    status_of,
)

_log = logging.getLogger(__name__)

_LOOP_SECONDS = 1.0
_LOOP_SECONDS_WHILE_DOWN = 0.02
_CAMERA_CLOSING_SECONDS = 1.0


class _Edge(Enum):
    DOWN = "down"
    UP = "up"
    END = "end"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that an appliance is built of."""

    eyes: Eyes
    plan: ObservationPlan
    recommender: Recommender
    player: Player
    panel: Panel
    power: Power
    clock: Clock
    supervisor: Supervisor
    history: History
    board_health: Callable[[], Mapping[str, Any]]
    music_folder: Path
    chime_folder: Path | None
    """Where the chimes are; None for a silent box."""
    avoid_recent: int


class Appliance:
    """The main loop; :meth:`run` returns after :meth:`stop`."""

    def __init__(self, parts: Parts, session: Session, inventory: Inventory) -> None:
        """Take the built parts; nothing moves before :meth:`run`."""
        self._parts = parts
        self._session = session
        self._inventory = inventory
        self._latencies = Latencies()
        self._pressed_at = 0.0
        self._watch: Watch | None = None
        self._button = GestureReader()
        self._messages: SimpleQueue[Event | _Edge] = SimpleQueue()

    def run(self) -> None:
        """Serve until :meth:`stop`; on return the camera is closed and nothing plays."""
        parts = self._parts
        parts.panel.listen(lambda: self._messages.put(_Edge.DOWN), lambda: self._messages.put(_Edge.UP))
        parts.panel.show(light_of(self._session))
        self._check_sound()
        self._sound(Chime.READY)
        parts.supervisor.ready(f"{self._inventory.songs_loaded} songs, release {self._inventory.manifest.release_id}")
        try:
            while self._turn():
                parts.supervisor.alive()
        finally:
            parts.supervisor.stopping()
            self._stop_watching()

    def stop(self) -> None:
        """Ask the loop to end; safe from a signal handler and from any thread."""
        self._messages.put(_Edge.END)

    def post(self, event: Event) -> None:
        """Give the loop an event; safe from any thread."""
        self._messages.put(event)

    def status(self) -> Status:
        """Describe the present moment; safe from any thread."""
        session, now = self._session, self._parts.clock.now()
        status = status_of(session, self._inventory, self._latencies, self._parts.board_health(), now=now)
        watch = self._watch
        status["watching"] = watch.so_far() if watch and session.state is State.OBSERVING else None
        return status

    def _turn(self) -> bool:
        """Wait for one message and act on it; False when it is time to end."""
        try:
            message = self._messages.get(timeout=_LOOP_SECONDS_WHILE_DOWN if self._button.is_down else _LOOP_SECONDS)
        except Empty:
            message = Tick()
        now = self._parts.clock.now()
        if message is _Edge.END:
            return False
        gestures = []
        if message is _Edge.DOWN:
            self._button.down(now)
        elif message is _Edge.UP:
            gestures = self._button.up(now)
        elif not isinstance(message, _Edge):
            self._take(message, now)
        for gesture in [*gestures, *self._button.passed(now)]:
            self._take(Pressed(gesture), now)
        return True

    def _take(self, event: Event, now: float) -> None:
        """Advance the session, carry out what follows, and only then let others see the new session."""
        session, commands = advance(self._session, event, now)
        if isinstance(event, Pressed) and session.state is State.OBSERVING:
            self._pressed_at, self._latencies = now, Latencies()
        if session.fault and session.fault is not self._session.fault:
            _log.error("fault: %s: %s", session.fault.cause.value, session.fault.what)
        endings = [command for command in commands if isinstance(command, StopObserving)]
        beginnings = [command for command in commands if not isinstance(command, StopObserving)]
        for ending in endings:
            self._try_to(ending, session.number)
        self._parts.panel.show(light_of(session))  # lit before the camera opens, and as long as it streams
        for beginning in beginnings:
            self._try_to(beginning, session.number)
        self._session = session

    def _try_to(self, command: Command, number: int) -> None:
        try:
            self._carry_out(command)
        except Exception as error:  # noqa: BLE001 - whatever breaks must become visible as a fault
            if not isinstance(error, MienError):
                _log.exception("%s broke", type(command).__name__)
            self.post(Failed(number, fault_of(error)))

    def _carry_out(self, command: Command) -> None:
        match command:
            case StartObserving(number):
                self._start_observing(number)
            case StopObserving():
                self._stop_watching()
            case Recommend(number, observation):
                recent = self._parts.history.recent_song_ids(self._parts.avoid_recent)
                self.post(Recommended(number, self._parts.recommender.recommend(observation, avoid=recent)))
            case Play(number, choice):
                self._play(number, choice)
            case StopPlaying():
                self._parts.player.stop()
            case Sound(chime):
                self._sound(chime)
            case Remember(observation, choice):
                self._remember(observation, choice)
            case PowerOff():
                self._parts.power.off()

    def _start_observing(self, number: int) -> None:
        self._parts.player.check()  # no use in watching a face if nothing would be heard
        previous, parts = self._watch, self._parts
        observer = parts.plan.observer(parts.eyes.classifier.labels)
        watch = Watch(parts.eyes, observer, parts.clock, parts.clock.now())

        def on_end(observation: Observation) -> None:
            self._note_latency(press_to_observed=parts.clock.now() - self._pressed_at)
            if watch.first_frame_at is not None:
                self._note_latency(press_to_first_frame=watch.first_frame_at - self._pressed_at)
            self.post(Observed(number, observation))

        self._watch = watch
        watch.start(after=previous, on_end=on_end, on_failure=lambda e: self.post(Failed(number, fault_of(e))))

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch.wait(at_most_seconds=_CAMERA_CLOSING_SECONDS)

    def _play(self, number: int, choice: RankedSong) -> None:
        parts = self._parts

        def on_start() -> None:
            if self._latencies.press_to_first_sound is None:
                self._note_latency(press_to_first_sound=parts.clock.now() - self._pressed_at)

        def on_end(end: PlaybackEnd, why: str) -> None:
            if end is PlaybackEnd.FINISHED:
                self.post(SongEnded(number))
            else:
                self.post(Failed(number, playback_fault(choice.song.path, end, why)))

        parts.player.play(parts.music_folder / choice.song.path, on_start=on_start, on_end=on_end)

    def _remember(self, observation: Observation, choice: RankedSong | None) -> None:
        outcome = "no song" if choice is None else f"{choice.song.name}, similarity {choice.similarity:.2f}"
        _log.info("observed %s → %s", observation_line(describe_observation(observation)), outcome)
        self._parts.history.add(datetime.now(UTC), observation, choice)

    def _sound(self, chime: Chime) -> None:
        if self._parts.chime_folder is not None:
            self._parts.player.chime(self._parts.chime_folder / f"{chime.value}.wav")

    def _check_sound(self) -> None:
        try:
            self._parts.player.check()
        except PlayerError as error:
            self.post(Failed(self._session.number, fault_of(error)))

    def _note_latency(self, **seconds: float) -> None:
        self._latencies = replace(self._latencies, **{name: round(value, 3) for name, value in seconds.items()})
