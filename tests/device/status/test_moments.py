"""When an observation streamed, gave its first frame, and the first one that earned an emotion time."""

from collections.abc import Callable

import pytest

from device.appliance.simulated_host import SimulatedClock
from device.camera.simulated_camera import SimulatedCamera
from device.emotion.labels import FACE_LABELS
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier
from device.faces.detector import FaceBox
from device.faces.simulated_face_detector import SimulatedFaceDetector
from device.observation.observation import Observer
from device.observation.perception import FaceReader
from device.observation.run import ObservationRun

FACE = FaceBox(200, 100, 200, 200)


@pytest.fixture
def watch_from() -> Callable[[float], dict[str, float]]:
    """Observe somebody who comes before the camera after some seconds; return the moments."""

    def watch(comes_after: float) -> dict[str, float]:
        clock = SimulatedClock(100.0)
        detector = SimulatedFaceDetector(lambda _: [FACE] if clock() >= 100 + comes_after - 1e-6 else [])
        face_reader = FaceReader(SimulatedCamera(wait=clock.advance), detector, SimulatedEmotionClassifier())
        under_way = ObservationRun(face_reader, Observer(FACE_LABELS), clock, clock())
        assert under_way.moments() == {}
        under_way.run(on_end=lambda _: None, on_failure=lambda error: pytest.fail(str(error)))
        return under_way.moments()

    return watch


def test_a_face_from_the_start_is_credited_with_the_first_settled_frame(
    watch_from: Callable[[float], dict[str, float]],
) -> None:
    moments = watch_from(0.0)
    assert list(moments) == ["streaming", "first_frame", "first_credited"]
    assert list(moments.values()) == sorted(moments.values())
    assert moments["streaming"] == 100.0
    assert moments["first_credited"] < 103


def test_a_face_that_comes_later_is_credited_when_it_comes(watch_from: Callable[[float], dict[str, float]]) -> None:
    assert watch_from(5.0)["first_credited"] == pytest.approx(105.0, abs=0.05)


def test_where_nobody_comes_nothing_is_credited(watch_from: Callable[[float], dict[str, float]]) -> None:
    assert "first_credited" not in watch_from(99.0)
