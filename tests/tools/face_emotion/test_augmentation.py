import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.face_emotion.augmentation import Augmentation, augment

STILL = Augmentation(shift=0, zoom=0, rotation_degrees=0, flip=False, brightness=0, contrast=0, noise=0)
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
    assert np.allclose(changed(crops, STILL, seed), crops, atol=1e-5)


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
    results = changed(np.repeat(crop, 200, axis=0), Augmentation(0, 0, 0, brightness=0, contrast=0, noise=0))
    mirrored = np.array([np.allclose(result, crop[0, :, ::-1], atol=1e-5) for result in results])
    same = np.array([np.allclose(result, crop[0], atol=1e-5) for result in results])
    assert np.all(mirrored ^ same)
    assert 60 < mirrored.sum() < 140


@pytest.mark.parametrize("shift", [0.05, 0.15])
def test_a_shift_stays_within_its_limit_and_goes_to_every_side(shift: float) -> None:
    limits = Augmentation(shift, 0, 0, flip=False, brightness=0, contrast=0, noise=0)
    places = np.array([centre(crop) for crop in changed(np.repeat(blob(24, 24), 100, axis=0), limits)]) - 24
    assert np.abs(places).max() <= 48 * shift + 0.01
    assert np.all(places.min(axis=0) < -24 * shift)
    assert np.all(places.max(axis=0) > 24 * shift)


def test_a_zoom_frames_looser_and_tighter_within_its_limit() -> None:
    disc = np.zeros((48, 48), dtype=np.float32)
    disc[14:34, 14:34] = 1
    limits = Augmentation(0, 0.25, 0, flip=False, brightness=0, contrast=0, noise=0)
    results = changed(np.repeat(disc[None, ..., None], 100, axis=0), limits)
    widths = np.sqrt(results.sum(axis=(1, 2, 3))) / 20
    assert 0.78 < widths.min() < 0.88
    assert 1.14 < widths.max() < 1.27


def test_a_rotation_turns_about_the_middle_within_its_limit() -> None:
    limits = Augmentation(0, 0, 30, flip=False, brightness=0, contrast=0, noise=0)
    places = np.array([centre(crop) for crop in changed(np.repeat(blob(40, 24), 100, axis=0), limits)]) - 23.5
    angles = np.degrees(np.arctan2(places[:, 1], places[:, 0]))
    assert np.allclose(np.hypot(*places.T), 16.5, atol=0.1)
    assert -30 <= angles.min() + 0.1 < -15
    assert 20 < angles.max() <= 33.5  # the blob itself lies 1.7 degrees below the middle


def test_brightness_and_contrast_keep_to_their_limits() -> None:
    crop = np.full((100, 48, 48, 1), 0.5, dtype=np.float32)
    crop[:, :24] = 0.4
    limits = Augmentation(0, 0, 0, flip=False, brightness=0.1, contrast=0.5, noise=0)
    results = changed(crop, limits)
    spread = results.max(axis=(1, 2, 3)) - results.min(axis=(1, 2, 3))
    assert np.abs(results.mean(axis=(1, 2, 3)) - 0.45).max() <= 0.1 + 1e-5
    assert 0.05 - 1e-5 <= spread.min() < 0.07
    assert 0.13 < spread.max() <= 0.15 + 1e-5


def test_noise_has_no_bias_and_at_most_its_standard_deviation() -> None:
    limits = Augmentation(0, 0, 0, flip=False, brightness=0, contrast=0, noise=0.05)
    results = changed(np.full((50, 48, 48, 1), 0.5), limits)
    assert abs(results.mean() - 0.5) < 0.001
    assert 0.04 < results.std(axis=(1, 2, 3)).max() < 0.052
