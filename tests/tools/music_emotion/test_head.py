from pathlib import Path

import numpy as np
import pytest

from device.errors import ModelError
from tools.music_emotion.head import STRENGTHS, Head, fit, fit_chosen


@pytest.fixture
def songs() -> tuple[np.ndarray, np.ndarray]:
    """60 songs whose valence and arousal are linear in 90 embedding values, but for a little noise."""
    random = np.random.default_rng(3)
    embeddings = random.normal(2.0, 1.0, (60, 90))
    weights = random.normal(0, 0.02, (90, 2))
    return embeddings, np.clip((embeddings - 2) @ weights + random.normal(0, 0.02, (60, 2)), -1, 1)


def test_it_is_the_ridge_regression_of_the_textbook(songs: tuple[np.ndarray, np.ndarray]) -> None:
    embeddings, targets = songs
    strengths = (3.0, 70.0)
    head = fit(embeddings, targets, strengths)
    standardised = (embeddings - embeddings.mean(axis=0)) / embeddings.std(axis=0)
    centred = targets - targets.mean(axis=0)
    for axis, strength in enumerate(strengths):
        penalised = standardised.T @ standardised + strength * np.eye(standardised.shape[1])
        primal = np.linalg.solve(penalised, standardised.T @ centred[:, axis])
        expected = standardised @ primal + targets.mean(axis=0)[axis]
        assert (embeddings @ head.weights + head.offset)[:, axis] == pytest.approx(expected, abs=1e-9)


def test_a_strong_penalty_leaves_the_mean(songs: tuple[np.ndarray, np.ndarray]) -> None:
    embeddings, targets = songs
    predictions = fit(embeddings, targets, (1e12, 1e12)).predict(embeddings)
    assert predictions == pytest.approx(np.tile(targets.mean(axis=0), (60, 1)), abs=1e-6)


def test_predictions_stay_inside_the_plane() -> None:
    head = Head(np.array([[10.0, -10.0]]), np.zeros(2))
    assert head.predict(np.array([[1.0], [0.05]])).tolist() == [[1.0, -1.0], [0.5, -0.5]]


def test_each_axis_gets_the_strength_that_its_noise_asks_for() -> None:
    random = np.random.default_rng(5)
    embeddings = random.normal(0, 1, (120, 30))
    clear = np.clip(0.2 * embeddings[:, 0], -1, 1)
    targets = np.column_stack([clear, random.uniform(-1, 1, 120)])
    _, strengths = fit_chosen(embeddings, targets, np.arange(120) % 10)
    assert strengths[0] <= STRENGTHS[3]
    assert strengths[1] >= STRENGTHS[10]


def test_an_embedding_value_that_never_moves_does_no_harm(songs: tuple[np.ndarray, np.ndarray]) -> None:
    embeddings, targets = songs
    embeddings[:, 7] = 1.5
    head = fit(embeddings, targets, (10.0, 10.0))
    nudged = embeddings.copy()
    nudged[:, 7] += 0.06  # one int8 step
    assert np.isfinite(head.weights).all()
    assert head.predict(nudged) == pytest.approx(head.predict(embeddings), abs=1e-9)


def test_a_head_survives_its_file(songs: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    head = fit(*songs, (10.0, 10.0))
    head.save(tmp_path / "head.npz")
    loaded = Head.load(tmp_path / "head.npz")
    assert np.array_equal(loaded.weights, head.weights)
    assert np.array_equal(loaded.offset, head.offset)


def test_what_is_no_head_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    with pytest.raises(ModelError, match=r"head\.npz"):
        Head.load(path)
    for content in (b"", b"PK\x03\x04 torn", b"words"):
        path.write_bytes(content)
        with pytest.raises(ModelError, match=r"head\.npz"):
            Head.load(path)
    for arrays in ({"weights": np.zeros((4, 2))}, {"weights": np.zeros((4, 3)), "offset": np.zeros(2)}):
        np.savez(path, **arrays)
        with pytest.raises(ModelError, match=r"head\.npz"):
            Head.load(path)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    np.savez(path, weights=np.array([{"a": 1}], dtype=object), offset=np.zeros(2))
    with pytest.raises(ModelError, match="allow_pickle"):
        Head.load(path)
