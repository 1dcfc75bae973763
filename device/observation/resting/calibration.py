"""Ten seconds of a face at rest → eight numbers, or a sentence why not (pure: readings in, numbers out)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from device.observation.resting.correction import log_probabilities, mean_log_probabilities

GETTING_READY_SECONDS = 1.0
"""At the beginning nothing counts: whoever has just let go of the button is still settling down."""

LEAST_SHARE = 0.6
"""So much of the rest of the time a face must be seen."""

MOST_CHANGE = 1.0
"""Difference of the mean log probabilities of the two halves, root of the mean square over the labels, above which the
face was no resting one, or two people's."""

MOST_DRIFT = 0.25
"""How far the middle of the face may be from where it mostly was, as a share of the picture."""

NO_REST: Mapping[str, str] = {"happiness": "smiled", "surprise": "looked surprised"}
"""What no face does at rest, by label; some faces at rest look a little sad, angry or afraid."""

MOST_OF_IT = 0.6
"""A mean probability of such a label above which a face is not taken for a resting one."""

_LONGEST_HOLD_SECONDS = 0.5  # for which one frame speaks, as in an observation
_FEWEST = 8  # readings; with fewer there is nothing to halve


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one frame says: ``timestamp`` in seconds; None where no face was found."""

    timestamp: float
    probabilities: NDArray[np.float32] | None
    """Of each label, ``(n_labels,)``."""
    middle: tuple[float, float] | None = None
    """Where the face is, as shares of the picture's width and height."""


@dataclass(slots=True)
class Calibration:
    """Gathers what frame after frame says of a resting face."""

    labels: tuple[str, ...]
    _first: float | None = field(init=False, default=None)
    _sightings: list[Sighting] = field(init=False, default_factory=list)

    def add(self, sighting: Sighting) -> None:
        """Take the next frame's, if it is one of those that count."""
        if self._first is None:
            self._first = sighting.timestamp
        if sighting.timestamp - self._first >= GETTING_READY_SECONDS:
            self._sightings.append(sighting)

    def result(self, *, seconds: float, light: str) -> dict[str, float] | str:
        """Return the mean log probability of each label, or why there is none, for a person.

        :param seconds: how long the face was to be watched.
        :param light: the light meter's word; only "dark" matters.
        """
        if light == "dark":
            return "it was too dark to read a face at rest: turn a light on in front of you, and calibrate again"
        seen = [sighting for sighting in self._sightings if sighting.probabilities is not None]
        counted = max(seconds - GETTING_READY_SECONDS, 0.0)
        found = self._seconds_seen()
        if found < LEAST_SHARE * counted or len(seen) < _FEWEST:
            told = f"a face was seen for {found:.1f} of {counted:.0f} s"
            return f"{told}: sit before the camera, with light on your face, and calibrate again"
        readings = np.array([sighting.probabilities for sighting in seen])
        logs = log_probabilities(readings)
        halves = logs[: len(logs) // 2].mean(axis=0), logs[len(logs) // 2 :].mean(axis=0)
        change = float(np.sqrt(np.mean((halves[0] - halves[1]) ** 2)))
        if change > MOST_CHANGE or self._drift(seen) > MOST_DRIFT:
            return "the face changed meanwhile: look at ease, stay where you are, alone, and calibrate again"
        for label, did in NO_REST.items():
            if label in self.labels and readings[:, self.labels.index(label)].mean() > MOST_OF_IT:
                return f"the face {did}, which no face at rest does: look at ease, and calibrate again"
        return mean_log_probabilities(self.labels, readings)

    def _seconds_seen(self) -> float:
        """Seconds for which a face was seen: each frame speaks until the next one, for half a second at most."""
        times = [sighting.timestamp for sighting in self._sightings]
        faces = [sighting.probabilities is not None for sighting in self._sightings]
        spans = [min(after - before, _LONGEST_HOLD_SECONDS) for before, after in pairwise(times)]
        return sum(span for span, face in zip(spans, faces[:-1], strict=True) if face)

    @staticmethod
    def _drift(seen: list[Sighting]) -> float:
        """How far the face went from its median place, at most, but for a twentieth of the frames."""
        middles = np.array([sighting.middle for sighting in seen if sighting.middle is not None])
        if not len(middles):
            return 0.0
        away = np.abs(middles - np.median(middles, axis=0)).max(axis=1)
        return float(np.quantile(away, 0.95))
