"""Carrying one observation out: camera → face → crop → reading → observer, in a thread of its own."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from device.errors import CameraError, CameraStalledError, MienError
from device.faces import choose_face, crop_face
from device.interfaces import Camera, Clock, EmotionClassifier, FaceDetector, Frame
from device.observation import Credit, Observation, Observer, Reading

_log = logging.getLogger(__name__)


class ObservationCancelled(Exception):  # noqa: N818 - a wish, not an error
    """The person does not want to be watched any longer."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """Everything that seeing takes."""

    camera: Camera
    detector: FaceDetector
    classifier: EmotionClassifier

    def read(self, frames: Iterable[Frame]) -> Iterator[Reading]:
        """Turn frames into readings; no frame or crop outlives its turn."""
        for frame in frames:
            box = choose_face(self.detector.detect(frame.luma))
            probabilities = None if box is None else self.classifier.classify(crop_face(frame.luma, box))
            yield Reading(frame.timestamp, probabilities)


@dataclass(frozen=True, slots=True)
class ObservationPlan:
    """How long to watch and how to credit; see :class:`device.observation.Observer`."""

    duration_seconds: float
    maximum_hold_seconds: float
    credit: Credit

    def observer(self, labels: tuple[str, ...]) -> Observer:
        """Return an observer that has seen nothing yet."""
        return Observer(labels, self.duration_seconds, self.maximum_hold_seconds, self.credit)


def observe_once(
    eyes: Eyes,
    observer: Observer,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    on_reading: Callable[[Reading], None] = lambda _: None,
) -> Observation:
    """Open the camera, watch until the observer is satisfied, close the camera.

    A camera that stalls is closed and opened anew, once; the time that it lost is credited to nothing.

    :raises CameraError: if the camera fails or ends before the observation does.
    :raises ObservationCancelled: as soon as ``cancelled`` says so.
    """
    try:
        _watch_until_complete(eyes, observer, cancelled, on_reading)
    except CameraStalledError as error:
        _log.warning("%s: starting it anew", error.what)
        _watch_until_complete(eyes, observer, cancelled, on_reading)
    return observer.finish()


def _watch_until_complete(
    eyes: Eyes, observer: Observer, cancelled: Callable[[], bool], on_reading: Callable[[Reading], None]
) -> None:
    with eyes.camera.open() as frames:
        for reading in eyes.read(frames):
            if cancelled():
                raise ObservationCancelled
            observer.add(reading)
            on_reading(reading)
            if observer.complete:
                return
    what = f"the camera ended after {observer.elapsed_seconds:.1f} of {observer.duration_seconds:.0f} s"
    raise CameraError(what, mend="check the camera's cable, then press again")


@dataclass(slots=True)
class Watch:
    """One observation under way, and what can be said of it so far."""

    eyes: Eyes
    observer: Observer
    clock: Clock
    started_at: float
    first_frame_at: float | None = None
    latest: Reading | None = None
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(
        self,
        *,
        after: "Watch | None",
        on_end: Callable[[Observation], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        """Begin in a thread, once ``after`` has let go of the camera; one of the callbacks is called from there."""

        def work() -> None:
            if after is not None:
                after.wait()
            try:
                on_end(observe_once(self.eyes, self.observer, cancelled=self._cancelled.is_set, on_reading=self._note))
            except ObservationCancelled:
                _log.info("the observation was cancelled")
            except MienError as error:
                on_failure(error)
            except Exception as error:  # noqa: BLE001 - a broken observation is a fault, not the daemon's end
                _log.exception("the observation broke")
                on_failure(error)

        self._thread = threading.Thread(target=work, name="observation", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to end; the camera closes with the next frame."""
        self._cancelled.set()

    def wait(self, *, at_most_seconds: float | None = None) -> None:
        """Wait until the camera is closed."""
        if self._thread is not None:
            self._thread.join(at_most_seconds)

    def so_far(self) -> dict[str, Any]:
        """What it has seen until now: elapsed seconds, whether a face was in the latest frame, seconds by label."""
        latest = self.latest
        return {
            "elapsed_seconds": round(self.observer.elapsed_seconds, 2),
            "face": latest is not None and latest.probabilities is not None,
            "seconds": {label: round(seconds, 2) for label, seconds in self.observer.seconds_so_far.items()},
        }

    def _note(self, reading: Reading) -> None:
        if self.first_frame_at is None:
            self.first_frame_at = self.clock.now()
        self.latest = reading
