"""Emotion vectors of annotated songs, and the baseline that they set.

A song's vector is that of its σ-rectangle (:func:`tools.music_emotion.model.rectangle.vectors_of`); binary labels
come from :func:`device.emotion.vectors.top_labels` and :func:`device.emotion.vectors.threshold_labels`.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from device.emotion.vectors import Plane, Vectors, threshold_labels, top_labels
from tools.music_emotion.datasets.songs import AnnotatedSongs
from tools.music_emotion.model.rectangle import vectors_of

SOURCE_THRESHOLD_PERCENT = 13.0
"""Above this share the source counts a label as true."""

LabelRule = Literal["source", "even", "largest"]
"""Which labels a song has by its percentages: ``source`` those above ``SOURCE_THRESHOLD_PERCENT``, ``even`` those above
the even share of 100 / number of labels, ``largest`` the one with the largest."""


def percentages(songs: AnnotatedSongs, *, k: float, plane: Plane = "octants") -> Vectors:
    """Return the emotion vectors ``(n, 8)``, or ``(n, 9)`` on the grid, in percent; every row sums to 100.

    :param k: how many σ the rectangle reaches to each side; songs of sets that give no σ have the usual one.
    :raises ValueError: if k is negative or not finite.
    """
    return vectors_of(songs.places, songs.with_usual_deviations(), k, plane=plane)


def labels_of(percent: Vectors, rule: LabelRule) -> NDArray[np.bool_]:
    """Return which labels each song has by a rule, ``(n, labels)``, of percentages of that shape."""
    if rule == "largest":
        return top_labels(percent)
    return threshold_labels(percent, threshold_percent=SOURCE_THRESHOLD_PERCENT if rule == "source" else None)


def constant_mean_error(percent: Vectors) -> float:
    """Return the mean absolute error, in percentage points, of answering every song with the mean of all rows.

    No model that predicts percentages is worth anything unless it stays below this.
    """
    return float(np.abs(percent - percent.mean(axis=0)).mean())
