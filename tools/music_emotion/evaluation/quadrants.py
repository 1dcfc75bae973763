"""Where a set names only the quadrant of the plane: how often a model is right, beside the commonest quadrant."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.music_emotion.model.head import Floats

QUADRANTS = ("Q1", "Q2", "Q3", "Q4")
"""Counter-clockwise from valence and arousal both positive, as in Russell's circumplex (1980) and EMOPIA."""


@dataclass(frozen=True, slots=True)
class QuadrantFigures:
    """How often the quadrant is right.

    ``majority_accuracy`` is that of always answering ``majority``, the commonest quadrant of the evaluated songs.
    ``valence_side`` and ``arousal_side`` are the shares of songs on the right side of each axis. ``valence_order`` and
    ``arousal_order`` say, whatever the model's zero, how often a song of the positive side is put above one of the
    negative, equals counting half: the area under the ROC curve (Hanley and McNeil 1982), 0.5 by chance, nan where a
    side is empty. ``confusion`` counts songs, rows the truth, columns the prediction, both in the order of
    ``QUADRANTS``.
    """

    accuracy: float
    majority: str
    majority_accuracy: float
    valence_side: float
    arousal_side: float
    valence_order: float
    arousal_order: float
    confusion: tuple[tuple[int, ...], ...]


def quadrant_figures(true_places: Floats, predicted_places: Floats) -> QuadrantFigures:
    """Compare the quadrants of places ``(n, 2)``, see :func:`quadrants_of`.

    :raises ValueError: if there is nothing to compare.
    """
    if len(true_places) == 0:
        msg = "nothing to measure"
        raise ValueError(msg)
    truth, predicted = quadrants_of(true_places), quadrants_of(predicted_places)
    size = len(QUADRANTS)
    confusion = np.bincount(truth * size + predicted, minlength=size * size).reshape(size, size)
    supports = confusion.sum(axis=1)
    valence_side, arousal_side = ((true_places >= 0) == (predicted_places >= 0)).mean(axis=0)
    return QuadrantFigures(
        accuracy=float(np.trace(confusion) / len(truth)),
        majority=QUADRANTS[int(supports.argmax())],
        majority_accuracy=float(supports.max() / len(truth)),
        valence_side=float(valence_side),
        arousal_side=float(arousal_side),
        valence_order=_order(true_places[:, 0] >= 0, predicted_places[:, 0]),
        arousal_order=_order(true_places[:, 1] >= 0, predicted_places[:, 1]),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
    )


def quadrants_of(places: Floats) -> NDArray[np.intp]:
    """Return the index into ``QUADRANTS``, ``(n,)``, of places ``(n, 2)``; a value of exactly 0 counts as positive."""
    right, up = (places >= 0).T
    return np.where(up, np.where(right, 0, 1), np.where(right, 3, 2))


def _order(positive: NDArray[np.bool_], predicted: Floats) -> float:
    if positive.all() or not positive.any():
        return float("nan")
    apart = predicted[positive][:, np.newaxis] - predicted[~positive]
    return float((np.sign(apart).mean() + 1) / 2)
