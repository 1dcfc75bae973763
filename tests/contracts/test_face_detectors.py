"""What every face detector promises, whatever it is made of."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.appliance.drivers import build_detector
from device.camera.camera import Luma
from device.faces.detector import FaceBox, FaceDetector, choose_face, overlap
from device.faces.simulated_face_detector import SimulatedFaceDetector
from device.settings.sections import FaceSettings

GOLDEN = Path(__file__).parents[2] / "models" / "face_emotion" / "golden.npz"
PLACE = FaceBox(240, 130, 200, 200)


def simulated() -> FaceDetector:
    return SimulatedFaceDetector(lambda luma: [PLACE] if luma.std() > 1 else [])


def haar() -> FaceDetector:
    return build_detector(FaceSettings())


def yunet() -> FaceDetector:
    file = os.environ.get("MIEN_YUNET")
    if not file:
        pytest.skip("MIEN_YUNET is not set: it names face_detection_yunet_2023mar.onnx of the OpenCV Zoo")
    return build_detector(FaceSettings(detector="yunet", yunet_file=Path(file)))


@pytest.fixture(params=[simulated, haar, yunet], ids=lambda make: make.__name__)
def detector(request: pytest.FixtureRequest) -> FaceDetector:
    make: Callable[[], FaceDetector] = request.param
    return make()


@pytest.fixture
def scene() -> Luma:
    """A drawn face at ``PLACE`` in a plain picture of 640 × 480."""
    picture = np.full((480, 640), 105, dtype=np.uint8)
    with np.load(GOLDEN) as golden:
        face = cv2.resize(golden["input"], (PLACE.width, PLACE.height), interpolation=cv2.INTER_CUBIC)
    picture[PLACE.y : PLACE.y + PLACE.height, PLACE.x : PLACE.x + PLACE.width] = face
    return picture


def test_a_face_is_found_in_the_frames_own_pixels(detector: FaceDetector, scene: Luma) -> None:
    face = choose_face(detector.detect(scene))
    assert face is not None
    assert overlap(face, PLACE) > 0.6


def test_a_face_is_found_again_near_its_last_place(detector: FaceDetector, scene: Luma) -> None:
    moved = FaceBox(PLACE.x + 15, PLACE.y - 12, PLACE.width, PLACE.height)
    face = detector.detect_near(scene, moved)
    assert face is not None
    assert overlap(face, PLACE) > 0.6


def test_an_empty_picture_holds_no_face(detector: FaceDetector) -> None:
    empty = np.full((480, 640), 105, dtype=np.uint8)
    assert list(detector.detect(empty)) == []
    assert detector.detect_near(empty, PLACE) is None


def test_a_picture_is_not_changed_by_looking_at_it(detector: FaceDetector, scene: Luma) -> None:
    before = scene.copy()
    detector.detect(scene)
    detector.detect_near(scene, PLACE)
    assert np.array_equal(scene, before)
