from typing import get_args

import numpy as np
import pytest

from device.emotion.labels import NEUTRAL, SONG_LABELS
from tools.music_emotion.datasets.labels import LabelRule
from tools.music_emotion.datasets.splits import Split
from tools.music_emotion.reproduction.scores import labels_figures, percent_figures

SPLIT = Split(np.array([0, 1]), np.array([2, 3]), np.array([4, 5]))


def test_the_constant_is_the_mean_of_what_was_learnt_from_not_of_what_is_asked_about() -> None:
    percent = np.zeros((6, 8))
    percent[:2, 0] = 100  # learnt from: all of it frustrated
    percent[4:, 1] = 100  # asked about: all of it tense
    figures = percent_figures(percent, {"float": percent[4:], "int8": percent[:2]}, SPLIT, rule="source")
    errors = {name: figures[name]["mae"] for name in ("float", "int8", "constant_mean")}
    assert errors == {"float": 0, "int8": 25, "constant_mean": 25}


@pytest.mark.parametrize("labels", [SONG_LABELS, (*SONG_LABELS, NEUTRAL)])
@pytest.mark.parametrize("rule", get_args(LabelRule))
def test_the_lists_by_label_are_those_that_numpy_counts(labels: tuple[str, ...], rule: LabelRule) -> None:
    random = np.random.default_rng(6)
    percent = 100 * random.dirichlet(np.ones(len(labels)), 6)
    said = percent[4:] + random.normal(0, 5, (2, len(labels)))
    figures = percent_figures(percent, {"int8": said.astype(np.float32)}, SPLIT, rule=rule)
    limit = {"source": 13, "even": 100 / len(labels), "largest": None}[rule]
    constant = np.tile(percent[:2].mean(axis=0), (2, 1))
    for name, rows in {"truth": percent[4:], "int8": said, "constant_mean": constant}.items():
        present = rows == rows.max(axis=1, keepdims=True) if limit is None else rows > limit
        assert figures[name]["mean_percent"] == pytest.approx(rows.mean(axis=0), abs=1e-3)
        assert figures[name]["songs"] == present.sum(axis=0).tolist()
    assert figures["int8"]["mae_by_label"] == pytest.approx(np.abs(said - percent[4:]).mean(axis=0), abs=1e-3)
    assert np.mean(figures["int8"]["mae_by_label"]) == pytest.approx(figures["int8"]["mae"], abs=1e-3)


def test_the_threshold_comes_from_the_validation_songs_alone() -> None:
    truth = np.zeros((6, 8), dtype=bool)
    truth[:, 0] = True
    validation = np.full((2, 8), 0.1)
    validation[:, 0] = 0.3  # so that 0.29 is best, though 0.5 would be for the test songs
    said = np.full((2, 8), 0.4)
    said[:, 0] = 0.9
    figures = labels_figures(truth, {"float": said, "int8": said}, SPLIT, validation=validation, labels=SONG_LABELS)
    assert figures["float"]["threshold"] == figures["int8"]["threshold"] == 0.29
    assert figures["float"]["micro_f1"] == pytest.approx(2 * 2 / (16 + 2), abs=1e-4)
    assert figures["float"]["report"]["frustrated"]["recall"] == 1
    assert (figures["truth"]["songs"], figures["float"]["songs"]) == ([2, *[0] * 7], [2] * 8)
    assert figures["truth"]["mean_percent"] == [100, *[0] * 7]
    assert figures["float"]["mean_percent"] == pytest.approx([90, *[40] * 7])


def test_the_trivial_answers_stand_beside() -> None:
    truth = np.zeros((6, 8), dtype=bool)
    truth[:, :4] = True
    said = np.full((2, 8), 0.5)
    figures = labels_figures(truth, {"float": said}, SPLIT, validation=said, labels=SONG_LABELS)
    assert figures["all_ones"]["loss"] is None
    assert figures["all_ones"]["micro_f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["class_prior"]["micro_f1"] == 1  # here the shares tell it all
    assert figures["class_prior"]["loss"] < figures["float"]["loss"]
