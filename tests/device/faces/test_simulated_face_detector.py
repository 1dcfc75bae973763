"""The levers of the simulated face detector."""

import numpy as np

from device.faces.simulated_face_detector import SimulatedFaceDetector


def test_a_face_is_in_the_middle_unless_scripted_otherwise() -> None:
    luma = np.zeros((480, 640), dtype=np.uint8)
    [face] = SimulatedFaceDetector().detect(luma)
    assert (face.x + face.width / 2, face.y + face.height / 2) == (320, 240)
    assert SimulatedFaceDetector(lambda _: []).detect(luma) == []


def test_whoever_leaves_is_not_found_and_whoever_comes_back_is() -> None:
    luma, detector = np.zeros((480, 640), dtype=np.uint8), SimulatedFaceDetector()
    [face] = detector.detect(luma)
    detector.somebody = False
    assert list(detector.detect(luma)) == []
    assert detector.detect_near(luma, face) is None
    detector.somebody = True
    assert detector.detect_near(luma, face) == face
