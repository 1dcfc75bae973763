"""Emotion vectors of annotated songs, and the baseline that they set.

A song's vector is that of its σ-rectangle (:func:`device.emotion.vectors.song_vectors`); binary labels come from
:func:`device.emotion.vectors.top_labels` and :func:`device.emotion.vectors.threshold_labels`.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from device.emotion.vectors import Plane, Vectors, song_vectors, threshold_labels, top_labels
from tools.music_emotion.datasets.songs import AnnotatedSongs

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
    sigma_valence, sigma_arousal = songs.with_usual_deviations().T
    valence, arousal = songs.places.T
    return song_vectors(valence, arousal, sigma_valence=sigma_valence, sigma_arousal=sigma_arousal, k=k, plane=plane)


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
