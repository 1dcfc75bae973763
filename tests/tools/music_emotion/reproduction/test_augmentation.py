import numpy as np
import pytest

from tools.music_emotion.reproduction.augmentation import augmented

SONGS, BINS, FRAMES = 6, 40, 50


def drawn(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Six songs that differ, each with a label of its own."""
    songs = np.random.default_rng(seed).normal(size=(SONGS, BINS, FRAMES, 1)).astype(np.float32)
    return songs, 100 * np.eye(SONGS, 8, dtype=np.float32)


def test_a_batch_keeps_its_form_and_targets_their_sum() -> None:
    songs, targets = drawn()
    changed, mixed = augmented(songs, targets, np.random.default_rng(1))
    assert (changed.shape, changed.dtype) == (songs.shape, np.float32)
    assert mixed.sum(axis=1) == pytest.approx(np.full(SONGS, 100))
    assert not np.array_equal(changed, songs)


def test_it_is_another_batch_every_time_and_the_same_from_the_same_seed() -> None:
    songs, targets = drawn()
    random = np.random.default_rng(1)
    first, second = augmented(songs, targets, random)[0], augmented(songs, targets, random)[0]
    assert not np.array_equal(first, second)
    assert np.array_equal(augmented(songs, targets, np.random.default_rng(1))[0], first)


def test_what_is_given_is_not_changed() -> None:
    songs, targets = drawn()
    before = songs.copy(), targets.copy()
    augmented(songs, targets, np.random.default_rng(1))
    assert np.array_equal(songs, before[0])
    assert np.array_equal(targets, before[1])


def test_songs_are_mixed_in_the_share_of_their_targets() -> None:
    """Every song is one value throughout, which shifting leaves and blanking turns into the mean of all."""
    values = np.arange(SONGS, dtype=np.float32)
    songs = np.broadcast_to(values[:, None, None, None], (SONGS, BINS, FRAMES, 1)).copy()
    for seed in range(20):
        changed, mixed = augmented(songs, 100 * np.eye(SONGS, 8, dtype=np.float32), np.random.default_rng(seed))
        expected = mixed[:, :SONGS] @ values / 100
        found = [np.isclose(song, value, atol=1e-4).mean() for song, value in zip(changed, expected, strict=True)]
        assert min(found) > 0.35  # at most 15 % of the bins and 25 % of the frames are blank, in either song


def test_no_more_is_blanked_than_is_said() -> None:
    songs = np.ones((1, BINS, FRAMES, 1), dtype=np.float32)
    songs[0, 0, 0] = 1 + BINS * FRAMES  # so that the mean is another value
    for seed in range(50):
        changed, _ = augmented(songs, np.ones((1, 8), dtype=np.float32), np.random.default_rng(seed))
        blank = np.isclose(changed[0, :, :, 0], songs.mean(), atol=1e-3)
        assert blank.all(axis=1).sum() <= 0.15 * BINS
        assert blank.all(axis=0).sum() <= 0.25 * FRAMES
