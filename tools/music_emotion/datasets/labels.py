"""Emotion vectors of annotated songs, the baseline that they set, and how the labels are spread.

A song's vector is that of its σ-rectangle (:func:`device.emotion.vectors.song_vectors`); binary labels come from
:func:`device.emotion.vectors.top_labels` and :func:`device.emotion.vectors.threshold_labels`.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import NEUTRAL, SONG_LABELS
from device.emotion.vectors import Plane, Vectors, song_vectors, threshold_labels, top_labels
from tools.music_emotion.datasets.songs import AnnotatedSongs, Floats

SOURCE_THRESHOLD_PERCENT = 13.0
"""Above this share the source counts a label as true."""

LABELS: dict[Plane, tuple[str, ...]] = {"octants": SONG_LABELS, "grid": (*SONG_LABELS, NEUTRAL)}
"""What the columns of a plane's vectors mean."""

LabelRule = Literal["source", "even", "largest"]
"""Which labels a song has by its percentages: ``source`` those above ``SOURCE_THRESHOLD_PERCENT``, ``even`` those above
the even share of 100 / number of labels, ``largest`` the one with the largest."""


@dataclass(frozen=True, slots=True)
class ClassDistribution:
    """How common each label is, ``(labels,)`` each.

    ``mean_percent`` is its mean percentage; ``largest`` and ``above_threshold`` are the shares of songs (0–1) in which
    its percentage is the largest, and above the threshold.
    """

    mean_percent: Floats
    largest: Floats
    above_threshold: Floats


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


def class_distribution(
    percent: Vectors, *, threshold_percent: float | None = SOURCE_THRESHOLD_PERCENT
) -> ClassDistribution:
    """Say how common each label is among vectors ``(n, labels)`` of at least one song.

    :param threshold_percent: None for 100 / number of labels.
    """
    above = threshold_labels(percent, threshold_percent=threshold_percent)
    return ClassDistribution(percent.mean(axis=0), top_labels(percent).mean(axis=0), above.mean(axis=0))
