from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.errors import ModelError
from tools.music_emotion.model.head import STRENGTHS, Block, Head, fit
from tools.music_emotion.model.uncertainty import Familiarity, Uncertainty

BLOCK_SIZE = 500
"""A block of importance 1 weighs like this many standardised values."""
SMALL = 1e-6

Songs = tuple[np.ndarray, np.ndarray]

lawful = settings(deadline=None, max_examples=15)


def block(size: int, *importance: float, smallest: float = SMALL) -> Block:
    valence, arousal = importance or (1.0, 1.0)
    return Block(f"block of {size}", size, (valence, arousal), smallest)


def draw(seed: int, songs: int = 60, width: int = 90, noise: float = 0.02) -> Songs:
    """Songs whose valence and arousal are linear in the embedding, but for a little noise."""
    random = np.random.default_rng(seed)
    embeddings = random.normal(2.0, 1.0, (songs, width))
    weights = random.normal(0, 0.02, (width, 2))
    return embeddings, np.clip((embeddings - 2) @ weights + random.normal(0, noise, (songs, 2)), -1, 1)


@pytest.fixture
def songs() -> Songs:
    return draw(3)


def primal(inputs: np.ndarray, targets: np.ndarray, strength: float) -> np.ndarray:
    """The weights of ridge regression as textbooks write them."""
    return np.linalg.solve(inputs.T @ inputs + strength * np.eye(inputs.shape[1]), inputs.T @ targets)


def test_it_is_the_ridge_regression_of_the_textbook(songs: Songs) -> None:
    embeddings, targets = songs
    fitted = fit(embeddings, targets, [block(30, 1.0, 0.5), block(60, 0.2, 2.0)])
    standardised = (embeddings - embeddings.mean(axis=0)) / embeddings.std(axis=0)
    for axis, importances in enumerate([(1.0, 0.2), (0.5, 2.0)]):
        sizes = np.repeat([BLOCK_SIZE * importances[0] / 30, BLOCK_SIZE * importances[1] / 60], (30, 60))
        inputs, mean = standardised * np.sqrt(sizes), targets[:, axis].mean()
        expected = inputs @ primal(inputs, targets[:, axis] - mean, fitted.strengths[axis]) + mean
        assert (embeddings @ fitted.head.weights + fitted.head.offset)[:, axis] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("noise", [0.02, 0.5])
def test_left_out_predictions_are_those_of_really_leaving_one_out(noise: float) -> None:
    """Exactly, if the others keep the centre and the deviations that all songs have; those hardly depend on one."""
    embeddings, targets = draw(5, songs=40, width=30, noise=noise)
    fitted = fit(embeddings, targets, [block(30)])
    inputs = (embeddings - embeddings.mean(axis=0)) / embeddings.std(axis=0) * np.sqrt(BLOCK_SIZE / 30)
    for axis, strength in enumerate(fitted.strengths):
        mean = targets[:, axis].mean()
        for song in range(40):
            others = np.arange(40) != song
            weights = primal(inputs[others], targets[others, axis] - mean, strength)
            assert fitted.left_out[song, axis] == pytest.approx(inputs[song] @ weights + mean, abs=1e-8)


def test_left_out_predictions_nearly_are_those_of_a_head_that_never_saw_the_song() -> None:
    """Which has a centre, deviations and strengths of its own."""
    embeddings, targets = draw(3, songs=120, width=30, noise=0.1)
    fitted = fit(embeddings, targets, [block(30)])
    for song in range(0, 120, 40):
        others = np.arange(120) != song
        head = fit(embeddings[others], targets[others], [block(30)]).head
        assert head.predict(embeddings[[song]])[0] == pytest.approx(fitted.left_out[song], abs=0.01)


def test_each_axis_gets_the_strength_that_its_noise_asks_for() -> None:
    random = np.random.default_rng(5)
    embeddings = random.normal(0, 1, (120, 30))
    clear = np.clip(0.2 * embeddings[:, 0], -1, 1)
    targets = np.column_stack([clear, random.uniform(-1, 1, 120)])
    clear_strength, noisy_strength = fit(embeddings, targets, [block(30)]).strengths
    assert clear_strength <= STRENGTHS[8]
    assert noisy_strength >= STRENGTHS[15]


def test_strengths_leave_the_least_error_of_all_to_choose_from(songs: Songs) -> None:
    embeddings, targets = songs
    fitted = fit(embeddings, targets, [block(90)])
    inputs = (embeddings - embeddings.mean(axis=0)) / embeddings.std(axis=0) * np.sqrt(BLOCK_SIZE / 90)
    for axis, chosen in enumerate(fitted.strengths):
        centred = targets[:, axis] - targets[:, axis].mean()
        errors = {}
        for strength in STRENGTHS:
            hat = inputs @ np.linalg.solve(inputs.T @ inputs + strength * np.eye(90), inputs.T)
            errors[strength] = (((centred - hat @ centred) / (1 - np.diag(hat))) ** 2).sum()
        assert errors[chosen] == pytest.approx(min(errors.values()))


