from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.face_emotion.training.augmentation import NOTHING, Augmentation, augment, framing_only

seeds = st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))


def changed(crops: np.ndarray, limits: Augmentation, seed: tuple[int, int] = (1, 2)) -> np.ndarray:
    return np.asarray(augment(tf.constant(crops, tf.float32), tf.constant(seed), limits))


def blob(x: int, y: int) -> np.ndarray:
    crop = np.zeros((1, 48, 48, 1), dtype=np.float32)
    crop[0, y - 2 : y + 3, x - 2 : x + 3] = 1
    return crop


def centre(crop: np.ndarray) -> tuple[float, float]:
    rows, columns = np.mgrid[:48, :48]
    weights = crop[..., 0] / crop.sum()
    return float((columns * weights).sum()), float((rows * weights).sum())


@settings(deadline=None, max_examples=20)
@given(arrays(np.float32, (2, 48, 48, 1), elements=st.floats(0, 1, width=32)), seeds)
def test_shape_and_range_are_kept_whatever_the_crop(crops: np.ndarray, seed: tuple[int, int]) -> None:
    result = changed(crops, Augmentation(), seed)
    assert result.shape == crops.shape
    assert result.min() >= 0
    assert result.max() <= 1


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_turned_off_it_changes_nothing(seed: tuple[int, int]) -> None:
    crops = np.random.default_rng(seed).random((3, 48, 48, 1)).astype(np.float32)
    assert np.allclose(changed(crops, NOTHING, seed), crops, atol=1e-5)


def test_equal_seeds_give_equal_crops_and_others_do_not() -> None:
    crops = np.random.default_rng(1).random((2, 48, 48, 1))
    first = changed(crops, Augmentation(), (3, 4))
    assert np.array_equal(first, changed(crops, Augmentation(), (3, 4)))
    assert not np.allclose(first, changed(crops, Augmentation(), (3, 5)))


def test_the_crops_of_a_batch_are_changed_differently() -> None:
    first, second = changed(np.repeat(blob(14, 20), 2, axis=0), Augmentation())
    assert not np.allclose(first, second)


def test_a_flip_mirrors_about_half_of_the_crops_and_nothing_else() -> None:
    crop = blob(10, 20)
    results = changed(np.repeat(crop, 200, axis=0), replace(NOTHING, flip=True))
    mirrored = np.array([np.allclose(result, crop[0, :, ::-1], atol=1e-5) for result in results])
    same = np.array([np.allclose(result, crop[0], atol=1e-5) for result in results])
    assert np.all(mirrored ^ same)
    assert 60 < mirrored.sum() < 140


@pytest.mark.parametrize("shift", [0.05, 0.15])
def test_a_shift_stays_within_its_limit_and_goes_to_every_side(shift: float) -> None:
    limits = replace(NOTHING, shift=shift)
    places = np.array([centre(crop) for crop in changed(np.repeat(blob(24, 24), 100, axis=0), limits)]) - 24
    assert np.abs(places).max() <= 48 * shift + 0.01
    assert np.all(places.min(axis=0) < -24 * shift)
    assert np.all(places.max(axis=0) > 24 * shift)


def test_a_zoom_frames_looser_and_tighter_within_its_limit() -> None:
    disc = np.zeros((48, 48), dtype=np.float32)
    disc[14:34, 14:34] = 1
    limits = replace(NOTHING, zoom=0.25)
    results = changed(np.repeat(disc[None, ..., None], 100, axis=0), limits)
    widths = np.sqrt(results.sum(axis=(1, 2, 3))) / 20
    assert 0.78 < widths.min() < 0.88
    assert 1.14 < widths.max() < 1.27


def test_a_rotation_turns_about_the_middle_within_its_limit() -> None:
    limits = replace(NOTHING, rotation_degrees=30)
    places = np.array([centre(crop) for crop in changed(np.repeat(blob(40, 24), 100, axis=0), limits)]) - 23.5
    angles = np.degrees(np.arctan2(places[:, 1], places[:, 0]))
    assert np.allclose(np.hypot(*places.T), 16.5, atol=0.1)
    assert -30 <= angles.min() + 0.1 < -15
    assert 20 < angles.max() <= 33.5  # the blob itself lies 1.7 degrees below the middle


