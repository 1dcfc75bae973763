"""What a finished row is worth on the test songs, beside the answers that need no model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from tools.music_emotion.datasets.splits import Split
from tools.music_emotion.evaluation.metrics import mae

Floats = NDArray[np.floating[Any]]

Said = Mapping[str, Floats]
"""What was said to the test songs, ``(n_test, 8)``, by ``float``, ``int8`` or both."""

Labels = NDArray[np.bool_]

THRESHOLDS: tuple[float, ...] = tuple(round(step / 100, 2) for step in range(1, 100))
"""Shares of 1 to choose from, every hundredth."""

AVERAGES = ("micro", "macro", "weighted", "samples")

_DECIMALS = 4

_SMALLEST = 1e-7  # what a probability is kept away from 0 and 1 by, as Keras does: the logarithm stays finite


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


def best_threshold(truth: Labels, probabilities: Floats) -> float:
    """Return the threshold of ``THRESHOLDS`` with the best micro-F1, the one nearest to a half of equals.

    :raises ValueError: if there is nothing to search with.
    """
    _refuse_nothing(truth)
    return max(THRESHOLDS, key=lambda value: (micro_f1(truth, probabilities > value), -abs(value - 0.5)))


def micro_f1(truth: Labels, said: Labels) -> float:
    """F1 over all songs and labels at once: 2 · hits / (said + true)."""
    return float(_f1((truth & said).sum(), said.sum(), truth.sum()))


def binary_cross_entropy(truth: Labels, probabilities: Floats) -> float:
    """Mean over songs and labels of −log of the probability given to what is true, in nats; 0 or more."""
    _refuse_nothing(truth)
    given = np.clip(np.where(truth, probabilities, 1 - probabilities).astype(np.float64), _SMALLEST, 1 - _SMALLEST)
    return float(-np.log(given).mean())


def classification_report(truth: Labels, said: Labels, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return precision, recall, F1 and support of every label, and of four averages after them.

    ``micro`` counts all songs and labels at once, ``macro`` is the mean of the labels, ``weighted`` the same by their
    support, ``samples`` the mean over songs.

    :param names: of the labels, the columns.
    :raises ValueError: if there is nothing to compare.
    """
    _refuse_nothing(truth)
    by_label, by_song = (_scores(truth, said, axis) for axis in (0, 1))
    support = truth.sum(axis=0)
    total = int(support.sum())
    micro = _scores(truth.reshape(-1, 1), said.reshape(-1, 1), 0)[0]
    weighted = support @ by_label / max(total, 1)
    averages = (micro, by_label.mean(axis=0), weighted, by_song.mean(axis=0))
    report = {name: _entry(by_label[index], int(support[index])) for index, name in enumerate(names)}
    return report | {name: _entry(scores, total) for name, scores in zip(AVERAGES, averages, strict=True)}


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


def _entry(scores: Floats, support: int) -> dict[str, Any]:
    named = zip(("precision", "recall", "f1"), scores, strict=True)
    return {**{name: round(float(score), _DECIMALS) for name, score in named}, "support": support}


def _scores(truth: Labels, said: Labels, axis: int) -> NDArray[np.float64]:
    """Precision, recall and F1 ``(n, 3)`` of every column (axis 0) or row (axis 1)."""
    hits, claimed, true = ((values).sum(axis=axis) for values in (truth & said, said, truth))
    precision, recall = hits / np.maximum(claimed, 1), hits / np.maximum(true, 1)
    return np.column_stack([precision, recall, _f1(hits, claimed, true)])


def _f1(hits: Any, claimed: Any, true: Any) -> Any:  # noqa: ANN401 - numbers or arrays of them
    return 2 * hits / np.maximum(claimed + true, 1)


def _refuse_nothing(truth: Labels) -> None:
    if truth.size == 0:
        msg = "nothing to measure"
        raise ValueError(msg)
