"""Faces in clips of real people where those are at hand; a drawn face and the driver's own arithmetic everywhere."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.appliance.drivers import build_detector
from device.camera.camera import Luma
from device.errors import ModelError
from device.faces.crop import crop_face
from device.faces.detector import FaceBox, choose_face, overlap
from device.faces.haar_face_detector import PATIENT_STEPS, HaarFaceDetector, Look, _distinct, _Find, _View
from device.settings.sections import FaceSettings

GOLDEN = Path(__file__).parents[3] / "models" / "face_emotion" / "golden.npz"
SIDE = 288


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


@pytest.fixture(scope="module")
def drawn_face() -> Luma:
    """The drawn face of the shipped model's golden example, ``SIDE`` pixels wide."""
    with np.load(GOLDEN) as golden:
        return np.asarray(cv2.resize(golden["input"], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def framed(face: Luma, border: int) -> Luma:
    picture = cv2.copyMakeBorder(face, border, border, border, border, cv2.BORDER_REPLICATE)
    return np.asarray(picture, dtype=np.uint8)


def leaning(picture: Luma, degrees: float) -> Luma:
    """Turn a square picture clockwise about its middle."""
    middle = ((picture.shape[1] - 1) / 2, (picture.shape[0] - 1) / 2)
    turn = cv2.getRotationMatrix2D(middle, -degrees, 1.0)
    turned = cv2.warpAffine(picture, turn, picture.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, dtype=np.uint8)


def likeness(one: Luma, other: Luma) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@pytest.mark.parametrize("shape", [(480, 640), (640, 480), (48, 64), (1080, 1920), (200, 321), (1, 300)])
def test_nothing_is_found_in_an_empty_picture_of_any_size(shape: tuple[int, int]) -> None:
    empty = np.full(shape, 90, dtype=np.uint8)
    assert build_detector(FaceSettings()).detect(empty) == []
    assert HaarFaceDetector.patient().detect(empty) == []


@given(st.integers(321, 1920), st.integers(240, 1080), st.integers(0, 296), st.integers(0, 100), st.integers(24, 320))
def test_a_find_in_the_reduced_picture_stays_inside_the_frame(
    width: int, height: int, left: int, top: int, side: int
) -> None:
    reduction = width / 320
    side = min(side, 320 - left, round(height / reduction) - top)
    if side < 1:
        return
    view = _View.of(np.zeros((height, width), dtype=np.uint8), Look(detection_width=320))
    box = view.in_frame((left, top, side, side))
    assert box is not None
    assert 0 <= box.x < box.x + box.width <= width
    assert 0 <= box.y < box.y + box.height <= height
    assert box.width == pytest.approx(side * reduction, abs=reduction + 1)


def test_a_find_is_scaled_to_the_frame() -> None:
    view = _View.of(np.zeros((480, 640), dtype=np.uint8), Look(detection_width=320))
    assert view.in_frame((10, 20, 30, 30)) == FaceBox(20, 40, 60, 60)


@given(st.integers(200, 500), st.integers(200, 500), st.floats(-30, 30), st.floats(0.3, 0.7), st.floats(0.3, 0.7))
def test_a_find_is_mapped_back_to_where_the_picture_shows_it(
    width: int, height: int, tilt: float, across: float, down: float
) -> None:
    spot = (round(across * width), round(down * height))
    picture = np.zeros((height, width), dtype=np.uint8)
    radius = max(width, height) // 20
    cv2.circle(picture, spot, radius, (255,), thickness=-1)
    view = _View.of(picture, Look(margin=0.5, tilt_degrees=tilt))

    rows, columns = np.nonzero(view.picture > 100)
    seen = (round(columns.mean()), round(rows.mean()))
    box = view.in_frame((seen[0] - 10, seen[1] - 10, 21, 21))
    assert box is not None
    assert box.tilt_degrees == tilt
    assert box.x + box.width / 2 == pytest.approx(spot[0], abs=2 * view.reduction + 1)
    assert box.y + box.height / 2 == pytest.approx(spot[1], abs=2 * view.reduction + 1)


def test_a_find_in_the_border_is_none() -> None:
    view = _View.of(np.zeros((200, 200), dtype=np.uint8), Look(margin=0.5))
    assert view.in_frame((10, 100, 60, 60)) is None
    assert view.in_frame((80, 100, 60, 60)) is not None


def test_the_best_supported_find_of_a_face_is_kept_and_the_surest_face_comes_first() -> None:
    face, shifted, other = FaceBox(10, 10, 50, 50), FaceBox(14, 8, 60, 60, 15.0), FaceBox(200, 10, 40, 40)
    assert _distinct([_Find(shifted, 9), _Find(face, 12), _Find(other, 30)]) == [other, face]


@pytest.mark.parametrize("border", [0, 48, 96, 200])
def test_both_ways_find_a_face_in_its_place(drawn_face: Luma, border: int) -> None:
    picture = framed(drawn_face, border)
    for detector in (build_detector(FaceSettings()), HaarFaceDetector.patient()):
        face = choose_face(detector.detect(picture))
        assert face is not None
        assert face.x + face.width / 2 == pytest.approx(border + SIDE / 2, abs=0.05 * SIDE)
        assert face.y + face.height / 2 == pytest.approx(border + SIDE / 2, abs=0.05 * SIDE)
        assert face.width == pytest.approx(SIDE, rel=0.2)


@pytest.mark.parametrize("cut", [24, 36])
def test_only_a_patient_search_finds_a_face_that_overflows_the_picture(drawn_face: Luma, cut: int) -> None:
    picture = drawn_face[cut:-cut, cut:-cut]
    assert build_detector(FaceSettings()).detect(picture) == []
    [face] = HaarFaceDetector.patient().detect(picture)
    assert face.x < 0
    assert face.width > picture.shape[1]


@pytest.mark.parametrize("degrees", [-22, 22])
def test_a_patient_search_says_which_way_a_head_leans_and_the_crop_is_turned_upright(
    drawn_face: Luma, degrees: int
) -> None:
    upright = framed(drawn_face, 96)
    picture = leaning(upright, degrees)
    [face] = HaarFaceDetector.patient().detect(picture)
    assert face.tilt_degrees == np.sign(degrees) * 15

    straight = FaceBox(face.x, face.y, face.width, face.height)
    expected = crop_face(upright, straight)
    assert likeness(crop_face(picture, face), expected) > likeness(crop_face(picture, straight), expected) + 0.1


def test_a_patient_search_finds_a_face_in_a_flat_picture(drawn_face: Luma) -> None:
    flat = (framed(drawn_face, 96) * 0.04 + 50).astype(np.uint8)
    assert build_detector(FaceSettings()).detect(flat) == []
    assert HaarFaceDetector.patient(steps=PATIENT_STEPS[:1]).detect(flat) == []
    assert len(HaarFaceDetector.patient().detect(flat)) == 1


def test_a_patient_search_finds_a_small_face(drawn_face: Luma) -> None:
    picture = np.full((480, 640), 105, dtype=np.uint8)
    picture[200:244, 300:344] = cv2.resize(drawn_face, (44, 44), interpolation=cv2.INTER_AREA)
    assert build_detector(FaceSettings()).detect(picture) == []
    [face] = HaarFaceDetector.patient().detect(picture)
    assert (face.x, face.y) == pytest.approx((300, 200), abs=6)


def test_a_missing_cascade_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.xml: there is no such face cascade"):
        HaarFaceDetector(detection_width=320, scale_factor=1.2, minimum_face_share=0.1, cascade=tmp_path / "gone.xml")


@pytest.mark.parametrize("content", ["", "no cascade", "<opencv_storage></opencv_storage>"])
def test_an_unreadable_cascade_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.xml").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"bad\.xml: not a face cascade"):
        HaarFaceDetector(detection_width=320, scale_factor=1.2, minimum_face_share=0.1, cascade=tmp_path / "bad.xml")


def test_the_face_of_a_clip_is_found_in_nearly_every_frame_and_in_one_place(face_clips: Path) -> None:
    frames = frames_of(face_clips / "WolfgangLanger_Pexels.mp4", every=16)
    detector = build_detector(FaceSettings())
    faces = [face for frame in frames if (face := choose_face(detector.detect(frame)))]
    assert len(faces) >= 0.97 * len(frames)
    height, width = frames[0].shape
    for face in faces:
        assert 0 <= face.x <= face.x + face.width <= width
        assert 0 <= face.y <= face.y + face.height <= height
    middles = np.array([(face.x + face.width / 2, face.y + face.height / 2) for face in faces])
    assert (np.abs(middles - np.median(middles, axis=0)).max(axis=1) < 0.15 * width).mean() > 0.95


@pytest.mark.parametrize(
    "detector", [build_detector(FaceSettings()), HaarFaceDetector.patient()], ids=["quick", "patient"]
)
def test_no_face_is_found_where_there_is_none(face_clips: Path, detector: HaarFaceDetector) -> None:
    frames = frames_of(face_clips / "no_face.mp4", every=10)
    assert [face for frame in frames for face in detector.detect(frame)] == []


def test_boxes_are_in_the_frames_own_pixels_whatever_the_reduction(face_clips: Path) -> None:
    frame = frames_of(face_clips / "single_face.mp4", every=30)[0]
    small, large = (
        choose_face(build_detector(FaceSettings(detection_width=width)).detect(frame))
        for width in (240, frame.shape[1])
    )
    assert small is not None
    assert large is not None
    assert abs(small.x + small.width / 2 - large.x - large.width / 2) < 0.05 * frame.shape[1]
    assert small.width == pytest.approx(large.width, rel=0.3)


def test_a_face_smaller_than_the_share_is_left_out(face_clips: Path) -> None:
    frame = frames_of(face_clips / "single_face.mp4", every=30)[0]
    face = choose_face(build_detector(FaceSettings()).detect(frame))
    assert face is not None
    larger = face.height / frame.shape[0] + 0.2
    assert build_detector(FaceSettings(minimum_face_share=larger)).detect(frame) == []


def test_a_patient_search_frames_a_face_as_the_quick_look_does(face_clips: Path) -> None:
    frames = frames_of(face_clips / "WolfgangLanger_Pexels.mp4", every=48)
    ratios = []
    for frame in frames:
        quick, patient = (
            choose_face(d.detect(frame)) for d in (build_detector(FaceSettings()), HaarFaceDetector.patient())
        )
        assert patient is not None
        if quick is not None:
            ratios.append(patient.width / quick.width)
    assert np.median(ratios) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("width", [40, 70, 130, 288])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.12, -0.1), (-0.1, 0.12)])
