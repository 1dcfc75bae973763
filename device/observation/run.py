"""One observation carried out: camera → face → crop → reading → observer; and the thread in which it runs."""

import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from queue import SimpleQueue
from typing import Any

from device.errors import CameraError, CameraStalledError, MienError
from device.observation.corrected import AnyObserver
from device.observation.lighting import LightMeter
from device.observation.observation import Observation
from device.observation.perception import FaceFinder, FaceReader, FrameResult

_log = logging.getLogger(__name__)

Work = Callable[[], None]


class ObservationCancelled(Exception):  # noqa: N818 - a wish, not an error
    """The person does not want to be watched any longer."""


@dataclass(slots=True)
class ObservationRun:
    """One observation under way, and what can be said of it so far."""

    face_reader: FaceReader | FaceFinder
    observer: AnyObserver
    clock: Callable[[], float]
    started_at: float
    streaming_at: float | None = None
    first_frame_at: float | None = None
    first_credited_at: float | None = None
    """When the first frame came that earned an emotion time."""
    latest: FrameResult | None = None
    meter: LightMeter = field(default_factory=LightMeter)
    """The light, also when the observation is over."""
    on_result: Callable[[FrameResult], None] = lambda _: None
    """Called with what every frame gave, in the thread that observes."""
    _latest_at: float = 0.0
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _camera_closed: threading.Event = field(default_factory=threading.Event)

    def run(self, *, on_end: Callable[[Observation], None], on_failure: Callable[[Exception], None]) -> None:
        """Carry it out, and call one of the callbacks, or neither if it was cancelled; nothing is raised."""
        try:
            on_end(self._observe())
        except ObservationCancelled:
            _log.info("the camera's watching was cancelled")
        except MienError as error:
            on_failure(error)
        except Exception as error:  # noqa: BLE001 - a broken observation is a fault, not the daemon's end
            _log.exception("the observation broke")
            on_failure(error)

    @property
    def holds_camera(self) -> bool:
        """Whether the camera is open, or will be: from the making of this until the camera is closed for good."""
        return not self._camera_closed.is_set()

    def cancel(self) -> None:
        """Ask it to end; the camera closes with the next frame."""
        self._cancelled.set()

    def wait(self, *, at_most_seconds: float | None = None) -> None:
        """Wait until the camera is closed for good."""
        self._camera_closed.wait(at_most_seconds)

    def so_far(self) -> dict[str, Any]:
        """What it has seen until now; ``probabilities`` are the latest frame's, None where it shows no face."""
        observer, latest = self.observer, self.latest
        read = None if latest is None else latest.reading.probabilities
        probabilities = None if read is None else observer.as_credited(read).tolist()
        return {
            "elapsed_seconds": round(observer.elapsed_seconds, 2),
            "duration_seconds": observer.duration_seconds,
            "frames_per_second": round(observer.frames_per_second_so_far, 1),
            "face": latest is not None and latest.place is not None,
            "place": asdict(latest.place) if latest and latest.place else None,
            "probabilities": probabilities
            and {label: round(value, 4) for label, value in zip(observer.labels, probabilities, strict=True)},
            "seconds": {label: round(seconds, 2) for label, seconds in observer.seconds_so_far.items()},
            "resting": observer.resting.name if observer.resting else None,
            "settling": latest is None or not latest.settled,
            "light": self.light(),
            "rotation_needed": latest.wrong_mounting.rotation if latest and latest.wrong_mounting else None,
            "hint": latest.wrong_mounting.notice if latest and latest.wrong_mounting else self.meter.hint,
        }

    def light(self) -> dict[str, Any]:
        """How well the face was lit until now: word, lux (None if not known), share of the crops that were too flat."""
        lux = self.meter.lux
        return {
            "word": self.meter.word,
            "lux": None if lux is None else round(lux, 1),
            "flat_share": round(self.meter.flat_share, 3),
        }

    def moments(self) -> dict[str, float]:
        """When the camera streamed, gave its first frame, and the first one that was credited; what happened so far."""
        moments = {
            "streaming": self.streaming_at,
            "first_frame": self.first_frame_at,
            "first_credited": self.first_credited_at,
        }
        return {name: at for name, at in moments.items() if at is not None}

    def _observe(self) -> Observation:
        try:
            return observe_once(
                self.face_reader,
                self.observer,
                cancelled=self._cancelled.is_set,
                on_streaming=self._note_streaming,
                on_result=self._note,
            )
        finally:
            self._camera_closed.set()

    def _note_streaming(self) -> None:
        if self.streaming_at is None:  # starting the camera again counts as the same stream
            self.streaming_at = self.clock()

    def _note(self, result: FrameResult) -> None:
        now = self.clock()
        if self.first_frame_at is None:
            self.first_frame_at = now
        if self.first_credited_at is None and any(self.observer.seconds_so_far.values()):
            self.first_credited_at = self._latest_at  # a frame is credited when the next one comes
        if result.settled:
            self.meter.add(result.light)
        self.latest, self._latest_at = result, now
        self.on_result(result)


class ObservationThread:
    """Does one piece of work after another, in the order in which they came; its thread begins with the first."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Work | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def begin(self, work: Work) -> None:
        """Have ``work`` done as soon as what came before is; it must not raise."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep_working, name="observation", daemon=True)
            self._thread.start()
        self._waiting.put(work)

    def end(self) -> None:
        """Let the thread end after what it has to do, without waiting for it; more work would begin another."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread = None

    def _keep_working(self) -> None:
        while (work := self._waiting.get()) is not None:
            work()
            del work  # what it saw is not kept until the next one


def observe_once(
    face_reader: FaceReader | FaceFinder,
    observer: AnyObserver,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    on_streaming: Callable[[], None] = lambda: None,
    on_result: Callable[[FrameResult], None] = lambda _: None,
) -> Observation:
    """Open the camera, watch until the observer is satisfied, close the camera.

    The observation starts with the first frame whose exposure has settled. A camera that stalls is closed and opened
    again, once; the time that it lost, settling again included, is credited to nothing.

    :raises CameraError: if the camera fails or ends before the observation does.
    :raises ObservationCancelled: as soon as ``cancelled`` says so.
    """
    try:
        _watch_until_complete(face_reader, observer, cancelled, on_streaming, on_result)
    except CameraStalledError as error:
        _log.warning("%s: starting it again", error.what)
        wrong_mounting = observer.wrong_mounting
        _watch_until_complete(face_reader, observer, cancelled, on_streaming, on_result)
        observer.wrong_mounting = observer.wrong_mounting or wrong_mounting  # which may have had more time to show
    return observer.finish()


def _watch_until_complete(
    face_reader: FaceReader | FaceFinder,
    observer: AnyObserver,
    cancelled: Callable[[], bool],
    on_streaming: Callable[[], None],
    on_result: Callable[[FrameResult], None],
) -> None:
    if cancelled():
        raise ObservationCancelled
    with face_reader.camera.open() as frames:
        on_streaming()
        for result in face_reader.read(frames):
            if cancelled():
                raise ObservationCancelled
            if result.settled:
                observer.add(result.reading)
            observer.wrong_mounting = result.wrong_mounting
            on_result(result)
            if observer.complete:
                return
    what = f"the camera ended after {observer.elapsed_seconds:.1f} of {observer.duration_seconds:.0f} s"
    raise CameraError(what, mend="check the camera's cable, then press again")
