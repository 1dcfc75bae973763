"""What the running box opens its camera for: to observe, to aim, to calibrate, or to see whether it works."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from device.appliance.loop.messages import Looked, Message
from device.appliance.loop.music import Music
from device.appliance.loop.parts import Parts
from device.appliance.loop.press_latencies import PressLatencies
from device.observation.aiming import Rhythm, closeness
from device.observation.corrected import observer_for
from device.observation.lighting import LightMeter
from device.observation.look import CameraLook
from device.observation.observation import Observation, Observer
from device.observation.perception import FaceFinder, FrameResult
from device.observation.resting.calibration import Calibration, Sighting
from device.observation.resting.choice import Household
from device.observation.run import ObservationRun, ObservationThread
from device.session.events import (
    AimEnded,
    Calibrated,
    Failed,
    Observed,
    StartAiming,
    StartCalibrating,
    StartObserving,
    StopObserving,
)
from device.session.faults import fault_of, no_songs_fault
from device.session.machine.session import Session
from device.session.states import Chime

_CLOSING_SECONDS = 1.0


@dataclass(slots=True)
class CameraUse:
    """Opens the camera in the one thread that observes; what was seen is posted to the loop.

    :param session: tells what the box does.
    :param post: gives the main loop a message.
    :param show: shows on the LED what the box does; called before the camera opens.
    """

    parts: Parts
    music: Music
    latencies: PressLatencies
    session: Callable[[], Session]
    post: Callable[[Message], None]
    show: Callable[[], None]
    run: ObservationRun | None = None
    """The last time that somebody was watched, which may go on."""
    aside: CameraLook | None = None
    """The last look at whether the camera works, which may go on."""
    thread: ObservationThread = field(default_factory=ObservationThread)

    @property
    def is_open(self) -> bool:
        """Whether the camera is open, or about to be."""
        return any(use.holds_camera for use in (self.run, self.aside) if use is not None)

    def carry_out(self, command: StartObserving | StartAiming | StartCalibrating | StopObserving) -> None:
        """Begin what the session wants of the camera, or end it."""
        match command:
            case StartObserving(number):
                self._start_observing(number)
            case StartAiming(number, seconds):
                self._start_aiming(number, seconds)
            case StartCalibrating(number, name, seconds):
                self._start_calibrating(number, name, seconds)
            case StopObserving():
                self.stop()

    def look_aside(self, done: threading.Event) -> None:
        """Look aside; what was found comes as a message."""
        look = CameraLook(self.parts.face_reader.camera)
        self.aside = look
        self.show()  # lit before the camera opens
        ended = Looked(look, self.session().number, done)
        self.thread.begin(lambda: look.run(on_end=lambda: self.post(ended)))

    def stop(self) -> None:
        """End whatever the camera is open for, and wait a moment until it is closed."""
        if self.aside is not None:
            self.aside.wait(at_most_seconds=_CLOSING_SECONDS)
        if self.run is not None:
            self.run.cancel()
            self.run.wait(at_most_seconds=_CLOSING_SECONDS)

    def end(self) -> None:
        """Close the camera, and end the thread."""
        self.stop()
        self.thread.end()

    def _start_observing(self, number: int) -> None:
        parts = self.parts
        self.music.look_for_any()  # no use in watching a face if nothing would be heard
        if not parts.recommender.playable.any():
            self.post(Failed(number, no_songs_fault()))  # nobody is watched for nothing
            return
        labels, places = parts.face_reader.classifier.labels, parts.recommender.places
        observer = observer_for(
            lambda: Observer(labels, parts.observation, places), Household(parts.resting_faces.in_force)
        )
        run = ObservationRun(parts.face_reader, observer, parts.clock, parts.clock())

        def on_end(observation: Observation) -> None:
            self.latencies.note({**run.moments(), "observed": parts.clock()})
            self.post(Observed(number, observation))

        self._begin(run, number, on_end)

    def _start_aiming(self, number: int, seconds: float) -> None:
        """Open the camera and look where a face is; nothing is read, credited or remembered."""
        parts, reader = self.parts, self.parts.face_reader
        observer = Observer(reader.classifier.labels, replace(parts.observation, seconds=seconds))
        finder = FaceFinder(reader.camera, reader.detector, reader.settings, reader.mounting_check)
        run = ObservationRun(finder, observer, parts.clock, parts.clock())
        rhythm = Rhythm()

        def guide(result: FrameResult) -> None:
            nonlocal rhythm
            run.meter = LightMeter()  # the light of now: somebody may have turned it on
            run.meter.add(result.light)
            if result.settled and self.session().number == number:
                how_good = closeness(result.place, run.meter.word, stands_upright=not result.wrong_mounting)
                rhythm, is_due = rhythm.beat(how_good, parts.clock())
                if is_due:
                    self.music.chime(Chime.AIMED if rhythm.was_fine else Chime.AIM)

        run.on_result = guide
        self._begin(run, number, lambda _: self.post(AimEnded(number)))

    def _start_calibrating(self, number: int, name: str, seconds: float) -> None:
        """Open the camera and read a face at rest; nothing is credited, and only its mean is kept."""
        parts, reader = self.parts, self.parts.face_reader
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

    def _begin(self, run: ObservationRun, number: int, on_end: Callable[[Observation], None]) -> None:
        """Open the camera for an observation or for somebody who aims; a failure is told by itself."""
        self.run = run
        self.parts.self_check.forget_camera()
        self.show()  # lit before the camera opens
        self.thread.begin(lambda: run.run(on_end=on_end, on_failure=lambda e: self.post(Failed(number, fault_of(e)))))
