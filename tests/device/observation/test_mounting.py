"""A camera that hangs upside down or on its side, before recorded faces: a hint and nothing credited."""

from functools import cache
from itertools import product, takewhile
from pathlib import Path

import numpy as np
import pytest

from device.appliance.drivers import build_classifier, build_detector, build_mounting_check
from device.camera.camera import Camera, Turn
from device.camera.recorded_camera import RecordedCamera
from device.camera.turned_camera import TurnedCamera, turn
from device.observation.mounting import rotation_for
from device.observation.observation import Observation, Observer
from device.observation.perception import FaceFinder, FaceReader
from device.observation.run import observe_once
from device.settings.sections import CameraSettings, EmotionSettings, FaceSettings, ObservationSettings

MODEL = Path(__file__).parents[3] / "models" / "face_emotion"
UPRIGHT = np.arange(12, dtype=np.uint8).reshape(3, 4)
QUARTERS: tuple[Turn, ...] = (0, 90, 180, 270)


@pytest.mark.parametrize(("hangs", "mirror"), list(product(QUARTERS, [False, True])))
def test_the_rotation_that_is_told_sets_the_pictures_upright_whatever_is_set(hangs: Turn, *, mirror: bool) -> None:
    taken, whole = turn(UPRIGHT, hangs), turn(UPRIGHT, 0, mirror=mirror)
    for rotation in QUARTERS:
        seen = turn(taken, rotation, mirror=mirror)
        lacks = next(quarter for quarter in QUARTERS if np.array_equal(turn(seen, quarter), whole))
        told = rotation_for(lacks, rotation=rotation, mirror=mirror)
        assert np.array_equal(turn(taken, told, mirror=mirror), whole)


@cache
def observed(
    clip: Path, *, seconds: float, hangs: Turn = 0, rotation: Turn = 0, detector: str = "haar", checked: bool = True
) -> Observation:
    """Observe a clip as a camera that hangs so shows it."""
    faces = FaceSettings(detector=detector)
    found, classifier = build_detector(faces), build_classifier(EmotionSettings(), MODEL)
    camera: Camera = RecordedCamera(clip, paced=False, loop=True)
    for degrees in (hangs, rotation):
        camera = TurnedCamera(camera, rotation=degrees, mirror=False)
    check = build_mounting_check(CameraSettings(rotation=rotation), faces, found) if checked else None
    return observe_once(
        FaceReader(camera, found, classifier, faces, check),
        Observer(classifier.labels, ObservationSettings(seconds=seconds)),
    )


CLIPS = pytest.mark.parametrize(
    ("clip", "seconds"), [("WolfgangLanger_Pexels.mp4", 4.0), ("single_face.mp4", 4.0), ("face_noface.mov", 4.0)]
)


@CLIPS
@pytest.mark.parametrize("hangs", [90, 180, 270])
def test_a_camera_that_hangs_otherwise_than_set_earns_a_hint_and_no_song(
    face_clips: Path, clip: str, seconds: float, hangs: Turn
) -> None:
    seen = observed(face_clips / clip, seconds=seconds, hangs=hangs)
    assert seen.wrong_mounting
    assert seen.wrong_mounting.rotation == (360 - hangs) % 360
    assert f"config set camera.rotation {seen.wrong_mounting.rotation}" in seen.wrong_mounting.mend
    assert not seen.suffices(0.0)
    assert sum(seen.seconds) == 0


@CLIPS
def test_upright_faces_keep_their_seconds(face_clips: Path, clip: str, seconds: float) -> None:
    seen, unchecked = (observed(face_clips / clip, seconds=seconds, checked=checked) for checked in (True, False))
    assert seen == unchecked
    assert seen.credited_seconds > 0


@pytest.mark.parametrize("hangs", [90, 180, 270])
def test_the_rotation_that_fits_reads_what_an_upright_camera_does(face_clips: Path, hangs: Turn) -> None:
    clip, rotation = face_clips / "single_face.mp4", QUARTERS[-QUARTERS.index(hangs)]
    upright, turned = observed(clip, seconds=4.0), observed(clip, seconds=4.0, hangs=hangs, rotation=rotation)
    assert turned.wrong_mounting is None
    assert turned.seconds == pytest.approx(upright.seconds, abs=0.3)


def test_a_rotation_that_does_not_fit_is_told_as_well(face_clips: Path) -> None:
    seen = observed(face_clips / "single_face.mp4", seconds=4.0, rotation=180)
    assert seen.wrong_mounting
    assert (seen.wrong_mounting.rotation, sum(seen.seconds)) == (0, 0)
    assert "hangs upright" in seen.wrong_mounting.what


def test_who_aims_is_told_that_the_camera_hangs_upside_down_until_it_was_turned(face_clips: Path) -> None:
    faces = FaceSettings()
    found = build_detector(faces)
    upright = RecordedCamera(face_clips / "single_face.mp4", paced=False, loop=True)
    hanging = TurnedCamera(upright, rotation=180, mirror=False)
    finder = FaceFinder(upright, found, faces, build_mounting_check(CameraSettings(), faces, found))
    with upright.open() as as_set, hanging.open() as turned:
        seen = takewhile(lambda pair: pair[0].timestamp < 20, zip(as_set, turned, strict=False))
        results = list(finder.read(frame if frame.timestamp > 5 else other for frame, other in seen))
    told = [result.wrong_mounting is not None and result.wrong_mounting.rotation for result in results]
    assert 180 in told
    assert told[-1] is False


def test_nothing_can_be_told_of_simulated_faces() -> None:
    faces = FaceSettings(detector="simulated")
    assert build_mounting_check(CameraSettings(), faces, build_detector(faces)) is None
