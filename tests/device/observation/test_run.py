"""One observation, from the camera's frames to its seconds."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from device.appliance.simulated_host import SimulatedClock
from device.camera.camera import Camera, Frame, Luma
from device.camera.simulated_camera import SimulatedCamera
from device.emotion.labels import FACE_LABELS
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier
from device.errors import CameraError, CameraStalledError
from device.faces.detector import FaceBox
from device.faces.simulated_face_detector import SimulatedFaceDetector
from device.faces.tracking import FacePolicy
from device.observation.observation import Observer
from device.observation.perception import FaceReader, FrameResult
from device.observation.run import ObservationCancelled, ObservationRun, observe_once
from device.settings.sections import FaceSettings


class StallingCamera:
    """Gives ten frames a second of one lasting clock, and stalls at some of its frames."""

    def __init__(self, *stalls_at: int) -> None:
        self._stalls = set(stalls_at)
        self._frame = 0
        self.opened = 0
        self.closed = 0

    @contextmanager
    def open(self) -> Generator[Iterator[Frame]]:
        self.opened += 1
        try:
            yield self._frames()
        finally:
            self.closed += 1

    def _frames(self) -> Iterator[Frame]:
        while True:
            self._frame += 1
            if self._frame in self._stalls:
                self._frame += 20  # two seconds are lost
                msg = "the camera stalled"
                raise CameraStalledError(msg, mend="unplug it")
            yield Frame(np.full((48, 64), 90, dtype=np.uint8), self._frame / 10)


@pytest.fixture
def reader_of() -> Callable[[Camera], FaceReader]:
    return lambda camera: FaceReader(camera, SimulatedFaceDetector(), SimulatedEmotionClassifier(lambda: "happiness"))


def test_a_steady_camera_gives_all_the_seconds(reader_of: Callable[[Camera], FaceReader]) -> None:
    camera = SimulatedCamera(wait=SimulatedClock().advance)
    observation = observe_once(reader_of(camera), Observer(FACE_LABELS))
    assert observation.by_label["happiness"] == pytest.approx(15)
    assert observation.frames_per_second == pytest.approx(10)
    assert not camera.is_open


def test_a_camera_that_stalls_is_started_again_and_the_lost_time_earns_nothing(
    reader_of: Callable[[Camera], FaceReader],
) -> None:
    camera = StallingCamera(50)
    observation = observe_once(reader_of(camera), Observer(FACE_LABELS))
    assert (camera.opened, camera.closed) == (2, 2)
    lost = 2.2 - 0.5  # between the frames beside the stall, less the longest hold
    assert observation.credited_seconds == pytest.approx(15 - lost, abs=0.11)


def test_a_camera_that_stalls_again_is_an_error(reader_of: Callable[[Camera], FaceReader]) -> None:
    camera = StallingCamera(50, 90)
    with pytest.raises(CameraStalledError):
        observe_once(reader_of(camera), Observer(FACE_LABELS))
    assert (camera.opened, camera.closed) == (2, 2)


def test_a_camera_that_vanishes_is_not_tried_again(reader_of: Callable[[Camera], FaceReader]) -> None:
    camera = SimulatedCamera(wait=SimulatedClock().advance)
    camera.vanish()
    with pytest.raises(CameraError, match="vanished"):
        observe_once(reader_of(camera), Observer(FACE_LABELS))
    assert not camera.is_open


def test_a_cancelled_observation_closes_the_camera(reader_of: Callable[[Camera], FaceReader]) -> None:
    camera = StallingCamera()
    with pytest.raises(ObservationCancelled):
        observe_once(reader_of(camera), Observer(FACE_LABELS), cancelled=lambda: camera.opened > 0)
    assert camera.closed == 1


def test_frames_without_a_face_earn_nothing() -> None:
    camera = SimulatedCamera(wait=SimulatedClock().advance)
    blind = FaceReader(camera, SimulatedFaceDetector(lambda _: []), SimulatedEmotionClassifier())
    observation = observe_once(blind, Observer(FACE_LABELS))
    assert observation.coverage == 0
    assert observation.frames_with_face == 0
    assert observation.frames == 150


def test_nothing_is_credited_while_the_exposure_settles_and_the_fifteen_seconds_follow() -> None:
    clock = SimulatedClock()
    camera = SimulatedCamera(settling_seconds=0.95, wait=clock.advance)
    results: list[FrameResult] = []
    observation = observe_once(
        FaceReader(camera, SimulatedFaceDetector(), SimulatedEmotionClassifier()),
        Observer(FACE_LABELS),
        on_result=results.append,
    )
    assert [result.settled for result in results[:12]] == [False] * 10 + [True] * 2
    assert observation.credited_seconds == pytest.approx(15)
    assert clock() == pytest.approx(16)


def test_a_watch_says_how_well_the_face_was_lit() -> None:
    def watched(lux: float) -> ObservationRun:
        clock = SimulatedClock()
        face_reader = FaceReader(
            SimulatedCamera(lux=lux, wait=clock.advance), SimulatedFaceDetector(), SimulatedEmotionClassifier()
        )
        watch = ObservationRun(face_reader, Observer(FACE_LABELS), clock, clock())
        assert watch.so_far()["light"] == {"word": "unknown", "lux": None, "flat_share": 0.0}
        watch.run(on_end=lambda _: None, on_failure=pytest.fail)
        return watch

    dark, lit = watched(4.0).so_far(), watched(200.0).so_far()
    assert dark["light"] == {"word": "dark", "lux": 4.0, "flat_share": 1.0}  # plain grey is flat
    assert "the room is dark" in dark["hint"]
    assert "4 lux" in dark["hint"]
    assert (lit["light"]["word"], lit["hint"], lit["settling"]) == ("good", "", False)


class Undecided:
    """Reads happiness from every crop that begins with a bright pixel, and sadness from the others."""

    labels = FACE_LABELS

    def __init__(self, crop_size: int = 48) -> None:
        self.crop_size = crop_size
        self.shapes: set[tuple[int, ...]] = set()

    def classify(self, crop: Luma) -> NDArray[np.float32]:
        self.shapes.add(crop.shape)
        label = "happiness" if crop[0, 0] > 100 else "sadness"
        return np.array([name == label for name in FACE_LABELS], dtype=np.float32)


@pytest.mark.parametrize(("policy", "happiness", "sadness"), [("largest", 1.0, 0.0), ("mean", 0.5, 0.5)])
def test_several_faces_are_read_as_the_policy_says(policy: FacePolicy, happiness: float, sadness: float) -> None:
    picture = np.zeros((48, 64), dtype=np.uint8)
    picture[:30, :30] = np.linspace(255, 0, 30)  # the larger face, with a contrast of its own
    faces = [FaceBox(0, 0, 30, 30), FaceBox(40, 20, 20, 20)]
    face_reader = FaceReader(
        SimulatedCamera(), SimulatedFaceDetector(lambda _: faces), Undecided(), FaceSettings(policy=policy)
    )
    [result] = face_reader.read([Frame(picture, 0.0, settled=True)])
    read = dict(zip(FACE_LABELS, result.reading.probabilities, strict=True))
    assert (read["happiness"], read["sadness"]) == (happiness, sadness)


@pytest.mark.parametrize("size", [48, 64])
def test_a_face_is_cut_to_the_size_that_the_model_reads(size: int) -> None:
    classifier = Undecided(size)
    detector = SimulatedFaceDetector(lambda _: [FaceBox(3, 3, 90, 90)])
    [*_] = FaceReader(SimulatedCamera(), detector, classifier).read([Frame(np.eye(96, dtype=np.uint8), 0.0)])
    assert classifier.shapes == {(size, size)}


def test_a_face_that_is_lost_for_a_moment_earns_nothing_in_between() -> None:
    shown = iter([True] * 20 + [False] * 3 + [True] * 200)
    state = {"shown": True}

    def picture(_: float) -> Luma:
        state["shown"] = next(shown)
        return np.full((48, 64), 90, dtype=np.uint8)

    camera = SimulatedCamera(picture, wait=SimulatedClock().advance)
    face = FaceBox(10, 10, 20, 20)
    detector = SimulatedFaceDetector(lambda _: [face] if state["shown"] else [])
    observation = observe_once(FaceReader(camera, detector, SimulatedEmotionClassifier()), Observer(FACE_LABELS))
    assert observation.credited_seconds == pytest.approx(15 - 0.3, abs=0.01)