def test_without_importance_for_an_axis_a_block_has_no_weight_there(songs: Songs) -> None:
    embeddings, targets = songs
    blocks = [block(40), block(50, 0.0, 0.5)]
    head = fit(embeddings, targets, blocks).head
    assert (head.weights[40:, 0] == 0).all()
    assert (head.weights[40:, 1] != 0).all()
    assert (head.weights[:40] != 0).all()
    alone = fit(embeddings[:, :40], targets, blocks[:1]).head
    assert head.weights[:40, 0] == pytest.approx(alone.weights[:, 0], abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
@lawful
def test_a_block_weighs_the_same_however_many_values_it_has(seed: int, copies: int) -> None:
    embeddings, targets = draw(seed, songs=30, width=12)
    twice = np.concatenate([np.tile(embeddings[:, :5], copies), embeddings[:, 5:]], axis=1)
    once = fit(embeddings, targets, [block(5, 0.3, 0.7), block(7)])
    more = fit(twice, targets, [block(5 * copies, 0.3, 0.7), block(7)])
    assert more.strengths == once.strengths
    assert more.left_out == pytest.approx(once.left_out, abs=1e-7)
    assert more.head.predict(twice) == pytest.approx(once.head.predict(embeddings), abs=1e-7)
    assert more.head.deviations(twice) == pytest.approx(once.head.deviations(embeddings), rel=1e-5)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-10, 10))
@lawful
def test_units_and_zeros_of_the_embedding_do_not_matter(seed: int, unit: float, zero: float) -> None:
    embeddings, targets = draw(seed, songs=30, width=12)
    here, there = (fit(given, targets, [block(12)]) for given in (embeddings, unit * embeddings + zero))
    assert there.strengths == here.strengths
    predicted, deviations = here.head.predict(embeddings), here.head.deviations(embeddings)
    assert there.head.predict(unit * embeddings + zero) == pytest.approx(predicted, abs=1e-6)
    assert there.head.deviations(unit * embeddings + zero) == pytest.approx(deviations, rel=1e-4)


def test_an_embedding_value_that_never_moves_does_no_harm(songs: Songs) -> None:
    embeddings, targets = songs
    embeddings[:, 7] = 1.5
    head = fit(embeddings, targets, [block(90, smallest=0.05)]).head
    nudged = embeddings.copy()
    nudged[:, 7] += 0.05  # one int8 step
    assert np.isfinite(head.weights).all()
    assert head.predict(nudged) == pytest.approx(head.predict(embeddings), abs=1e-9)
    assert head.deviations(nudged) == pytest.approx(head.deviations(embeddings), rel=0.1)


def test_a_value_that_hardly_moves_is_not_blown_up(songs: Songs) -> None:
    embeddings, targets = songs
    embeddings[:, 7] = 1.5 + 1e-4 * embeddings[:, 7]
    timid, bold = (fit(embeddings, targets, [block(90, smallest=smallest)]).head for smallest in (0.05, SMALL))
    assert np.abs(timid.weights[7]).max() < np.abs(bold.weights[7]).max() / 100


def test_songs_unlike_those_learnt_from_and_noisy_ones_are_less_sure() -> None:
    embeddings, targets = draw(1, songs=200, width=20, noise=0.1)
    targets[:, 1] += 0.4 * np.random.default_rng(0).normal(size=200)
    head = fit(embeddings, np.clip(targets, -1, 1), [block(20)]).head
    usual = head.deviations(embeddings)
    assert usual.shape == (200, 2)
    assert (usual > 0).all()
    assert np.median(usual[:, 1]) > 2 * np.median(usual[:, 0])
    strangeness = head.uncertainty.familiarity.strangeness(np.stack([embeddings[0], embeddings[0] + 50]))
    assert strangeness[1] > 100 * strangeness[0]


def plain_head(*weights: tuple[float, float]) -> Head:
    """A head with these weights that knows nothing about uncertainty."""
    width = len(weights)
    familiarity = Familiarity(np.zeros(width), np.ones(width), np.zeros((1, width)), np.zeros(1), 1.0)
    return Head(np.array(weights), np.zeros(2), Uncertainty(familiarity, np.zeros((2, 3)), np.array([[0.1, 1.0]] * 2)))


def test_predictions_stay_inside_the_plane() -> None:
    head = plain_head((10.0, -10.0))
    assert head.predict(np.array([[1.0], [0.05]])).tolist() == [[1.0, -1.0], [0.5, -0.5]]


def test_a_head_survives_its_file(songs: Songs, tmp_path: Path) -> None:
    head = fit(*songs, [block(90)]).head
    head.save(tmp_path / "head.npz")
    loaded = Head.load(tmp_path / "head.npz")
    assert np.array_equal(loaded.weights, head.weights)
    assert np.array_equal(loaded.offset, head.offset)
    assert np.array_equal(loaded.predict(songs[0]), head.predict(songs[0]))
    assert loaded.deviations(songs[0]) == pytest.approx(head.deviations(songs[0]), rel=1e-4)


def stored(**changes: Any) -> dict[str, Any]:
    """What a file of a head of four values holds, with changes; None takes one out."""
    head = plain_head(*[(0.1, 0.2)] * 4)
    arrays = {"weights": head.weights, "offset": head.offset, **head.uncertainty.arrays(), **changes}
    return {name: value for name, value in arrays.items() if value is not None}


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 torn", b"words"])
def test_what_is_no_head_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "head.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"head\.npz"):
        Head.load(path)


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in stored()),
        {"weights": np.zeros((4, 3))},
        {"weights": np.zeros((5, 2))},
        {"weights": np.zeros(4)},
        {"weights": np.array(0.0)},
        {"weights": np.array(["much"] * 4)},
        {"offset": np.zeros(3)},
        {"limits": np.zeros((2, 3))},
        {"centre": np.zeros(5)},
        {"shares": np.array(0.0)},
        {"strength": np.zeros(2)},
    ],
    ids=str,
)
def test_arrays_that_are_no_head_are_refused_by_name(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "head.npz"
    np.savez(path, **stored())
    Head.load(path)
    np.savez(path, **stored(**changes))
    with pytest.raises(ModelError, match=r"head\.npz"):
        Head.load(path)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    np.savez(path, **stored(weights=np.array([{"a": 1}], dtype=object)))
    with pytest.raises(ModelError, match="allow_pickle"):
        Head.load(path)
