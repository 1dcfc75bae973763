import numpy as np
import pytest

from tools.music_emotion.datasets.splits import Split
from tools.music_emotion.reproduction.scores import labels_figures, percent_figures

SPLIT = Split(np.array([0, 1]), np.array([2, 3]), np.array([4, 5]))


def test_the_constant_is_the_mean_of_what_was_learnt_from_not_of_what_is_asked_about() -> None:
    percent = np.zeros((6, 8))
    percent[:2, 0] = 100  # learnt from: all of it frustrated
    percent[4:, 1] = 100  # asked about: all of it tense
    figures = percent_figures(percent, {"float": percent[4:], "int8": percent[:2]}, SPLIT)
    assert figures == {"float": {"mae": 0}, "int8": {"mae": 25}, "constant_mean": {"mae": 25}}


def test_the_threshold_comes_from_the_validation_songs_alone() -> None:
    truth = np.zeros((6, 8), dtype=bool)
    truth[:, 0] = True
    validation = np.full((2, 8), 0.1)
    validation[:, 0] = 0.3  # so that 0.29 is best, though 0.5 would be for the test songs
    said = np.full((2, 8), 0.4)
    said[:, 0] = 0.9
    figures = labels_figures(truth, {"float": said, "int8": said}, SPLIT, validation=validation)
    assert figures["float"]["threshold"] == figures["int8"]["threshold"] == 0.29
    assert figures["float"]["micro_f1"] == pytest.approx(2 * 2 / (16 + 2), abs=1e-4)
    assert figures["float"]["report"]["frustrated"]["recall"] == 1


def test_the_trivial_answers_stand_beside() -> None:
    truth = np.zeros((6, 8), dtype=bool)
    truth[:, :4] = True
    said = np.full((2, 8), 0.5)
    figures = labels_figures(truth, {"float": said}, SPLIT, validation=said)
    assert figures["all_ones"]["loss"] is None
    assert figures["all_ones"]["micro_f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["class_prior"]["micro_f1"] == 1  # here the shares tell it all
    assert figures["class_prior"]["loss"] < figures["float"]["loss"]
