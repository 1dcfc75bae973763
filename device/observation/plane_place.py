"""Where a face lies in the valence–arousal plane, by all that every frame says of it.

The seconds of an observation name one label for each frame, so that a faint smile is either a smile or none. Its place
is weighed by the probabilities instead: a face that is half neutral and half happy lies between the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from device.emotion.labels import Place


@dataclass(frozen=True, slots=True)
class MeanPlace:
    """The mean of places in the plane, in [-1, 1], and their standard deviations about it, in [0, 1].

    :raises ValueError: if a value lies outside.
    """

    valence: float
    arousal: float
    sigma_valence: float
    sigma_arousal: float

    def __post_init__(self) -> None:
        """Refuse what no places in the plane have."""
        means, sigmas = (self.valence, self.arousal), (self.sigma_valence, self.sigma_arousal)
        if not (all(-1 <= mean <= 1 for mean in means) and all(0 <= sigma <= 1 for sigma in sigmas)):
            msg = f"means {means} must lie in [-1, 1] and deviations {sigmas} in [0, 1]"
            raise ValueError(msg)


@dataclass(slots=True)
class PlaceMeter:
    """Adds up the frames' probabilities, each by its time.

    A misreading that smoothing would undo weighs no more here than its time and its doubt, and what smoothing takes
    away besides are the halftones: no smoothed place that was tried is nearer to the annotators'
    (``tests/benchmarks/places.py``).

    :param places: of the labels, in their order.
    """

    places: Sequence[Place]
    _expected: NDArray[np.float64] = field(init=False)  # seconds of each label, as far as the probabilities say

    def __post_init__(self) -> None:
        """Start with nothing seen."""
        self._expected = np.zeros(len(self.places))

    def add(self, start: float, end: float, probabilities: NDArray[np.float32]) -> None:
        """Take what one frame says of the time from ``start`` to ``end`` (seconds): ``(n_labels,)``, summing to 1."""
        self._expected += (end - start) * probabilities

    @property
    def place(self) -> MeanPlace | None:
        """The mean place so far and how it spread, between frames and between the labels of one; None before any."""
        expected = self._expected.copy()  # whoever looks on from another thread sees one sum
        return mean_place(expected, self.places) if expected.any() else None


def mean_place(weights: ArrayLike, places: Sequence[Place]) -> MeanPlace:
    """Return the mean of places and their standard deviations about it.

    :param weights: of the places, ``(n,)``, ≥ 0 and not all 0; such as seconds.
    """
    given = np.asarray(weights, dtype=np.float64)
    shares = given / given.sum()
    coordinates = np.array([(place.valence, place.arousal) for place in places])
    mean = shares @ coordinates
    sigma = np.sqrt(shares @ (coordinates - mean) ** 2)
    valence, arousal = np.clip(mean, -1, 1).tolist()  # rounding may step over the edge
    sigma_valence, sigma_arousal = np.clip(sigma, 0, 1).tolist()
    return MeanPlace(valence, arousal, sigma_valence, sigma_arousal)
