import numpy as np
import pytest

from tools.music_emotion.evaluation.quadrants import quadrant_figures

CORNERS = np.array([[0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]])


def test_quadrants_are_counted_counter_clockwise() -> None:
    figures = quadrant_figures(CORNERS, CORNERS / 10)
    assert figures.confusion == ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))
    assert (figures.accuracy, figures.majority_accuracy) == (1, 0.25)


def test_the_commonest_quadrant_is_the_trivial_answer() -> None:
    truth = CORNERS[[0, 3, 3, 3, 1]]
    figures = quadrant_figures(truth, np.tile(CORNERS[3], (5, 1)))
    assert (figures.majority, figures.majority_accuracy, figures.accuracy) == ("Q4", 0.6, 0.6)


def test_each_axis_is_judged_alone_too() -> None:
    figures = quadrant_figures(CORNERS, CORNERS * [1, -1])
    assert (figures.accuracy, figures.valence_side, figures.arousal_side) == (0, 1, 0)
    assert (figures.valence_order, figures.arousal_order) == (1, 0)


def test_the_order_of_songs_does_not_depend_on_the_models_zero() -> None:
    # by valence: Q1 above Q2 and Q3; Q4 above Q2 and level with Q3
    predicted = np.array([[0.4, 0], [0.1, 0], [0.2, 0], [0.2, 0]]) - [0.9, 0]
    figures = quadrant_figures(CORNERS, predicted)
    assert figures.valence_side == 0.5
    assert figures.valence_order == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    assert figures.arousal_order == 0.5


def test_a_side_without_songs_has_no_order() -> None:
    figures = quadrant_figures(CORNERS[[0, 3]], CORNERS[[0, 3]])
    assert np.isnan(figures.valence_order)
    assert figures.arousal_order == 1


def test_the_axes_belong_to_the_positive_side() -> None:
    assert quadrant_figures(CORNERS[:1], np.zeros((1, 2))).accuracy == 1


def test_nothing_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        quadrant_figures(np.empty((0, 2)), np.empty((0, 2)))
