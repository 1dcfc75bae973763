"""When an exposure counts as settled, and what is said of the light."""

from collections.abc import Sequence

import numpy as np
import pytest

from device.camera.camera import Frame
from device.camera.exposure import flag_settled
from device.observation.lighting import LightMeter, LightReading, read_light


def frames(levels: Sequence[float], *, per_second: float = 10, says: Sequence[bool] | None = None) -> list[Frame]:
    """Plain frames of the given grey levels; ``says`` is what the camera itself tells of its exposure."""
    return [
        Frame(
            np.full((48, 64), level, dtype=np.uint8),
            number / per_second,
            settled=None if says is None else says[number],
        )
        for number, level in enumerate(levels)
    ]


def settled(given: Sequence[Frame]) -> list[bool]:
    passed = list(flag_settled(given))
    assert [frame.timestamp for frame in passed] == [frame.timestamp for frame in given]
    return [bool(frame.settled) for frame in passed]


def test_a_recording_of_even_brightness_loses_no_frame() -> None:
    assert all(settled(frames([100] * 5)))


def test_people_who_move_do_not_unsettle_it() -> None:
    assert all(settled(frames([100, 103, 100, 102, 104])))


def test_frames_count_from_the_first_one_whose_brightness_stays() -> None:
    assert settled(frames([20, 60, 90, 110, 112, 112])) == [False, False, False, True, True, True]


def test_once_settled_is_settled_for_good() -> None:
    assert settled(frames([100, 100, 200, 30])) == [True] * 4


def test_slower_frames_may_differ_by_more() -> None:
    assert settled(frames([100, 112], per_second=2)) == [True, True]
    assert settled(frames([100, 112, 124], per_second=10)) == [False, False, True]


def test_a_black_picture_has_not_settled_however_steady_it_is() -> None:
    assert settled(frames([0, 0, 0, 90, 90])) == [False, False, False, True, True]


def test_after_a_second_and_a_half_everything_counts() -> None:
    flicker = settled(frames([50, 200] * 10))
    assert flicker == [False] * 15 + [True] * 5
    assert settled(frames([100] * 20, says=[False] * 20)) == [False] * 15 + [True] * 5


def test_a_camera_that_says_it_itself_is_believed() -> None:
    assert settled(frames([10, 90, 90, 90], says=[False, False, True, False])) == [False, False, True, True]
    assert settled(frames([10, 90], says=[True, True])) == [True, True]


def test_the_exposure_decides_where_the_camera_tells_it() -> None:
    picture = np.full((48, 64), 100, dtype=np.uint8)
    exposures = (0.01, 0.02, 0.03, 0.031, 0.031)
    given = [Frame(picture, number / 10, exposure=exposure) for number, exposure in enumerate(exposures)]
    assert settled(given) == [False, False, True, True, True]


def test_no_frames_are_no_frames() -> None:
    assert settled([]) == []
    assert settled(frames([80])) == [True]


def metered(*readings: LightReading) -> LightMeter:
    meter = LightMeter()
    for reading in readings:
        meter.add(reading)
    return meter


def light(*, picture: float = 100, face: float | None = None, lux: float | None = None) -> LightReading:
    return LightReading(picture, face, flat=False, lux=lux)


@pytest.mark.parametrize(
    ("reading", "word"),
    [
        (light(lux=5), "dark"),
        (light(lux=25), "dim"),
        (light(lux=300), "good"),
        (light(lux=300, face=20), "good"),
        (light(face=30), "dark"),
        (light(face=50), "dim"),
        (light(face=90), "good"),
        (light(picture=10), "dark"),
        (light(picture=60), "good"),
    ],
)
def test_the_light_is_judged_by_lux_then_face_then_picture(reading: LightReading, word: str) -> None:
    meter = metered(reading)
    assert meter.word == word
    assert bool(meter.hint) == (word != "good")


def test_hints_name_the_measure() -> None:
    assert "about 10 lux" in metered(light(lux=5), light(lux=15)).hint
    assert "the face's brightness was 30 of 255" in metered(light(face=30)).hint
    assert "the picture's brightness was 10 of 255" in metered(light(picture=10)).hint


def test_nothing_seen_is_nothing_said() -> None:
    assert (metered().word, metered().lux, metered().flat_share, metered().hint) == ("unknown", None, 0.0, "")


def test_a_frame_is_measured_as_the_camera_gave_it() -> None:
    frame = Frame(np.full((48, 64), 30, dtype=np.uint8), 0.0)
    crop = np.full((48, 48), 50, dtype=np.uint8)
    assert read_light(frame, None) == LightReading(30, None, flat=False, lux=None)
    assert read_light(frame, crop) == LightReading(30, 50, flat=True, lux=None)


def test_the_exposure_stands_in_for_lux() -> None:
    dim = Frame(np.full((48, 64), 90, dtype=np.uint8), 0.0, exposure=0.066 * 8)
    lux = read_light(dim, None).lux
    assert lux == pytest.approx(40, abs=1)
    assert read_light(Frame(dim.luma, 0.0, exposure=1.0, lux=7.0), None).lux == 7.0


def test_the_share_of_flat_crops_is_of_the_faces_seen() -> None:
    flat = LightReading(90, 50, flat=True, lux=None)
    assert metered(flat, light(face=90), light()).flat_share == 0.5
