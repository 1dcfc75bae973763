import numpy as np
import pytest

from tools.music_emotion.evaluation import (
    FOLDS,
    Predictions,
    held_out_predictions,
    random_folds,
    residual_deviation,
    score,
)


def test_folds_differ_in_size_by_one_at_most_and_follow_the_seed() -> None:
    folds = random_folds(43, seed=1)
    sizes = np.bincount(folds, minlength=FOLDS)
    assert sizes.max() - sizes.min() <= 1
    assert np.array_equal(folds, random_folds(43, seed=1))
    assert not np.array_equal(folds, random_folds(43, seed=2))


def test_noise_is_not_predicted() -> None:
    """With 50 values for 60 songs, a leak of held-out songs would show as a high R²."""
    random = np.random.default_rng(0)
    embeddings, targets = random.normal(size=(60, 50)), random.uniform(-1, 1, (60, 2))
    predictions = held_out_predictions(embeddings, targets, random_folds(60, seed=0), seed=0)
    figures = score(predictions, targets)
    assert all(figures[axis]["model"]["r2"] < 0.1 for axis in ("valence", "arousal"))


def test_what_is_linear_is_predicted_and_the_baseline_is_not() -> None:
    random = np.random.default_rng(0)
    embeddings = random.normal(size=(80, 10))
    targets = np.clip(0.2 * embeddings[:, :2], -1, 1)
    figures = score(held_out_predictions(embeddings, targets, random_folds(80, seed=0), seed=0), targets)
    for axis in ("valence", "arousal"):
        assert figures[axis]["model"]["r2"] > 0.95
        assert figures[axis]["model"]["mae"] < figures[axis]["baseline"]["mae"] / 4
        assert figures[axis]["baseline"]["r2"] <= 0


def test_a_groups_baseline_is_the_mean_of_all_others() -> None:
    random = np.random.default_rng(1)
    embeddings, targets = random.normal(size=(30, 4)), random.uniform(-1, 1, (30, 2))
    genres = np.array(["rock", "jazz", "folk"])[np.arange(30) % 3]
    predictions = held_out_predictions(embeddings, targets, genres, seed=0)
    assert predictions.baseline[genres == "jazz"][0] == pytest.approx(targets[genres != "jazz"].mean(axis=0))


def test_figures_are_those_of_their_definitions() -> None:
    targets = np.array([[0.0, 0.0], [0.5, 1.0], [1.0, -1.0]])
    model = np.array([[0.1, 0.0], [0.4, 0.5], [0.9, -0.5]])
    predictions = Predictions(model, np.zeros_like(targets) + 0.2 * np.arange(3)[:, None])
    figures = score(predictions, targets)
    assert figures["valence"]["model"]["mae"] == pytest.approx(0.1)
    assert figures["valence"]["model"]["r2"] == pytest.approx(1 - 0.03 / 0.5, abs=1e-4)
    assert figures["arousal"]["model"]["pearson_r"] == pytest.approx(1.0)
    assert residual_deviation(predictions, targets)["valence"] == pytest.approx(np.std([-0.1, 0.1, 0.1]), abs=1e-4)
