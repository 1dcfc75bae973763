import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.music_emotion.reproduction.scores import (
    THRESHOLDS,
    best_threshold,
    binary_cross_entropy,
    classification_report,
    micro_f1,
)

TRUTH = np.array([[1, 0], [1, 1], [0, 0], [1, 0]], dtype=bool)
SAID = np.array([[1, 1], [0, 1], [0, 0], [1, 1]], dtype=bool)


def test_the_report_equals_the_numbers_computed_by_hand() -> None:
    report = classification_report(TRUTH, SAID, ("left", "right"))
    assert report["left"] == {"precision": 1.0, "recall": 0.6667, "f1": 0.8, "support": 3}
    assert report["right"] == {"precision": 0.3333, "recall": 1.0, "f1": 0.5, "support": 1}
    assert report["micro"] == {"precision": 0.6, "recall": 0.75, "f1": 0.6667, "support": 4}
    assert report["macro"] == {"precision": 0.6667, "recall": 0.8333, "f1": 0.65, "support": 4}
    assert report["weighted"] == {"precision": 0.8333, "recall": 0.75, "f1": 0.725, "support": 4}
    # by song: (1/2, 1, 2/3), (1, 1/2, 2/3), nothing said and nothing true, (1/2, 1, 2/3)
    assert report["samples"] == {"precision": 0.5, "recall": 0.625, "f1": 0.5, "support": 4}


def test_saying_every_label_finds_all_and_is_as_precise_as_labels_are_common() -> None:
    report = classification_report(TRUTH, np.ones_like(TRUTH), ("left", "right"))
    assert report["micro"]["recall"] == 1.0
    assert report["micro"]["precision"] == TRUTH.mean()


def test_a_label_that_nobody_has_and_nobody_says_counts_as_nothing() -> None:
    nobody = np.zeros((3, 1), dtype=bool)
    assert classification_report(nobody, nobody, ("never",))["never"]["f1"] == 0
    assert micro_f1(nobody, nobody) == 0


@given(
    truth=arrays(bool, (7, 3)),
    probabilities=arrays(np.float64, (7, 3), elements=st.floats(0, 1)),
)
def test_no_threshold_is_better_than_the_one_found(truth: np.ndarray, probabilities: np.ndarray) -> None:
    found = micro_f1(truth, probabilities > best_threshold(truth, probabilities))
    assert found == max(micro_f1(truth, probabilities > threshold) for threshold in THRESHOLDS)


def test_of_equally_good_thresholds_the_one_nearest_to_a_half_is_taken() -> None:
    truth = np.array([[True], [False]])
    assert best_threshold(truth, np.array([[0.9], [0.1]])) == 0.5
    assert best_threshold(truth, np.array([[0.3], [0.1]])) == 0.29


def test_the_loss_of_a_coin_is_the_logarithm_of_two_and_stays_finite_when_sure_and_wrong() -> None:
    assert binary_cross_entropy(TRUTH, np.full(TRUTH.shape, 0.5)) == pytest.approx(np.log(2))
    assert binary_cross_entropy(TRUTH, TRUTH.astype(float)) == pytest.approx(0, abs=1e-6)
    assert np.isfinite(binary_cross_entropy(TRUTH, (~TRUTH).astype(float)))


def test_nothing_cannot_be_measured() -> None:
    empty = np.zeros((0, 2), dtype=bool)
    with pytest.raises(ValueError, match="nothing"):
        best_threshold(empty, empty.astype(float))
    with pytest.raises(ValueError, match="nothing"):
        binary_cross_entropy(empty, empty.astype(float))
    with pytest.raises(ValueError, match="nothing"):
        classification_report(empty, empty, ("left", "right"))
