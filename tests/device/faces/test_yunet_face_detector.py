"""YuNet, where its file is at hand; the errors of its loading everywhere."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.appliance.drivers import build_detector
from device.camera.camera import Luma
from device.errors import ModelError
from device.faces.detector import FaceBox, choose_face, overlap
from device.settings.sections import FaceSettings


@pytest.fixture(scope="module")
def network() -> Path:
    file = os.environ.get("MIEN_YUNET")
    if not file:
        pytest.skip("MIEN_YUNET is not set: it names face_detection_yunet_2023mar.onnx of the OpenCV Zoo")
    return Path(file)


def frames_of(path: Path, *, every: int) -> list[Luma]:
    capture, frames = cv2.VideoCapture(str(path)), []
    for number in range(int(capture.get(cv2.CAP_PROP_FRAME_COUNT))):
        there, picture = capture.read()
        if there and number % every == 0:
            frames.append(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8))
    capture.release()
    return frames


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.onnx: there is no such YuNet file") as caught:
        build_detector(FaceSettings(detector="yunet", yunet_file=tmp_path / "gone.onnx"))
    assert "yunet_file" in caught.value.mend


@pytest.mark.parametrize("content", [b"", b"no network"])
def test_a_file_that_is_no_network_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"bad\.onnx: not a YuNet file"):
        build_detector(FaceSettings(detector="yunet", yunet_file=tmp_path / "bad.onnx"))


def test_faces_are_framed_as_the_cascade_frames_them(network: Path, face_clips: Path) -> None:
    yunet, haar = build_detector(FaceSettings(detector="yunet", yunet_file=network)), build_detector(FaceSettings())
    for frame in frames_of(face_clips / "single_face.mp4", every=12):
        one, other = choose_face(yunet.detect(frame)), choose_face(haar.detect(frame))
        assert one is not None
        assert other is not None
        assert overlap(one, other) > 0.75
        near = yunet.detect_near(frame, one)
        assert near is not None
        assert overlap(near, one) > 0.75


def test_nothing_is_found_where_there_is_no_face(network: Path, face_clips: Path) -> None:
    yunet = build_detector(FaceSettings(detector="yunet", yunet_file=network))
    for frame in frames_of(face_clips / "no_face.mp4", every=20):
        assert yunet.detect(frame) == []
        assert yunet.detect_near(frame, FaceBox(100, 100, 120, 120)) is None


def test_places_outside_the_frame_and_odd_sizes_are_no_trouble(network: Path) -> None:
    yunet = build_detector(FaceSettings(detector="yunet", yunet_file=network))
    for shape in ((480, 640), (37, 61), (1080, 1920), (1, 300)):
        empty = np.full(shape, 90, dtype=np.uint8)
        assert yunet.detect(empty) == []
        assert yunet.detect_near(empty, FaceBox(5000, 5000, 100, 100)) is None
        assert yunet.detect_near(empty, FaceBox(-50, -50, 60, 60)) is None


def test_a_face_smaller_than_the_share_is_left_out(network: Path, face_clips: Path) -> None:
    frame = frames_of(face_clips / "single_face.mp4", every=30)[0]
    assert build_detector(FaceSettings(detector="yunet", yunet_file=network, minimum_face_share=0.1)).detect(frame)
    assert (
        build_detector(FaceSettings(detector="yunet", yunet_file=network, minimum_face_share=0.9)).detect(frame) == []
    )
