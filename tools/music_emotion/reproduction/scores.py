"""What a finished row is worth on the test songs, beside the answers that need no model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.emotion.vectors import SONG_LABELS
from tools.music_emotion.architectures.multilabel import (
    best_threshold,
    binary_cross_entropy,
    classification_report,
    micro_f1,
)
from tools.music_emotion.datasets.splits import Split
from tools.music_emotion.evaluation.metrics import mae

Floats = NDArray[np.floating[Any]]
Said = Mapping[str, Floats]
"""What was said to the test songs, ``(n_test, 8)``, by ``float``, ``int8`` or both."""

_DECIMALS = 4


def percent_figures(percent: NDArray[np.float64], said: Said, split: Split) -> dict[str, Any]:
    """Return the mean absolute error in percentage points, ``{"mae": …}``, of everything said and ``constant_mean``.

    The constant is the mean row of the songs that are learnt from: unlike the mean of the test songs, it could be said.

    :param percent: of all songs, ``(n, 8)``.
    """
    truth = percent[split.test]
    answered = {**said, "constant_mean": percent[split.train].mean(axis=0)}
    return {name: {"mae": _rounded(mae(truth, np.asarray(values, np.float64)))} for name, values in answered.items()}


def labels_figures(truth: NDArray[np.bool_], said: Said, split: Split, *, validation: Floats) -> dict[str, Any]:
    """Return ``loss``, ``micro_f1``, ``threshold`` and ``report`` of everything said and of two trivial answers.

    ``class_prior`` gives every song the labels' shares among the songs that are learnt from, ``all_ones`` every label;
    the latter's loss is infinite and its ``loss`` and ``threshold`` None. Each threshold is the one with the best
    micro-F1 on the validation songs.

    :param truth: of all songs, ``(n, 8)``.
    :param validation: what the float network says to the validation songs; int8 gets the same threshold.
    """
    chosen, asked = truth[split.validation], truth[split.test]
    threshold = best_threshold(chosen, validation)
    figures = {name: _label_figures(asked, values, threshold) for name, values in said.items()}
    prior = truth[split.train].mean(axis=0)
    prior_threshold = best_threshold(chosen, np.tile(prior, (len(chosen), 1)))
    figures["class_prior"] = _label_figures(asked, np.tile(prior, (len(asked), 1)), prior_threshold)
    everything = np.ones_like(asked)
    figures["all_ones"] = {
        "loss": None,
        "micro_f1": _rounded(micro_f1(asked, everything)),
        "threshold": None,
        "report": classification_report(asked, everything, SONG_LABELS),
    }
    return figures


def _label_figures(truth: NDArray[np.bool_], probabilities: Floats, threshold: float) -> dict[str, Any]:
    said = np.asarray(probabilities > threshold)
    return {
        "loss": _rounded(binary_cross_entropy(truth, probabilities)),
        "micro_f1": _rounded(micro_f1(truth, said)),
        "threshold": threshold,
        "report": classification_report(truth, said, SONG_LABELS),
    }


def _rounded(value: float) -> float:
    return round(value, _DECIMALS)
