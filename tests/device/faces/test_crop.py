"""From frame to crop: the largest face, nothing from outside its box, and values the model expects."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.camera.camera import Luma
from device.emotion.classifier import normalise
from device.faces.crop import CROP_SIZE, FLAT_SPAN, crop_face, is_flat, resize_crop, stretch_contrast
from device.faces.detector import FaceBox, choose_face, overlap

WIDTH, HEIGHT = 96, 64

boxes = st.builds(FaceBox, st.integers(-80, 110), st.integers(-80, 80), st.integers(1, 200), st.integers(1, 200))


def frame_of_noise(seed: int) -> Luma:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)


def inside(box: FaceBox) -> tuple[slice, slice]:
    """Rows and columns of the frame that the box covers."""
    rows = [row for row in range(HEIGHT) if box.y <= row < box.y + box.height]
    columns = [column for column in range(WIDTH) if box.x <= column < box.x + box.width]
    if not rows or not columns:
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def size(box: FaceBox) -> tuple[int, int]:
    return box.width, box.height


@given(boxes, st.integers(0, 2**32 - 1))
def test_a_crop_shows_its_box_and_nothing_outside_the_frame_or_the_box(box: FaceBox, seed: int) -> None:
    frame = frame_of_noise(seed)
    rows, columns = inside(box)
    if frame[rows, columns].size == 0:
        with pytest.raises(ValueError, match="outside a frame of 96 × 64"):
            crop_face(frame, box)
        return
    elsewhere = np.full_like(frame, 255)
    elsewhere[rows, columns] = frame[rows, columns]

    crop = crop_face(frame, box)
    assert crop.shape == (CROP_SIZE, CROP_SIZE)
    assert crop.dtype == np.uint8
    assert np.array_equal(crop, crop_face(elsewhere, box))
    assert frame[rows, columns].min() <= crop.min() <= crop.max() <= frame[rows, columns].max()


@pytest.mark.parametrize(
    "box", [FaceBox(-9, 5, 9, 9), FaceBox(WIDTH, 5, 9, 9), FaceBox(5, -9, 9, 9), FaceBox(5, HEIGHT, 9, 9)]
)
def test_a_box_that_only_touches_the_frame_is_refused(box: FaceBox) -> None:
    with pytest.raises(ValueError, match="outside a frame of 96 × 64"):
        crop_face(frame_of_noise(0), box)


def test_a_box_over_the_edge_keeps_its_framing() -> None:
    frame = frame_of_noise(0)
    wide = np.pad(frame, 20, mode="edge")
    for box in (FaceBox(-8, 5, 48, 48), FaceBox(60, 30, 48, 48), FaceBox(-10, -10, 96, 96)):
        assert np.array_equal(crop_face(frame, box), crop_face(wide, FaceBox(box.x + 20, box.y + 20, *size(box))))


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_leaning_face_is_turned_upright(quarter: int) -> None:
    """A quarter turn is exact, so that the crop must be as well."""
    upright = frame_of_noise(0)[:, :HEIGHT]
    clockwise = np.ascontiguousarray(np.rot90(upright, -quarter))
    assert np.array_equal(
        crop_face(clockwise, FaceBox(8, 8, 48, 48, 90.0 * quarter)), crop_face(upright, FaceBox(8, 8, 48, 48))
    )


def test_shrinking_averages_over_areas() -> None:
    frame = frame_of_noise(0)[:, :HEIGHT]
    doubled = np.kron(frame_of_noise(1)[:CROP_SIZE, :CROP_SIZE], np.array([[4, 0], [0, 4]])) // 4
    large = doubled.astype(np.uint8)

    expected = large.reshape(CROP_SIZE, 2, CROP_SIZE, 2).mean(axis=(1, 3))
    assert np.abs(resize_crop(large) - expected).max() <= 0.5
    assert resize_crop(frame).shape == (CROP_SIZE, CROP_SIZE)


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    picture = frame_of_noise(2)[:CROP_SIZE, :CROP_SIZE]

    assert resize_crop(picture) is picture


def test_a_crop_does_not_change_its_frame() -> None:
    frame = frame_of_noise(3)
    before = frame.copy()
    crop_face(frame, FaceBox(-5, -5, 70, 70))

    assert np.array_equal(frame, before)


@given(st.lists(boxes), st.randoms())
def test_the_largest_face_is_chosen_in_whatever_order_they_come(found: list[FaceBox], random: Random) -> None:
    chosen = choose_face(found)
    shuffled = list(found)
    random.shuffle(shuffled)

    assert choose_face(shuffled) == chosen
    assert (chosen is None) == (not found)
    if chosen is not None:
        assert chosen in found
        assert all(box.area <= chosen.area for box in found)
        assert all(box.x >= chosen.x for box in found if box.area == chosen.area)


def test_the_largest_face_is_the_one_that_covers_most() -> None:
    assert choose_face([FaceBox(0, 0, 30, 10), FaceBox(50, 0, 20, 20), FaceBox(20, 0, 10, 35)]) == FaceBox(
        50, 0, 20, 20
    )
    assert FaceBox(0, 0, 30, 10).area == 300


@pytest.mark.parametrize(("width", "height"), [(0, 10), (10, 0), (-3, 10), (10, -3)])
def test_a_box_without_size_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="positive size"):
        FaceBox(0, 0, width, height)


def test_normalising_maps_0_to_255_onto_0_to_1() -> None:
    crop = np.resize(np.arange(256, dtype=np.uint8), (CROP_SIZE, CROP_SIZE))
    values = normalise(crop)

    assert values.shape == (1, 48, 48, 1)
    assert values.dtype == np.float32
    assert values.min() == 0
    assert values.max() == 1
    assert np.array_equal(np.rint(values.reshape(crop.shape) * 255), crop)


def levels(least: int, most: int) -> Luma:
    """A crop with every grey level from ``least`` to ``most``."""
    return np.linspace(least, most, CROP_SIZE * CROP_SIZE).reshape(CROP_SIZE, CROP_SIZE).astype(np.uint8)


def test_a_crop_of_normal_contrast_is_left_alone() -> None:
    crop = levels(60, 60 + FLAT_SPAN + 10)
    assert not is_flat(crop)
    assert stretch_contrast(crop) is crop


@pytest.mark.parametrize("least", [0, 40, 150])
def test_a_flat_crop_is_spread_over_all_levels(least: int) -> None:
    crop = levels(least, least + 80)
    assert is_flat(crop)
    stretched = stretch_contrast(crop)
    assert (stretched.min(), stretched.max()) == (0, 255)
    assert (np.diff(stretched.ravel().astype(int)) >= 0).all()


def test_a_very_flat_crop_is_stretched_only_fourfold() -> None:
    stretched = stretch_contrast(levels(100, 110))
    assert int(stretched.max()) - int(stretched.min()) == pytest.approx(40, abs=4)
    plain = np.full((CROP_SIZE, CROP_SIZE), 77, dtype=np.uint8)
    assert len(np.unique(stretch_contrast(plain))) == 1


@given(boxes, boxes)
def test_overlap_is_a_share_and_the_same_both_ways(one: FaceBox, other: FaceBox) -> None:
    assert 0 <= overlap(one, other) <= 1
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, one) == 1


def test_overlap_is_what_both_cover_of_what_either_covers() -> None:
    assert overlap(FaceBox(0, 0, 10, 10), FaceBox(5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert overlap(FaceBox(0, 0, 10, 10), FaceBox(10, 0, 10, 10)) == 0
