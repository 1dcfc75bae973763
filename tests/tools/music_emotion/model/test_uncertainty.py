"""σ: its laws, and whether what is simulated is found again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.music_emotion.model.uncertainty import Familiarity, Uncertainty, fit_uncertainty

TRUTH = np.array([[-1.4, -0.8, 0.5], [-1.7, 0.4, 0.2]])

seeds = st.integers(0, 2**32 - 1)
strengths = st.floats(0.1, 1000)
lawful = settings(deadline=None, max_examples=50)


def familiar_with(inputs: np.ndarray, strength: float) -> Familiarity:
    """Whose embeddings need neither centring nor scaling."""
    width = inputs.shape[1]
    return Familiarity.of(inputs, strength, centre=np.zeros(width), scale=np.ones(width))


def draw(seed: int, songs: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Songs to learn from and ten others."""
    random = np.random.default_rng(seed)
    return random.normal(size=(songs, width)), 2 * random.normal(size=(10, width))


def textbook_variance(known: np.ndarray, asked: np.ndarray, strength: float) -> np.ndarray:
    """A Gaussian process with k(x, x') = xᵀx' and noise λ (Rasmussen and Williams 2006, eq. 2.26)."""
    inverse = np.linalg.inv(known @ known.T + strength * np.eye(len(known)))
    covariance = asked @ known.T
    return (asked**2).sum(axis=1) - np.einsum("ij,jk,ik->i", covariance, inverse, covariance)


@given(seeds, st.integers(1, 40), st.integers(1, 60), strengths)
@lawful
def test_strangeness_is_a_gaussian_processs_variance_over_the_noises(
    seed: int, songs: int, width: int, strength: float
) -> None:
    known, asked = draw(seed, songs, width)
    expected = textbook_variance(known, asked, strength) / strength
    assert familiar_with(known, strength).strangeness(asked) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(seeds, st.integers(1, 40), st.integers(1, 60), strengths)
@lawful
def test_strangeness_is_never_negative_and_grows_with_distance(
    seed: int, songs: int, width: int, strength: float
) -> None:
    known, asked = draw(seed, songs, width)
    familiarity = familiar_with(known, strength)
    near, far = familiarity.strangeness(asked), familiarity.strangeness(3 * asked)
    assert (near >= 0).all()
    assert far == pytest.approx(9 * near, abs=1e-9)
    assert familiarity.strangeness(np.zeros((1, width))).tolist() == [0.0]


@given(seeds, st.integers(1, 40), st.integers(1, 60), strengths)
@lawful
def test_songs_that_were_learnt_from_are_less_strange(seed: int, songs: int, width: int, strength: float) -> None:
    known, asked = draw(seed, songs, width)
    before = familiar_with(known, strength).strangeness(asked)
    after = familiar_with(np.concatenate([known, asked[:1]]), strength).strangeness(asked)
    assert (after <= before + 1e-9 * (1 + before)).all()
    assert after[0] < before[0]


@given(seeds, strengths)
@lawful
def test_directions_that_are_not_kept_only_add_strangeness(seed: int, strength: float) -> None:
    known, asked = draw(seed, 100, 120)
    familiarity = familiar_with(known, strength)
    assert len(familiarity.directions) < 100
    said = familiarity.strangeness(asked)
    assert (said >= textbook_variance(known, asked, strength) / strength - 1e-9).all()
    assert (said <= (asked**2).sum(axis=1) / strength + 1e-9).all()


def test_embeddings_are_centred_and_scaled_first() -> None:
    known, asked = draw(4, 20, 5)
    centre, scale = np.arange(5.0), np.array([0.5, 1, 2, 4, 8])
    familiarity = Familiarity.of(known, 3.0, centre=centre, scale=scale)
    expected = familiar_with(known, 3.0).strangeness(asked)
    assert familiarity.strangeness(asked / scale + centre) == pytest.approx(expected)


def simulate(songs: int, seed: int = 0) -> tuple[Familiarity, np.ndarray, np.ndarray, np.ndarray]:
    """Return a familiarity, and strangeness, places and what was missed with the true coefficients."""
    random = np.random.default_rng(seed)
    strangeness, places = random.exponential(2, songs), random.uniform(-1, 1, (songs, 2))
    exponents = [
        np.column_stack([np.ones(songs), np.abs(place), np.log1p(strangeness)]) @ row
        for place, row in zip(places.T, TRUTH, strict=True)
    ]
    missed = np.exp(np.column_stack(exponents)) * random.normal(size=(songs, 2))
    return familiar_with(random.normal(size=(30, 4)), 5.0), strangeness, places, missed


def test_what_was_simulated_is_found_again() -> None:
    fitted = fit_uncertainty(*simulate(20_000))
    assert fitted.coefficients == pytest.approx(TRUTH, abs=0.06)


