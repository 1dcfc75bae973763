import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.face_emotion.evaluation.metrics import (
    confusion_matrix,
    measure,
    only_labels_of,
    over_all_labels,
    wilson,
)

labels = st.integers(1, 200).flatmap(
    lambda n: st.tuples(*[arrays(np.int64, n, elements=st.integers(0, 7)) for _ in range(2)])
)


def test_figures_of_a_small_case_worked_by_hand() -> None:
    truth = np.array([3, 3, 3, 6, 6, 7])
    figures = measure(truth, np.array([3, 3, 6, 6, 3, 6]))
    assert figures["accuracy"] == 0.5
    by_class = {label: {**scores} for label, scores in figures["by_class"].items()}
    intervals = {label: scores.pop("recall_interval") for label, scores in by_class.items()}
    assert by_class["happiness"] == {"precision": 0.6667, "recall": 0.6667, "f1": 0.6667, "support": 3}
    assert by_class["neutral"] == {"precision": 0.3333, "recall": 0.5, "f1": 0.4, "support": 2}
    assert by_class["contempt"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}
    assert intervals["happiness"] == wilson(2, 3)
    assert intervals["anger"] is None
    assert figures["accuracy_interval"] == wilson(3, 6)
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 0.4 + 0) / 3, abs=1e-4)
    assert figures["majority_baseline"]["label"] == "happiness"
    assert figures["majority_baseline"]["accuracy"] == 0.5
    assert figures["majority_baseline"]["macro_f1"] == pytest.approx(2 / 9, abs=1e-4)


def test_rows_of_the_confusion_are_the_truth() -> None:
    assert confusion_matrix(np.array([0, 0]), np.array([0, 5]))[0].tolist() == [1, 0, 0, 0, 0, 1, 0, 0]


@given(labels)
def test_figures_stay_in_range_and_the_counts_add_up(case: tuple[np.ndarray, np.ndarray]) -> None:
    truth, predicted = case
    figures = measure(truth, predicted)
    confusion = np.array(figures["confusion"])
    assert confusion.sum() == figures["examples"] == len(truth)
    assert figures["accuracy"] == pytest.approx(np.mean(truth == predicted), abs=1e-4)
    assert 0 <= figures["macro_f1"] <= 1
    assert sum(scores["support"] for scores in figures["by_class"].values()) == len(truth)


@given(labels)
def test_a_perfect_prediction_scores_one(case: tuple[np.ndarray, np.ndarray]) -> None:
    figures = measure(case[0], case[0])
    assert figures["accuracy"] == figures["macro_f1"] == 1


@pytest.mark.parametrize(
    ("hits", "examples", "interval"),
    [
        (0, 10, [0.0, 0.2775]),
        (5, 10, [0.2366, 0.7634]),
        (10, 10, [0.7225, 1.0]),
        (81, 263, [0.2553, 0.3662]),  # Newcombe 1998, table I
        (0, 0, None),
    ],
)
def test_the_interval_is_wilsons(hits: int, examples: int, interval: list[float] | None) -> None:
    assert wilson(hits, examples) == interval


def test_nothing_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        measure(np.array([], dtype=np.int64), np.array([], dtype=np.int64))


def test_probabilities_of_labels_that_do_not_occur_go_to_the_others() -> None:
    said = np.array([[0.1, 0, 0, 0.3, 0, 0, 0.6, 0], [0.5, 0, 0, 0.5, 0, 0, 0, 0]], dtype=np.float32)
    left = only_labels_of(np.array([0, 3]), said)
    assert left[0] == pytest.approx([0.25, 0, 0, 0.75, 0, 0, 0, 0])
    assert left[1] == pytest.approx(said[1])


def test_an_answer_of_only_foreign_labels_is_no_answer() -> None:
    assert only_labels_of(np.array([0]), np.eye(8, dtype=np.float32)[[6]]).tolist() == [[0] * 8]


def test_a_network_of_some_labels_says_nothing_to_the_others() -> None:
    said = over_all_labels(np.array([[0.2, 0.8]], dtype=np.float32), np.array([1, 7]))
    assert said.tolist() == [[0, pytest.approx(0.2), 0, 0, 0, 0, 0, pytest.approx(0.8)]]
