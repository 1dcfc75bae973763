"""Which labels a song has: the threshold search, the classification report, and the answers that need no model.

Pure functions of arrays ``(n, labels)``. A precision, recall or F1 of nothing counts as 0, as in the reports that the
field prints.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]

THRESHOLDS: tuple[float, ...] = tuple(round(step / 100, 2) for step in range(1, 100))
"""Shares of 1 to choose from, every hundredth."""
AVERAGES = ("micro", "macro", "weighted", "samples")

_SMALLEST = 1e-7  # what a probability is kept away from 0 and 1 by, as Keras does: the logarithm stays finite
_DECIMALS = 4


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
