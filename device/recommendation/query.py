"""From the seconds of an observation to the vector that songs are compared with."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_PLACES, Place
from device.emotion.vectors import Vectors, song_vectors
from device.observation.observation import Observation
from device.observation.plane_place import MeanPlace, mean_place
from device.settings.sections import RecommendationSettings


@dataclass(frozen=True, slots=True)
class EmotionQuery:
    """How face emotions lie in the songs' plane: their mean places, one σ for all, and the rectangle's k.

    :param settings: σ, k, and whether a query is the centre of what was seen or the sum of its vectors.
    """

    places: Mapping[str, Place] = field(default_factory=lambda: dict(FACE_PLACES))
    settings: RecommendationSettings = field(default_factory=RecommendationSettings)

    def of(self, observation: Observation) -> NDArray[np.float64]:
        """Return the vector that songs are compared with, ``(8,)``, by the rule that the settings name."""
        by_rule = {"centre": self.centre_query, "sum": self.sum_query}
        return by_rule[self.settings.query](observation)

    def vectors(self, labels: Sequence[str]) -> Vectors:
        """Emotion vectors of these face labels, ``(n_labels, 8)`` in percent.

        :raises KeyError: for a label without a place.
        """
        valence, arousal = self._coordinates(labels)
        sigma = self.settings.sigma
        return song_vectors(valence, arousal, sigma_valence=sigma, sigma_arousal=sigma, k=self.settings.k)

    def sum_query(self, observation: Observation) -> NDArray[np.float64]:
        """Σ seconds · vector, ``(8,)``: the source's query."""
        seconds = np.asarray(observation.seconds)
        total: NDArray[np.float64] = seconds @ self.vectors(observation.labels)
        return total

    def centre_of(self, observation: Observation) -> MeanPlace:
        """Return the mean place that :meth:`centre_query` is made around.

        By the probabilities if the settings say so and the observation knows them; else by the credited seconds.
        """
        if observation.place is not None and self.settings.place == "probabilities":
            return observation.place
        return mean_place(observation.seconds, [self.places[label] for label in observation.labels])

    def centre_query(self, observation: Observation) -> NDArray[np.float64]:
        """Vector of the rectangle around the mean place of what was seen, ``(8,)`` in percent.

        Its variance is the mixture's: that of the places themselves and σ² within each. With one emotion alone this is
        that emotion's own vector, exactly as in :meth:`sum_query`.
        """
        centre, sigma = self.centre_of(observation), self.settings.sigma
        vector: NDArray[np.float64] = song_vectors(
            [centre.valence],
            [centre.arousal],
            sigma_valence=math.hypot(centre.sigma_valence, sigma),
            sigma_arousal=math.hypot(centre.sigma_arousal, sigma),
            k=self.settings.k,
        )[0]
        return vector

    def _coordinates(self, labels: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        places = [self.places[label] for label in labels]
        return np.array([p.valence for p in places]), np.array([p.arousal for p in places])
