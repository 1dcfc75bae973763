"""One observation, from the camera's frames to its seconds."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from device.drivers.simulated import (
    SimulatedCamera,
    SimulatedClock,
    SimulatedEmotionClassifier,
    SimulatedFaceDetector,
)
from device.emotion import FACE_LABELS
from device.errors import CameraError, CameraStalledError
from device.interfaces import Camera, Frame
from device.observation import Observer
from device.observing import Eyes, ObservationCancelled, observe_once


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
            yield Frame(np.zeros((48, 64), dtype=np.uint8), self._frame / 10)


@pytest.fixture
def eyes_of() -> Callable[[Camera], Eyes]:
    return lambda camera: Eyes(camera, SimulatedFaceDetector(), SimulatedEmotionClassifier(lambda: "happiness"))


def test_a_steady_camera_gives_all_the_seconds(eyes_of: Callable[[Camera], Eyes]) -> None:
    camera = SimulatedCamera(wait=SimulatedClock().advance)
    observation = observe_once(eyes_of(camera), Observer(FACE_LABELS))
    assert observation.by_label["happiness"] == pytest.approx(15)
    assert observation.frames_per_second == pytest.approx(10)
    assert not camera.is_open


def test_a_camera_that_stalls_is_started_anew_and_the_lost_time_earns_nothing(
    eyes_of: Callable[[Camera], Eyes],
) -> None:
    camera = StallingCamera(50)
    observation = observe_once(eyes_of(camera), Observer(FACE_LABELS))
    assert (camera.opened, camera.closed) == (2, 2)
    lost = 2.2 - 0.5  # between the frames beside the stall, less the longest hold
    assert observation.credited_seconds == pytest.approx(15 - lost, abs=0.11)


def test_a_camera_that_stalls_again_is_an_error(eyes_of: Callable[[Camera], Eyes]) -> None:
    camera = StallingCamera(50, 90)
    with pytest.raises(CameraStalledError):
        observe_once(eyes_of(camera), Observer(FACE_LABELS))
    assert (camera.opened, camera.closed) == (2, 2)


def test_a_camera_that_vanishes_is_not_tried_again(eyes_of: Callable[[Camera], Eyes]) -> None:
    camera = SimulatedCamera(wait=SimulatedClock().advance)
    camera.vanish()
    with pytest.raises(CameraError, match="vanished"):
        observe_once(eyes_of(camera), Observer(FACE_LABELS))
    assert not camera.is_open


def test_a_cancelled_observation_closes_the_camera(eyes_of: Callable[[Camera], Eyes]) -> None:
    camera = StallingCamera()
    with pytest.raises(ObservationCancelled):
        observe_once(eyes_of(camera), Observer(FACE_LABELS), cancelled=lambda: camera.opened > 0)
    assert camera.closed == 1


def test_frames_without_a_face_earn_nothing() -> None:
    camera = SimulatedCamera(wait=SimulatedClock().advance)
    blind = Eyes(camera, SimulatedFaceDetector(lambda _: []), SimulatedEmotionClassifier())
    observation = observe_once(blind, Observer(FACE_LABELS))
    assert observation.coverage == 0
    assert observation.frames_with_face == 0
    assert observation.frames == 150
