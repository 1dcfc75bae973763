import numpy as np
import pytest

from tools.face_emotion.evaluation.metrics import measure, wilson
from tools.face_emotion.evaluation.resampling import (
    interval_over_groups,
    mean_interval,
    measure_people,
    share_interval,
)


def answers(people: int, each: int, seed: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, answers that are right or wrong for a whole person, and who is seen."""
    generator = np.random.default_rng(seed)
    truth = np.repeat(generator.integers(0, 8, people), each)
    wrong = np.repeat(generator.random(people) < 0.3, each)
    return truth, np.where(wrong, (truth + 1) % 8, truth), np.repeat(np.arange(people), each).astype(np.str_)


def width(edges: list[float]) -> float:
    return edges[1] - edges[0]


def test_the_figures_are_those_of_measure_and_lie_in_their_intervals() -> None:
    truth, said, people = answers(60, 3)
    measured = measure_people(truth, said, people)
    plain = measure(truth, said)
    assert measured["subjects"] == 60
    for name in ("accuracy", "macro_recall", "macro_f1"):
        assert measured[name] == plain[name]
        low, high = measured[f"{name}_interval"]
        assert low < measured[name] < high


def test_several_pictures_of_a_person_are_one_witness() -> None:
    truth, said, people = answers(60, 1)
    once = measure_people(truth, said, people)
    often = measure_people(np.repeat(truth, 9), np.repeat(said, 9), np.repeat(people, 9))
    unknown = measure_people(np.repeat(truth, 9), np.repeat(said, 9))
    for name in ("accuracy_interval", "macro_recall_interval"):
        assert often[name] == pytest.approx(once[name], abs=1e-4)
        assert width(unknown[name]) < 0.6 * width(often[name])
    assert unknown["accuracy_interval"] == wilson(int(9 * np.sum(truth == said)), 540)
    assert "subjects" not in unknown


def test_few_people_are_never_certain() -> None:
    truth, people = np.repeat([3, 6], 30), np.repeat(["a", "b", "c"], 20)
    measured = measure_people(truth, truth, people)
    assert measured["accuracy_interval"] == wilson(3, 3)
    assert measured["by_class"]["happiness"]["recall_interval"] == wilson(2, 2)
    assert measured["by_class"]["fear"]["recall_interval"] is None
    assert measured["macro_f1_interval"] is None


def test_pairs_tell_models_apart_that_intervals_of_each_cannot() -> None:
    generator = np.random.default_rng(1)
    worse = (generator.random(400) < 0.7).astype(np.float64)
    better = np.maximum(worse, generator.random(400) < 0.1)
    low, high = mean_interval(better - worse) or (0, 0)
    assert 0 < low < np.mean(better - worse) < high
    one, other = share_interval(worse), share_interval(better)
    assert one is not None
    assert other is not None
    assert one[1] > other[0]


def test_more_frames_of_the_same_people_are_no_new_evidence() -> None:
    right, examples = np.array([3, 0, 2, 1, 3, 2]), np.full(6, 3)
    low, high = interval_over_groups(right, examples, seed=1)
    assert interval_over_groups(10 * right, 10 * examples, seed=1) == [low, high]
    assert low < 11 / 18 < high
    assert interval_over_groups(np.array([2, 2]), np.array([4, 4]), seed=1) == [0.5, 0.5]


def test_nothing_has_no_interval() -> None:
    assert mean_interval(np.empty(0)) is None
    assert share_interval(np.empty(0), np.empty(0, dtype=np.str_)) is None
