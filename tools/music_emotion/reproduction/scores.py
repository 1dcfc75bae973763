"""What a finished row is worth on the test songs, beside the answers that need no model.

Everything that answers, and ``truth``, also has two lists by label: ``mean_percent``, the mean over the test songs of
its percentage (or probability, in percent), and ``songs``, in how many of them the label counts as present.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.music_emotion.datasets.labels import LabelRule, labels_of
from tools.music_emotion.datasets.splits import Split
from tools.music_emotion.evaluation.metrics import mae

Floats = NDArray[np.floating[Any]]

Said = Mapping[str, Floats]
"""What was said to the test songs, ``(n_test, labels)``, by ``float``, ``int8`` or both."""

Labels = NDArray[np.bool_]

THRESHOLDS: tuple[float, ...] = tuple(round(step / 100, 2) for step in range(1, 100))
"""Shares of 1 to choose from, every hundredth."""

AVERAGES = ("micro", "macro", "weighted", "samples")

_DECIMALS = 4

_SMALLEST = 1e-7  # what a probability is kept away from 0 and 1 by, as Keras does: the logarithm stays finite


def percent_figures(percent: NDArray[np.float64], said: Said, split: Split, *, rule: LabelRule) -> dict[str, Any]:
    """Return ``mae`` and ``mae_by_label``, in percentage points, of everything said and of ``constant_mean``.

    The constant is the mean row of the songs that are learnt from: unlike the mean of the test songs, it could be said.

    :param percent: of all songs, ``(n, labels)``.
    :param rule: by which true and predicted percentages become labels, to be counted.
    """
    truth = percent[split.test]
    constant = np.broadcast_to(percent[split.train].mean(axis=0), truth.shape)
    figures: dict[str, Any] = {"truth": _by_label(truth, labels_of(truth, rule))}
    for name, values in {**said, "constant_mean": constant}.items():
        answered = np.asarray(values, np.float64)
        by_label = np.abs(truth - answered).mean(axis=0)
        figures[name] = {
            "mae": _rounded(mae(truth, answered)),
            "mae_by_label": [_rounded(error) for error in by_label],
            **_by_label(answered, labels_of(answered, rule)),
        }
    return figures


def labels_figures(
    truth: NDArray[np.bool_], said: Said, split: Split, *, validation: Floats, labels: Sequence[str]
) -> dict[str, Any]:
    """Return ``loss``, ``micro_f1``, ``threshold`` and ``report`` of everything said and of two trivial answers.

    ``class_prior`` gives every song the labels' shares among the songs that are learnt from, ``all_ones`` every label;
    the latter's loss is infinite and its ``loss`` and ``threshold`` None. Each threshold is the one with the best
    micro-F1 on the validation songs.

    :param truth: of all songs, ``(n, labels)``.
    :param validation: what the float network says to the validation songs; int8 gets the same threshold.
    :param labels: the names of the columns.
    """
    chosen, asked = truth[split.validation], truth[split.test]
    threshold = best_threshold(chosen, validation)
    figures: dict[str, Any] = {"truth": _by_label(100 * asked, asked)}
    figures |= {name: _label_figures(asked, values, threshold, labels) for name, values in said.items()}
    prior = truth[split.train].mean(axis=0)
    prior_threshold = best_threshold(chosen, np.tile(prior, (len(chosen), 1)))
    figures["class_prior"] = _label_figures(asked, np.tile(prior, (len(asked), 1)), prior_threshold, labels)
    everything = np.ones_like(asked)
    figures["all_ones"] = {
        "loss": None,
        "micro_f1": _rounded(micro_f1(asked, everything)),
        "threshold": None,
        "report": classification_report(asked, everything, labels),
        **_by_label(100 * everything, everything),
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


def _label_figures(
    truth: NDArray[np.bool_], probabilities: Floats, threshold: float, labels: Sequence[str]
) -> dict[str, Any]:
    said = np.asarray(probabilities > threshold)
    return {
        "loss": _rounded(binary_cross_entropy(truth, probabilities)),
        "micro_f1": _rounded(micro_f1(truth, said)),
        "threshold": threshold,
        "report": classification_report(truth, said, labels),
        **_by_label(100 * probabilities, said),
    }


def _by_label(percent: Floats | NDArray[np.integer[Any]], present: Labels) -> dict[str, Any]:
    means = percent.mean(axis=0, dtype=np.float64)
    return {"mean_percent": [_rounded(mean) for mean in means], "songs": [int(count) for count in present.sum(axis=0)]}


def _rounded(value: float) -> float:
    return round(float(value), _DECIMALS)


def _entry(scores: Floats, support: int) -> dict[str, Any]:
    named = zip(("precision", "recall", "f1"), scores, strict=True)
    return {**{name: _rounded(score) for name, score in named}, "support": support}


def _scores(truth: Labels, said: Labels, axis: int) -> NDArray[np.float64]:
    """Precision, recall and F1 ``(n, 3)`` of every column (axis 0) or row (axis 1)."""
    hits, claimed, true = (values.sum(axis=axis) for values in (truth & said, said, truth))
    precision, recall = hits / np.maximum(claimed, 1), hits / np.maximum(true, 1)
    return np.column_stack([precision, recall, _f1(hits, claimed, true)])


def _f1(hits: Any, claimed: Any, true: Any) -> Any:  # noqa: ANN401 - numbers or arrays of them
    return 2 * hits / np.maximum(claimed + true, 1)


def _refuse_nothing(truth: Labels) -> None:
    if truth.size == 0:
        msg = "nothing to measure"
        raise ValueError(msg)
