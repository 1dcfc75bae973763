"""Following faces: which looks are taken when, and what becomes of faces that are lost, new, or none."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from device.camera.camera import Frame, Luma
from device.faces.detector import FaceBox, overlap
from device.faces.tracking import FaceTracker

PICTURE = np.full((480, 640), 90, dtype=np.uint8)
FACE = FaceBox(200, 100, 100, 100)
LARGER = FaceBox(400, 100, 150, 150)


class Scripted:
    """Sees in the whole picture, and near a last place, what the script says; counts its looks."""

    def __init__(self, whole: Sequence[FaceBox] = (FACE,), near: Sequence[FaceBox] | None = None) -> None:
        self.whole, self.near = whole, near
        self.whole_looks, self.near_looks = 0, 0
        self.searched: list[Luma] = []

    def detect(self, luma: Luma) -> Sequence[FaceBox]:
        self.whole_looks += 1
        self.searched.append(luma)
        return self.whole

    def detect_near(self, luma: Luma, last: FaceBox) -> FaceBox | None:  # noqa: ARG002 - the script knows
        self.near_looks += 1
        there = self.whole if self.near is None else self.near
        return next((box for box in there if overlap(box, last) > 0), None)


Follow = Callable[[float], list[FaceBox]]


def following(detector: Scripted, **rules: object) -> Follow:
    tracker = FaceTracker(detector, **{"policy": "largest", "whole_picture_seconds": 2.0} | rules)  # type: ignore[arg-type]
    return lambda seconds: tracker.find(Frame(PICTURE, seconds))


def test_the_whole_picture_is_searched_first_and_then_at_intervals() -> None:
    detector = Scripted()
    find = following(detector, whole_picture_seconds=2.0)
    assert all(find(number / 10) == [FACE] for number in range(60))
    assert detector.whole_looks == 3  # at 0, 2 and 4 s


def test_an_empty_room_is_searched_at_most_ten_times_a_second() -> None:
    detector = Scripted(whole=())
    find = following(detector)
    assert all(find(number / 30) == [] for number in range(60))
    assert 15 <= detector.whole_looks <= 20
    assert detector.near_looks == 0


def test_a_lost_face_is_looked_for_in_its_place_for_half_a_second_without_a_reading() -> None:
    detector = Scripted()
    find = following(detector)
    find(0.0)
    detector.whole, detector.near = (), ()
    assert [find(0.1 * number) for number in range(1, 5)] == [[]] * 4
    detector.near = (FACE,)
    assert find(0.5) == [FACE]
    detector.near = ()
    looks = detector.near_looks
    for number in range(7):
        find(0.6 + 0.1 * number)
    detector.near = (FACE,)
    assert find(1.3) == []  # forgotten, and the whole picture does not show it
    assert detector.near_looks == looks + 6


def test_a_face_that_jumped_is_found_again_in_the_whole_picture() -> None:
    detector = Scripted()
    find = following(detector)
    find(0.0)
    detector.whole = (LARGER,)
    assert find(0.1) == [LARGER]


def test_the_largest_face_is_followed_and_a_larger_one_takes_over_at_the_next_search() -> None:
    detector = Scripted(whole=(FACE,))
    find = following(detector, whole_picture_seconds=1.0)
    find(0.0)
    detector.whole = (FACE, LARGER)
    assert find(0.5) == [FACE]
    assert find(1.0) == [LARGER]
    assert find(1.1) == [LARGER]


def test_all_faces_are_followed_for_their_mean() -> None:
    detector = Scripted(whole=(FACE, LARGER))
    find = following(detector, policy="mean")
    assert find(0.0) == [LARGER, FACE]
    assert find(0.1) == [LARGER, FACE]
    detector.whole = (FACE,)
    assert find(0.2) == [FACE]


def test_what_the_whole_picture_does_not_show_twice_is_let_go() -> None:
    detector = Scripted()
    find = following(detector, whole_picture_seconds=1.0)
    find(0.0)
    detector.whole, detector.near = (), (FACE,)
    assert find(1.0) == [FACE]
    assert find(1.5) == [FACE]
    assert find(2.0) == []


def test_two_followed_faces_that_become_one_are_one() -> None:
    detector = Scripted(whole=(FACE, LARGER))
    find = following(detector, policy="mean")
    find(0.0)
    wide = FaceBox(200, 100, 350, 150)
    detector.near = (wide,)
    assert find(0.1) == [wide]


def test_the_smaller_plane_is_searched_where_there_is_one() -> None:
    detector = Scripted(whole=(FaceBox(100, 50, 50, 50),), near=())
    lores = PICTURE[::2, ::2]
    assert FaceTracker(detector, "largest", 2.0).find(Frame(PICTURE, 0.0, lores=lores)) == [FACE]
    assert detector.searched[0] is lores


@pytest.mark.parametrize("policy", ["largest", "mean"])
def test_every_box_overlaps_no_other(policy: str) -> None:
    crowd = [FaceBox(x, 100, 80, 80) for x in range(0, 500, 40)]
    found = following(Scripted(whole=crowd), policy=policy)(0.0)
    assert found
    assert all(overlap(one, other) < 0.34 for one in found for other in found if one is not other)
