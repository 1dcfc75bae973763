"""Whose resting face explains what is read, or nobody's (pure): numbers are compared, and nobody is recognised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import NEUTRAL
from device.observation.resting.correction import Correction, RestingFace, log_probabilities

CHOOSING_SECONDS = 3.0
"""By so much of an observation's beginning it is chosen; what was seen until then is corrected afterwards."""

LEAST_NEUTRAL = 0.3
"""A reading less neutral than this says nothing of how a face is at rest."""

SPREAD: Mapping[str, float] = {
    "anger": 1.5,
    "disgust": 1.0,
    "fear": 0.8,
    "happiness": 1.6,
    "sadness": 1.4,
    "surprise": 1.5,
    "neutral": 0.5,
    "contempt": 0.9,
}
"""Standard deviation of each log probability over neutral pictures of one person: distances count in these."""


@dataclass(frozen=True, slots=True)
class Household:
    """The resting faces that may be somebody's now, and how much they count."""

    faces: tuple[RestingFace, ...]
    correction: Correction = field(default_factory=Correction)

    def choose(self, labels: tuple[str, ...], readings: Sequence[NDArray[np.float32]]) -> RestingFace | None:
        """Return the face that explains the first readings best, or None if plain neutral does.

        A single one is taken in any case. Of several the nearest to the mean of those readings is taken that are near
        rest themselves; nobody's, if there are none of these, or plain neutral is nearer.

        :param readings: probabilities of each label, each ``(n_labels,)``.
        """
        if len(self.faces) == 1:
            return self.faces[0]
        neutral = labels.index(NEUTRAL) if NEUTRAL in labels else None
        restful = [one for one in readings if neutral is not None and one[neutral] >= LEAST_NEUTRAL]
        if not restful or not self.faces:
            return None
        seen = dict(zip(labels, log_probabilities(np.array(restful)).mean(axis=0), strict=True))
        away = [_distance(seen, face.log_probabilities) for face in self.faces]
        nearest = int(np.argmin(away))
        return self.faces[nearest] if away[nearest] < _distance(seen, self.correction.plain_neutral) else None

    def shift(self, face: RestingFace, labels: tuple[str, ...]) -> NDArray[np.float64]:
        """Return what a face takes off the logarithms of a reading, ``(n_labels,)``."""
        return self.correction.shift(face.log_probabilities, labels)


def _distance(seen: Mapping[str, float], rest: Mapping[str, float]) -> float:
    """Mean square of the differences in the labels that both have, each in its own spread."""
    steps = [(seen[label] - rest[label]) / SPREAD[label] for label in seen if label in rest]
    return float(np.mean(np.square(steps))) if steps else np.inf
