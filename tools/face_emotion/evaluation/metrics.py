"""How good a model is, label by label, and beside the answer that needs no model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS


@dataclass(frozen=True, slots=True)
class Parity:
    """Shares of 1: where float and int8 give the same label, and where each gives the true one."""

    agreement: float
    float_accuracy: float
    int8_accuracy: float


def measure(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> dict[str, Any]:
    """Compare predictions with the truth, both ``(n,)`` of label indices.

    :returns: ``accuracy`` and ``macro_f1`` (the mean over the labels that occur in the truth), ``by_class`` with
        precision, recall, F1 and support of each label, ``confusion`` as counts (rows the truth, columns the
        prediction), and ``majority_baseline``: the accuracy and macro F1 of always saying the commonest label.
        A precision or recall of nothing counts as 0.
    :raises ValueError: if there is nothing to compare.
    """
    if len(truth) == 0:
        msg = "nothing to measure"
        raise ValueError(msg)
    confusion = confusion_matrix(truth, predicted)
    majority = int(np.bincount(truth).argmax())
    guessed = confusion_matrix(truth, np.full_like(truth, majority))
    return {
        "examples": len(truth),
        "accuracy": _accuracy(confusion),
        "macro_f1": _macro_f1(confusion),
        "majority_baseline": {
            "label": FACE_LABELS[majority],
            "accuracy": _accuracy(guessed),
            "macro_f1": _macro_f1(guessed),
        },
        "by_class": _by_class(confusion),
        "confusion": confusion.tolist(),
    }


def over_all_labels(values: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Put what a network of some labels says, ``(n, k)``, in their places among all, ``(n, 8)``; the others get 0."""
    spread = np.zeros((len(values), len(FACE_LABELS)), dtype=np.float32)
    spread[:, labels] = values
    return spread


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


def _macro_f1(confusion: NDArray[np.int64]) -> float:
    occurs = confusion.sum(axis=1) > 0
    return round(float(_scores(confusion)[2][occurs].mean()), 4)


def _by_class(confusion: NDArray[np.int64]) -> dict[str, dict[str, float]]:
    precision, recall, f1 = _scores(confusion)
    return {
        label: {
            "precision": round(float(precision[index]), 4),
            "recall": round(float(recall[index]), 4),
            "f1": round(float(f1[index]), 4),
            "support": int(confusion[index].sum()),
        }
        for index, label in enumerate(FACE_LABELS)
    }
