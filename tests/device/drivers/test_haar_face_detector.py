"""Faces in clips of real people where those are at hand, and the driver's own arithmetic everywhere."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.drivers.haar_face_detector import HaarFaceDetector, _enlarge
from device.errors import ModelError
from device.faces import FaceBox, Luma, choose_face


def frames_of(path: Path, *, every: int) -> list[Luma]:
    capture, frames, number = cv2.VideoCapture(str(path)), [], 0
    there, picture = capture.read()
    while there:
        if number % every == 0:
            frames.append(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8))
        number += 1
        there, picture = capture.read()
    capture.release()
    return frames


@pytest.mark.parametrize("shape", [(480, 640), (640, 480), (48, 64), (1080, 1920), (200, 321)])
def test_nothing_is_found_in_an_empty_picture_of_any_size(shape: tuple[int, int]) -> None:
    assert HaarFaceDetector().detect(np.full(shape, 90, dtype=np.uint8)) == []


@given(st.integers(321, 1920), st.integers(240, 1080), st.integers(0, 296), st.integers(0, 100), st.integers(24, 320))
def test_a_find_in_the_reduced_picture_stays_inside_the_frame(
    width: int, height: int, left: int, top: int, side: int
) -> None:
    reduction = width / 320
    side = min(side, 320 - left, round(height / reduction) - top)
    if side < 1:
        return
    box = _enlarge((left, top, side, side), reduction, np.zeros((height, width), dtype=np.uint8))
    assert 0 <= box.x < box.x + box.width <= width
    assert 0 <= box.y < box.y + box.height <= height
    assert box.width == pytest.approx(side * reduction, abs=reduction + 1)


def test_a_find_is_scaled_to_the_frame() -> None:
    assert _enlarge((10, 20, 30, 30), 2.0, np.zeros((480, 640), dtype=np.uint8)) == FaceBox(20, 40, 60, 60)


def test_a_missing_cascade_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.xml: there is no such face cascade"):
        HaarFaceDetector(cascade=tmp_path / "gone.xml")


@pytest.mark.parametrize("content", ["", "no cascade", "<opencv_storage></opencv_storage>"])
def test_an_unreadable_cascade_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.xml").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"bad\.xml: not a face cascade"):
        HaarFaceDetector(cascade=tmp_path / "bad.xml")


def test_the_face_of_a_clip_is_found_in_nearly_every_frame_and_in_one_place(face_clips: Path) -> None:
    frames = frames_of(face_clips / "WolfgangLanger_Pexels.mp4", every=16)
    detector = HaarFaceDetector()
    faces = [face for frame in frames if (face := choose_face(detector.detect(frame)))]
    assert len(faces) >= 0.97 * len(frames)
    height, width = frames[0].shape
    for face in faces:
        assert 0 <= face.x <= face.x + face.width <= width
        assert 0 <= face.y <= face.y + face.height <= height
    middles = np.array([(face.x + face.width / 2, face.y + face.height / 2) for face in faces])
    assert (np.abs(middles - np.median(middles, axis=0)).max(axis=1) < 0.15 * width).mean() > 0.95


def test_no_face_is_found_where_there_is_none(face_clips: Path) -> None:
    detector = HaarFaceDetector()
    frames = frames_of(face_clips / "no_face.mp4", every=10)
    assert [face for frame in frames for face in detector.detect(frame)] == []


def test_boxes_are_in_the_frames_own_pixels_whatever_the_reduction(face_clips: Path) -> None:
    frame = frames_of(face_clips / "single_face.mp4", every=30)[0]
    small, large = (
        choose_face(HaarFaceDetector(detection_width=width).detect(frame)) for width in (240, frame.shape[1])
    )
    assert small is not None
    assert large is not None
    assert abs(small.x + small.width / 2 - large.x - large.width / 2) < 0.05 * frame.shape[1]
    assert small.width == pytest.approx(large.width, rel=0.3)


def test_a_face_smaller_than_the_share_is_left_out(face_clips: Path) -> None:
    frame = frames_of(face_clips / "single_face.mp4", every=30)[0]
    face = choose_face(HaarFaceDetector().detect(frame))
    assert face is not None
    larger = face.height / frame.shape[0] + 0.2
    assert HaarFaceDetector(minimum_face_share=larger).detect(frame) == []
