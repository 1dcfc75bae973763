import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.music_emotion.evaluation.metrics import (
    NOMINAL_WITHIN,
    calibration,
    constant_mean_fit,
    fit_figures,
    mae,
    pearson_r,
    r2,
    retrieval,
    rmse,
    vector_errors,
)
from tools.music_emotion.model.rectangle import vectors_of

SONGS = 12
ks = st.sampled_from([1.0, 2.0, 3.0])
axes = arrays(np.float64, SONGS, elements=st.floats(-1, 1, width=16), unique=True)
places = arrays(np.float64, (SONGS, 2), elements=st.floats(-1, 1, width=16), unique=True)
# at most 0.3, or every rectangle might be the whole plane and every song alike
deviations = arrays(np.float64, (SONGS, 2), elements=st.floats(0.05, 0.3))


def test_the_figures_of_one_axis_are_those_of_their_definitions() -> None:
    truth, predicted = np.array([0.0, 0.5, 1.0]), np.array([0.1, 0.4, 0.6])
    fit = fit_figures(truth, predicted)
    assert fit.r2 == pytest.approx(1 - (0.01 + 0.01 + 0.16) / 0.5)
    assert fit.mae == pytest.approx(0.2)
    assert fit.rmse == pytest.approx(math.sqrt(0.18 / 3))
    # Σ(t − ½)(p − mean) = ½ · 0.6 − ½ · 0.1, over the roots of Σ(t − ½)² and Σp² − (Σp)² / 3
    assert fit.pearson_r == pytest.approx(0.25 / math.sqrt(0.5 * (0.53 - 1.1**2 / 3)))


def test_the_constant_mean_scores_no_r2_and_its_rmse_is_the_deviation() -> None:
    truth = np.array([-0.5, 0.1, 0.7, 0.9])
    fit = constant_mean_fit(truth)
    assert fit.r2 == pytest.approx(0)
    assert math.isnan(fit.pearson_r)
    assert fit.rmse == pytest.approx(truth.std())
    assert fit.mae == pytest.approx((0.8 + 0.2 + 0.4 + 0.6) / 4)


def test_what_does_not_vary_has_no_r2_and_no_correlation() -> None:
    same, other = np.full(5, 0.1), np.linspace(-1, 1, 5)
    assert math.isnan(r2(same, other))
    assert math.isnan(pearson_r(same, other))
    assert math.isnan(pearson_r(other, same))


@given(axes)
def test_a_perfect_prediction_has_r2_and_correlation_1_and_no_error(truth: np.ndarray) -> None:
    fit = fit_figures(truth, truth)
    assert (fit.r2, fit.mae, fit.rmse) == (1, 0, 0)
    assert fit.pearson_r == pytest.approx(1)


@given(axes, st.floats(-1, 1))
def test_no_constant_has_an_r2_above_0(truth: np.ndarray, constant: float) -> None:
    assert r2(truth, np.full(SONGS, constant)) <= 1e-9


@given(axes, axes, st.floats(0.01, 100), st.floats(-10, 10))
def test_r2_does_not_depend_on_the_scale_of_ratings(
    truth: np.ndarray, predicted: np.ndarray, scale: float, offset: float
) -> None:
    moved = r2(truth * scale + offset, predicted * scale + offset)
    assert moved == pytest.approx(r2(truth, predicted), rel=1e-4, abs=1e-4)


@given(axes, axes)
def test_correlation_is_symmetric_and_turns_its_sign_with_a_mirror(truth: np.ndarray, predicted: np.ndarray) -> None:
    correlation = pearson_r(truth, predicted)
    assert -1 <= correlation <= 1
    assert pearson_r(predicted, truth) == pytest.approx(correlation)
    assert pearson_r(truth, -predicted) == pytest.approx(-correlation)


@given(axes, axes)
def test_the_mean_error_is_at_most_the_root_mean_square(truth: np.ndarray, predicted: np.ndarray) -> None:
    assert mae(truth, predicted) <= rmse(truth, predicted) + 1e-12


def test_percentages_of_opposite_corners_are_compared_label_by_label() -> None:
    """Each rectangle lies in one quadrant, its diagonal on the octants' border: half and half of two labels."""
    true_places = np.array([[0.5, 0.5], [-0.5, -0.5]])
    sigma = np.full((2, 2), 0.1)
    errors = vector_errors(vectors_of(true_places, sigma, 1), vectors_of(true_places[::-1], sigma, 1))
    assert errors.model == pytest.approx(4 * 50 / 8)
    assert errors.constant_mean == pytest.approx(4 * 25 / 8)
    assert errors.share == pytest.approx(2)


@given(places, deviations, ks)
def test_a_perfect_prediction_has_share_0(true_places: np.ndarray, sigma: np.ndarray, k: float) -> None:
    errors = vector_errors(vectors_of(true_places, sigma, k), vectors_of(true_places, sigma, k))
    assert errors.model == 0
    assert errors.share == 0


