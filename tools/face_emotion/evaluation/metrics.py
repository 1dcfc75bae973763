"""How good a model is, label by label, and beside the answer that needs no model."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS

_Z = 1.959964  # of the normal distribution, for 95 %


@dataclass(frozen=True, slots=True)
class Parity:
    """Shares of 1: where float and int8 give the same label, and where each gives the true one."""

    agreement: float
    float_accuracy: float
    int8_accuracy: float


def measure(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> dict[str, Any]:
    """Compare predictions with the truth, both ``(n,)`` of label indices.

    :returns: ``accuracy``, ``macro_recall`` (the field's unweighted average recall) and ``macro_f1`` (means over the
        labels that occur in the truth), ``by_class`` with precision, recall, F1 and support of each label,
        ``confusion`` as counts (rows the truth, columns the prediction), and ``majority_baseline``: the accuracy, macro
        recall and macro F1 of always saying the commonest label.
        A precision or recall of nothing counts as 0. ``accuracy_interval`` and each label's ``recall_interval`` (None
        without examples) are 95 % intervals by :func:`wilson`.
    :raises ValueError: if there is nothing to compare.
    """
    return measure_counts(confusion_matrix(truth, predicted))


def measure_counts(confusion: NDArray[np.int64]) -> dict[str, Any]:
    """Measure counts ``(8, 8)``, rows the truth and columns the prediction, as :func:`measure` does.

    :raises ValueError: if they count nothing.
    """
    support, examples = confusion.sum(axis=1), int(confusion.sum())
    if examples == 0:
        msg = "nothing to measure"
        raise ValueError(msg)
    majority = int(support.argmax())
    guessed = np.zeros_like(confusion)
    guessed[:, majority] = support
    return {
        "examples": examples,
        "accuracy": _accuracy(confusion),
        "accuracy_interval": wilson(int(np.trace(confusion)), examples),
        "macro_recall": _macro_recall(confusion),
        "macro_f1": _macro_f1(confusion),
        "majority_baseline": {
            "label": FACE_LABELS[majority],
            "accuracy": _accuracy(guessed),
            "macro_recall": _macro_recall(guessed),
            "macro_f1": _macro_f1(guessed),
        },
        "by_class": _by_class(confusion),
        "confusion": confusion.tolist(),
    }


def wilson(hits: float, examples: int) -> list[float] | None:
    """Return the 95 % interval of a share, low and high in [0, 1]; None without examples.

    It is Wilson's (1927), which stays inside 0 and 1 and keeps its promise with few examples. It takes these for
    independent, which frames of one film or one person are not: for those it is too narrow.
    """
    if examples == 0:
        return None
    share, square = hits / examples, _Z * _Z / examples
    centre = (share + square / 2) / (1 + square)
    half = _Z * sqrt(share * (1 - share) / examples + square / (4 * examples)) / (1 + square)
    return [round(max(centre - half, 0.0), 4), round(min(centre + half, 1.0), 4)]


def over_all_labels(values: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Put what a network of some labels says, ``(n, k)``, in their places among all, ``(n, 8)``; the others get 0."""
    spread = np.zeros((len(values), len(FACE_LABELS)), dtype=np.float32)
    spread[:, labels] = values
    return spread


def label_indices(labels: Sequence[str]) -> NDArray[np.int64]:
    """Return the places ``(k,)`` of some labels among all face labels."""
    return np.array([FACE_LABELS.index(label) for label in labels], dtype=np.int64)


def answer_over_all_labels(shares: NDArray[np.float32], labels: Sequence[str]) -> NDArray[np.float32]:
    """Put one answer of a model that knows some labels, ``(k,)``, in their places among all, ``(8,)``."""
    return np.asarray(over_all_labels(shares[np.newaxis], label_indices(labels))[0])


def only_labels_of(truth: NDArray[np.int64], probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take from probabilities ``(n, 8)`` every label that the truth ``(n,)`` lacks; the rest sum to 1 again.

    CK+ holds no neutral faces: a model that may say neutral is asked another question there than one that may not.
    """
    left = np.where(np.isin(np.arange(probabilities.shape[1]), truth), probabilities, 0)
    return np.asarray(left / np.maximum(left.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny), dtype=np.float32)


def confusion_matrix(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count ``(8, 8)``: rows the truth, columns the prediction."""
    size = len(FACE_LABELS)
    counts = np.bincount(truth * size + predicted, minlength=size * size)
    return counts.reshape(size, size).astype(np.int64)


def compare(outputs: NDArray[np.float32], int8_outputs: NDArray[np.float32], truth: NDArray[np.int64]) -> Parity:
    """Compare two models' outputs, both ``(n, n_labels)``, on the same examples with the true labels ``(n,)``."""
    said, int8_said = outputs.argmax(axis=1), int8_outputs.argmax(axis=1)
    return Parity(
        agreement=round(float(np.mean(said == int8_said)), 4),
        float_accuracy=round(float(np.mean(said == truth)), 4),
        int8_accuracy=round(float(np.mean(int8_said == truth)), 4),
    )


def _scores(confusion: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    hits = np.diag(confusion).astype(np.float64)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    return precision, recall, 2 * precision * recall / np.maximum(precision + recall, np.finfo(np.float64).tiny)


def _accuracy(confusion: NDArray[np.int64]) -> float:
    return round(float(np.trace(confusion) / confusion.sum()), 4)


def _macro_recall(confusion: NDArray[np.int64]) -> float:
    occurs = confusion.sum(axis=1) > 0
    return round(float(_scores(confusion)[1][occurs].mean()), 4)


def _macro_f1(confusion: NDArray[np.int64]) -> float:
    occurs = confusion.sum(axis=1) > 0
    return round(float(_scores(confusion)[2][occurs].mean()), 4)


def _by_class(confusion: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    precision, recall, f1 = _scores(confusion)
    return {
        label: {
            "precision": round(float(precision[index]), 4),
            "recall": round(float(recall[index]), 4),
            "recall_interval": wilson(int(confusion[index, index]), int(confusion[index].sum())),
            "f1": round(float(f1[index]), 4),
            "support": int(confusion[index].sum()),
        }
        for index, label in enumerate(FACE_LABELS)
    }
