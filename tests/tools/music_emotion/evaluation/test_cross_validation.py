import numpy as np
import pytest

from tools.music_emotion.evaluation.cross_validation import FOLDS, SIZES, HeldOut, held_out_predictions, score
from tools.music_emotion.model.head import AXES, Block, fit
from tools.music_emotion.model.rectangle import LISTENERS_DEVIATION

Songs = tuple[np.ndarray, np.ndarray]


def block(size: int) -> Block:
    return Block("all", size, (1.0, 1.0), 1e-6)


def folds(songs: int) -> np.ndarray:
    return np.arange(songs) % FOLDS


def usual_spread(targets: np.ndarray) -> np.ndarray:
    return np.full_like(targets, 0.3)


@pytest.fixture
def genres() -> Songs:
    """Thirty songs of three genres, and their groups."""
    random = np.random.default_rng(1)
    return random.normal(size=(30, 4)), random.uniform(-1, 1, (30, 2))


JAZZ = np.arange(30) % 3 == 1
GENRES = np.array(["rock", "jazz", "folk"])[np.arange(30) % 3]


def test_noise_is_not_predicted() -> None:
    """With 50 values for 60 songs, a leak of held-out songs would show as a high R²."""
    random = np.random.default_rng(0)
    embeddings, targets = random.normal(size=(60, 50)), random.uniform(-1, 1, (60, 2))
    held = held_out_predictions(embeddings, targets, folds(60), [block(50)])
    figures = score(held, targets, usual_spread(targets))
    assert all(figures[axis]["model"]["r2"] < 0.1 for axis in AXES)


def test_what_is_linear_is_predicted_and_the_baseline_is_not() -> None:
    random = np.random.default_rng(0)
    embeddings = random.normal(size=(80, 10))
    targets = np.clip(0.2 * embeddings[:, :2] + random.normal(0, 0.01, (80, 2)), -1, 1)
    held = held_out_predictions(embeddings, targets, folds(80), [block(10)])
    figures = score(held, targets, np.full_like(targets, LISTENERS_DEVIATION))
    for axis in AXES:
        assert figures[axis]["model"]["r2"] > 0.95
        assert figures[axis]["model"]["mae"] < figures[axis]["baseline"]["mae"] / 4
        assert figures[axis]["baseline"]["r2"] <= 0
        assert 0.5 < figures[axis]["deviations"]["within_one"] < 0.85
    for k in ("1", "2", "3"):
        assert figures["percent"][k]["share"] < 0.3
        assert figures["retrieval"][k]["model"] > 0.95


def test_a_group_is_told_by_a_head_of_all_others(genres: Songs) -> None:
    embeddings, targets = genres
    held = held_out_predictions(embeddings, targets, GENRES, [block(4)])
    head = fit(embeddings[~JAZZ], targets[~JAZZ], [block(4)]).head
    assert np.array_equal(held.places[JAZZ], head.predict(embeddings[JAZZ]))
    assert np.array_equal(held.deviations[JAZZ], head.deviations(embeddings[JAZZ]))
    assert held.baseline[JAZZ] == pytest.approx(np.tile(targets[~JAZZ].mean(axis=0), (10, 1)))


def test_what_people_said_of_a_group_does_not_change_what_is_said_of_it(genres: Songs) -> None:
    embeddings, targets = genres
    before = held_out_predictions(embeddings, targets, GENRES, [block(4)])
    after = held_out_predictions(embeddings, np.where(JAZZ[:, None], -targets, targets), GENRES, [block(4)])
    for part in ("places", "deviations", "baseline"):
        assert np.array_equal(getattr(before, part)[JAZZ], getattr(after, part)[JAZZ])
        assert not np.allclose(getattr(before, part)[~JAZZ], getattr(after, part)[~JAZZ])


def test_figures_are_those_of_their_definitions() -> None:
    targets = np.array([[0.0, 0.0], [0.5, 1.0], [1.0, -1.0]])
    said = np.array([[0.1, 0.0], [0.4, 0.5], [0.9, -0.5]])
    held = HeldOut(said, np.array([[0.2, 0.2], [0.05, 0.3], [0.08, 0.1]]), np.zeros_like(targets))
    figures = score(held, targets, usual_spread(targets))
    assert figures["valence"]["model"]["mae"] == pytest.approx(0.1)
    assert figures["valence"]["model"]["r2"] == pytest.approx(1 - 0.03 / 0.5, abs=1e-4)
    assert figures["arousal"]["model"]["pearson_r"] == pytest.approx(1.0)
    assert figures["arousal"]["baseline"]["mae"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["valence"]["deviations"]["within_one"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["arousal"]["deviations"]["within_two"] == pytest.approx(2 / 3, abs=1e-4)


def test_the_truth_itself_errs_by_nothing_and_ranks_best() -> None:
    """Where σ of the ratings is what the rectangle rule draws."""
    targets = np.random.default_rng(2).uniform(-0.8, 0.8, (12, 2))
    held = HeldOut(targets, np.full_like(targets, 0.15), targets)
    figures = score(held, targets, np.full_like(targets, np.hypot(0.15, LISTENERS_DEVIATION)))
    assert list(figures["percent"]) == list(figures["retrieval"]) == [f"{k:g}" for k in SIZES]
    for k in figures["percent"]:
        assert figures["percent"][k]["model"] == figures["percent"][k]["share"] == 0
        assert figures["retrieval"][k]["model"] == pytest.approx(figures["retrieval"][k]["best"], abs=1e-3)