@given(seeds, st.integers(20, 60))
@lawful
def test_a_few_songs_teach_something_finite(seed: int, songs: int) -> None:
    familiarity, strangeness, places, missed = simulate(songs, seed)
    fitted = fit_uncertainty(familiarity, strangeness, places, missed)
    assert np.isfinite(fitted.coefficients).all()
    assert (fitted.limits > 0).all()
    least, most = np.abs(missed).min(axis=0), np.abs(missed).max(axis=0)
    assert (fitted.limits[:, 0] > least / 10).all()
    assert (fitted.limits[:, 1] < 10 * most).all()


def test_no_coefficient_but_the_first_follows_from_a_handful_of_songs() -> None:
    """The prior: of 20 songs whose σ is the same everywhere, chance makes less of a difference than of it."""
    random = np.random.default_rng(1)
    ratios = []
    for _ in range(50):
        missed = 0.3 * random.normal(size=(20, 2))
        places, strangeness = random.uniform(-1, 1, (20, 2)), random.exponential(2, 20)
        fitted = fit_uncertainty(familiar_with(missed, 1.0), strangeness, places, missed)
        ratios.append(fitted.limits[:, 1] / fitted.limits[:, 0])
    assert np.median(ratios) < 2.5


@given(seeds)
@lawful
def test_deviations_follow_the_formula_within_the_limits(seed: int) -> None:
    uncertainty = fit_uncertainty(*simulate(200))
    random = np.random.default_rng(seed)
    embeddings, places = random.normal(0, 30, (20, 4)), random.uniform(-1, 1, (20, 2))
    said = uncertainty.deviations(embeddings, places)
    strangeness = uncertainty.familiarity.strangeness(embeddings)
    for axis, (constant, of_place, of_strangeness) in enumerate(uncertainty.coefficients):
        least, most = uncertainty.limits[axis]
        assert ((least <= said[:, axis]) & (said[:, axis] <= most)).all()
        expected = np.exp(constant + of_place * np.abs(places[:, axis]) + of_strangeness * np.log1p(strangeness))
        assert said[:, axis] == pytest.approx(np.clip(expected, least, most))


def test_the_limits_are_the_extremes_of_the_fit() -> None:
    uncertainty = fit_uncertainty(*simulate(500))
    far = np.full((1, 4), 1e6)
    rising = uncertainty.coefficients[:, 2] > 0
    assert rising.all()
    assert uncertainty.deviations(far, np.zeros((1, 2)))[0] == pytest.approx(uncertainty.limits[:, 1])


def test_a_place_outside_the_plane_counts_as_its_edge() -> None:
    """Left-out predictions are not clipped, and what is judged later is."""
    familiarity, strangeness, places, missed = simulate(200)
    edge = np.where(np.abs(places) > 0.9, np.sign(places), places)
    beyond = np.where(np.abs(places) > 0.9, 3 * np.sign(places), places)
    fits = [fit_uncertainty(familiarity, strangeness, those, missed) for those in (edge, beyond)]
    assert np.array_equal(fits[0].coefficients, fits[1].coefficients)
    assert np.array_equal(fits[0].limits, fits[1].limits)


def test_it_survives_a_file(tmp_path: Path) -> None:
    uncertainty = fit_uncertainty(*simulate(200))
    np.savez(tmp_path / "arrays.npz", **uncertainty.arrays())
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as arrays:
        loaded = Uncertainty.from_arrays(arrays)
    random = np.random.default_rng(3)
    embeddings, places = random.normal(size=(20, 4)), random.uniform(-1, 1, (20, 2))
    assert loaded.deviations(embeddings, places) == pytest.approx(uncertainty.deviations(embeddings, places), rel=1e-5)
    assert np.array_equal(loaded.coefficients, uncertainty.coefficients)
    assert loaded.familiarity.strength == uncertainty.familiarity.strength


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scale", np.ones(3)),
        ("directions", np.ones((4, 3))),
        ("directions", np.ones(4)),
        ("shares", np.ones(9)),
        ("coefficients", np.ones((2, 2))),
        ("limits", np.ones(2)),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(name: str, value: np.ndarray) -> None:
    arrays: dict[str, Any] = fit_uncertainty(*simulate(50)).arrays()
    with pytest.raises(ValueError, match="shapes"):
        Uncertainty.from_arrays({**arrays, name: value})


def test_a_missing_array_is_told() -> None:
    arrays = fit_uncertainty(*simulate(50)).arrays()
    for name in arrays:
        with pytest.raises(KeyError, match=name):
            Uncertainty.from_arrays({key: value for key, value in arrays.items() if key != name})