def test_a_face_is_found_near_its_last_place_whatever_its_size(
    drawn_face: Luma, width: int, shift: tuple[float, float]
) -> None:
    picture = np.full((480, 640), 105, dtype=np.uint8)
    picture[90 : 90 + width, 200 : 200 + width] = cv2.resize(drawn_face, (width, width), interpolation=cv2.INTER_AREA)
    last = FaceBox(200 + round(shift[0] * width), 90 + round(shift[1] * width), width, width)
    face = build_detector(FaceSettings(minimum_face_share=0.05)).detect_near(picture, last)
    assert face is not None
    assert overlap(face, FaceBox(200, 90, width, width)) > 0.65


def test_following_a_face_that_stands_still_neither_grows_nor_wanders(drawn_face: Luma) -> None:
    detector, picture = build_detector(FaceSettings()), framed(drawn_face, 96)
    face = FaceBox(96, 96, SIDE, SIDE)
    for _ in range(40):
        followed = detector.detect_near(picture, face)
        assert followed is not None
        face = followed
    assert overlap(face, FaceBox(96, 96, SIDE, SIDE)) > 0.7


def test_nothing_is_near_where_no_face_is_or_where_the_frame_ends(drawn_face: Luma) -> None:
    detector, picture = build_detector(FaceSettings()), framed(drawn_face, 200)
    for last in (FaceBox(0, 0, 100, 100), FaceBox(-90, -90, 100, 100), FaceBox(680, 680, 300, 300)):
        assert detector.detect_near(picture, last) is None


def test_a_face_that_shrinks_below_the_smallest_is_let_go(drawn_face: Luma) -> None:
    picture = np.full((480, 640), 105, dtype=np.uint8)
    picture[200:280, 300:380] = cv2.resize(drawn_face, (80, 80), interpolation=cv2.INTER_AREA)
    last = FaceBox(300, 200, 80, 80)
    assert build_detector(FaceSettings(minimum_face_share=0.1)).detect_near(picture, last) is not None
    assert build_detector(FaceSettings(minimum_face_share=0.25)).detect_near(picture, last) is None


def test_a_face_in_a_clip_is_followed_where_a_thorough_search_finds_it(face_clips: Path) -> None:
    frames = frames_of(face_clips / "single_face.mp4", every=1)[:36]
    detector = build_detector(FaceSettings())
    thorough = HaarFaceDetector(detection_width=640, scale_factor=1.1, minimum_face_share=0.1, minimum_neighbours=5)
    face = choose_face(thorough.detect(frames[0]))
    for number, frame in enumerate(frames):
        assert face is not None
        face = detector.detect_near(frame, face)
        if number % 12 == 0:
            expected = choose_face(thorough.detect(frame))
            assert face is not None
            assert expected is not None
            assert overlap(face, expected) >= 0.7