@given(places, deviations, ks)
def test_answering_the_mean_row_has_share_1(true_places: np.ndarray, sigma: np.ndarray, k: float) -> None:
    vectors = vectors_of(true_places, sigma, k)
    assert vector_errors(vectors, np.tile(vectors.mean(axis=0), (SONGS, 1))).share == pytest.approx(1)


def test_songs_all_alike_give_no_share() -> None:
    vectors = np.tile([100.0, 0, 0, 0, 0, 0, 0, 0], (3, 1))
    assert math.isnan(vector_errors(vectors, vectors).share)


def test_retrieval_takes_the_predicted_nearest_and_notes_its_true_similarity() -> None:
    """Songs a and b are alike and c is not; predicted, a looks like c."""
    a, b, c = [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]
    true, predicted = np.array([a, b, c]), np.array([c, b, a])
    # a asks: b at cos 45°, c (predicted as a) at 1 → takes c, truly at 0. c asks likewise and takes a.
    # b asks: a and c both at cos 45° → the earlier, a, truly at cos 45°.
    half = math.sqrt(0.5)
    reached = retrieval(true, predicted)
    assert reached.model == pytest.approx(half / 3)
    assert reached.random == pytest.approx((half / 2 + half + half / 2) / 3)
    assert reached.best == pytest.approx(half)


def test_of_equals_the_earlier_song_is_taken_as_on_the_box() -> None:
    true = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    # every prediction the same: the first asks and takes the second; the others take the first
    assert retrieval(true, np.ones((3, 2))).model == pytest.approx((0 + 0 + 1) / 3)


def test_a_lone_song_has_no_other_to_rank() -> None:
    with pytest.raises(ValueError, match="no other"):
        retrieval(np.ones((1, 8)), np.ones((1, 8)))


@given(places, deviations, ks)
def test_the_truth_retrieves_the_best_possible(true_places: np.ndarray, sigma: np.ndarray, k: float) -> None:
    vectors = vectors_of(true_places, sigma, k)
    reached = retrieval(vectors, vectors)
    assert reached.model == pytest.approx(reached.best)


@given(places, places, deviations, ks)
def test_random_and_model_are_at_most_the_best_possible(
    true_places: np.ndarray, predicted_places: np.ndarray, sigma: np.ndarray, k: float
) -> None:
    reached = retrieval(vectors_of(true_places, sigma, k), vectors_of(predicted_places, sigma, k))
    assert 0 <= reached.random <= reached.best + 1e-12
    assert 0 <= reached.model <= reached.best + 1e-12
    assert reached.best <= 1


@given(places, places, st.floats(0.01, 100))
def test_retrieval_does_not_depend_on_the_length_of_vectors(
    true_places: np.ndarray, predicted_places: np.ndarray, scale: float
) -> None:
    sigma = np.full((SONGS, 2), 0.3)
    true, predicted = vectors_of(true_places, sigma, 1), vectors_of(predicted_places, sigma, 1)
    assert retrieval(true, predicted * scale).model == pytest.approx(retrieval(true, predicted).model)


def test_calibration_counts_what_lies_within_and_weighs_by_likelihood() -> None:
    truth, predicted = np.zeros(4), np.array([0.05, 0.15, -0.25, 0.1])
    said = calibration(truth, predicted, np.full(4, 0.1))
    assert (said.within_one, said.within_two) == (0.5, 0.75)
    squares = 0.05**2 + 0.15**2 + 0.25**2 + 0.1**2
    expected = 0.5 * math.log(2 * math.pi * 0.01) + 0.5 * squares / 4 / 0.01
    assert said.negative_log_likelihood == pytest.approx(expected)
    assert said.constant_deviation == pytest.approx(math.sqrt(squares / 4))
    assert said.constant_negative_log_likelihood == pytest.approx(0.5 * math.log(2 * math.pi * squares / 4) + 0.5)


@given(axes, axes, st.floats(0.01, 10))
def test_no_constant_deviation_is_likelier_than_the_best_one(
    truth: np.ndarray, predicted: np.ndarray, constant: float
) -> None:
    said = calibration(truth, predicted, np.full(SONGS, constant))
    if said.constant_deviation:
        assert said.negative_log_likelihood >= said.constant_negative_log_likelihood - 1e-9
    assert 0 <= said.within_one <= said.within_two <= 1


def test_normal_errors_of_known_deviations_are_calibrated_and_beat_one_deviation_for_all() -> None:
    random = np.random.default_rng(0)
    deviations = random.uniform(0.05, 0.5, 20_000)
    said = calibration(random.normal(0, deviations), np.zeros(20_000), deviations)
    assert (said.within_one, said.within_two) == pytest.approx(NOMINAL_WITHIN, abs=0.01)
    assert said.negative_log_likelihood < said.constant_negative_log_likelihood - 0.1


def test_a_deviation_of_0_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        calibration(np.zeros(2), np.zeros(2), np.array([0.1, 0.0]))


@pytest.mark.parametrize("measure", [fit_figures, vector_errors])
def test_nothing_cannot_be_measured(measure: object) -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        measure(np.empty((0, 8)), np.empty((0, 8)))  # type: ignore[operator]