def test_brightness_and_contrast_keep_to_their_limits() -> None:
    crop = np.full((100, 48, 48, 1), 0.5, dtype=np.float32)
    crop[:, :24] = 0.4
    limits = replace(NOTHING, brightness=0.1, contrast=0.5)
    results = changed(crop, limits)
    spread = results.max(axis=(1, 2, 3)) - results.min(axis=(1, 2, 3))
    assert np.abs(results.mean(axis=(1, 2, 3)) - 0.45).max() <= 0.1 + 1e-5
    assert 0.05 - 1e-5 <= spread.min() < 0.07
    assert 0.13 < spread.max() <= 0.15 + 1e-5


def test_noise_has_no_bias_and_at_most_its_standard_deviation() -> None:
    limits = replace(NOTHING, noise=0.05)
    results = changed(np.full((50, 48, 48, 1), 0.5), limits)
    assert abs(results.mean() - 0.5) < 0.001
    assert 0.04 < results.std(axis=(1, 2, 3)).max() < 0.052


def test_gamma_bends_the_greys_and_keeps_black_and_white() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 48, dtype=np.float32)[:, None], (100, 48, 48))[..., None]
    results = changed(ramp, replace(NOTHING, gamma=0.5))
    assert np.allclose(results[:, 0], 0, atol=1e-6)
    assert np.allclose(results[:, -1], 1, atol=1e-6)
    assert np.all(np.diff(results[:, :, 0, 0], axis=1) >= 0)
    middle = np.log(results[:, 23, 0, 0]) / np.log(ramp[0, 23, 0, 0])  # the exponents
    assert np.exp(-0.5) - 0.01 <= middle.min() < 0.8
    assert 1.25 < middle.max() <= np.exp(0.5) + 0.01


def test_a_rectangle_of_one_grey_hides_part_of_about_half_of_the_crops() -> None:
    crops = np.random.default_rng(4).random((400, 48, 48, 1)).astype(np.float32)
    results = changed(crops, replace(NOTHING, occlusion=0.5))
    hidden = ~np.isclose(results, crops, atol=1e-6)[..., 0]
    shares = hidden.mean(axis=(1, 2))
    assert 150 < np.count_nonzero(shares) < 230  # a rectangle may be too narrow to hide any pixel
    assert shares.max() <= 0.25
    for crop, mask in zip(results[shares > 0, ..., 0], hidden[shares > 0], strict=True):
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        box = crop[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert np.ptp(box) < 1e-6


def test_dimming_leaves_two_thirds_alone_and_keeps_the_order_of_the_greys() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 48, dtype=np.float32)[:, None], (300, 48, 48))[..., None]
    results = changed(ramp, replace(NOTHING, dimming=0.8))
    contrast = np.ptp(results[:, :, 0, 0], axis=1)
    assert 170 < np.count_nonzero(contrast > 0.999) < 230
    assert 0.2 - 1e-5 <= contrast.min() < 0.3
    assert np.all(np.diff(results[:, :, 0, 0], axis=1) > 0)


def test_framing_only_moves_crops_as_the_whole_augmentation_does() -> None:
    crops = np.repeat(blob(20, 27), 30, axis=0)
    limits = replace(
        Augmentation(), brightness=0, contrast=0, gamma=0, noise=0, dimming=0, side_light=0, blur=0, occlusion=0
    )
    assert np.allclose(changed(crops, limits), changed(crops, framing_only(Augmentation())), atol=1e-6)
    assert framing_only(Augmentation()) != Augmentation()


def test_a_side_light_brightens_one_side_and_darkens_the_other_of_a_third() -> None:
    result = changed(np.full((90, 48, 48, 1), 0.5), replace(NOTHING, side_light=0.6))[..., 0]
    lit = result.std(axis=(1, 2)) > 1e-4
    assert 15 <= lit.sum() <= 45
    assert np.allclose(result.mean(axis=(1, 2)), 0.5, atol=1e-3)


def test_a_blur_softens_a_third_and_moves_nothing() -> None:
    result = changed(np.repeat(blob(20, 24), 90, axis=0), replace(NOTHING, blur=1.0))
    blurred = result.max(axis=(1, 2, 3)) < 0.999
    spread = (result > 0).sum(axis=(1, 2, 3))
    assert 15 <= (spread > 25).sum() <= 45
    assert blurred.sum() <= (spread > 25).sum()
    assert np.allclose([centre(crop) for crop in result], (20, 24), atol=1e-3)
