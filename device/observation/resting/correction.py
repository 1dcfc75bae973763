"""A resting face as eight numbers, and what it does to a reading (pure).

A face at rest is read as a little of something: sadness in one person, anger in another, and in a third as neutral
beyond any doubt, so that a quiet expression never shows. What the model says of it is kept as mean log probabilities,
and a part of what is special in them is taken off whatever it says later:

    log corrected = log p − part · (rest − plain neutral), renormalised

This moves the prior of the labels from everybody's towards one person's, as Saerens, Latinne & Decaestecker (2002) move
a classifier's to that of another population. By how much was chosen by ``tests/benchmarks/resting.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from device.observation.resting.names import trouble_with_name

LEAST_PROBABILITY = 1 / 512
"""A smaller probability counts as this: half a step of an int8 output, below which nothing is known."""

PLAIN_NEUTRAL: Mapping[str, float] = {
    "anger": -4.8,
    "disgust": -5.6,
    "fear": -5.9,
    "happiness": -4.8,
    "sadness": -4.2,
    "surprise": -5.2,
    "neutral": -0.4,
    "contempt": -5.6,
}
"""Mean log probability of each label on many people's neutral faces; any good model's is much like it."""

MOST_DIFFERENCE = 3.0
"""No label of a resting face counts as further from plain neutral: one odd rest is not to silence a label."""

_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class RestingFace:
    """What the face model says of one person's face at rest.

    :raises ValueError: if it can be nobody's.
    """

    name: str
    """What its owner calls it."""
    at: str
    """When it was seen, ISO 8601 in UTC."""
    model: str
    """Which face model said it: the numbers mean nothing to another one."""
    log_probabilities: Mapping[str, float]
    """Mean natural logarithm of each label's probability, by face label."""

    def __post_init__(self) -> None:
        """Refuse a name that cannot be shown in a line, and numbers that no face gives."""
        if trouble := trouble_with_name(self.name):
            raise ValueError(trouble)
        numbers = self.log_probabilities
        lowest = float(np.log(LEAST_PROBABILITY)) - _ROUNDING
        inside = all(lowest <= value <= 0 for value in numbers.values())  # what is no number is not
        if not numbers or not set(numbers) <= set(FACE_LABELS) or not inside:
            msg = "no log probabilities of face labels"  # no journal is to hold them
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Correction:
    """How much a resting face counts, and against what.

    :raises ValueError: if a part lies outside of [0, 1].
    """

    taken: float = 0.4
    """Part of what the model sees too much of at rest that is taken off; less than is given, since a resting face that
    looks sad also looks sad to others."""
    given: float = 0.5
    """Part of what it sees too little of at rest that is given back."""
    plain_neutral: Mapping[str, float] = field(default_factory=lambda: dict(PLAIN_NEUTRAL))

    def __post_init__(self) -> None:
        """Refuse what turns readings round."""
        if not (0 <= self.taken <= 1 and 0 <= self.given <= 1):
            msg = f"parts of {self.taken} and {self.given} are not from 0 to 1"
            raise ValueError(msg)

    def shift(self, rest: Mapping[str, float], labels: tuple[str, ...]) -> NDArray[np.float64]:
        """Return what is taken off the logarithms, ``(n_labels,)``; nothing of a label that either side lacks.

        :param rest: mean log probability of a resting face by label.
        """
        plain = self.plain_neutral
        known = [rest[label] - plain[label] if label in rest and label in plain else 0.0 for label in labels]
        difference = np.clip(known, -MOST_DIFFERENCE, MOST_DIFFERENCE)
        return np.asarray(np.where(difference > 0, self.taken, self.given) * difference, dtype=np.float64)


def log_probabilities(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the natural logarithms of probabilities, none below that of :data:`LEAST_PROBABILITY`; same shape."""
    logs: NDArray[np.float64] = np.log(np.maximum(probabilities.astype(np.float64), LEAST_PROBABILITY))
    return logs


def mean_log_probabilities(labels: tuple[str, ...], readings: NDArray[np.float32]) -> dict[str, float]:
    """Return the eight numbers of a resting face: by label, the mean logarithm of readings ``(n, n_labels)``."""
    means = log_probabilities(readings).mean(axis=0)
    return {label: round(float(mean), 3) for label, mean in zip(labels, means, strict=True)}


def corrected(probabilities: NDArray[np.float32], shift: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return a reading ``(n_labels,)`` with ``shift`` taken off its logarithms, summing to 1 again."""
    logits = log_probabilities(probabilities) - shift
    shares = np.exp(logits - logits.max())
    return np.asarray(shares / shares.sum(), dtype=np.float32)
