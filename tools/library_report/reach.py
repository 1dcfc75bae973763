"""The reach of a library: which of its songs some plausible observation brings within the box's top five."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from device.emotion.vectors import Vectors
from device.observation.observation import Observation
from device.recommendation.query import EmotionQuery
from device.settings.sections import ObservationSettings
from tools.library_report.neighbours import Progress, nearest_rows

SEEN_IN_DAILY_LIFE = {
    "happiness": 31.0,
    "surprise": 11.3,
    "sadness": 9.3,
    "anger": 8.7,
    "disgust": 7.2,
    "fear": 3.4,
    "contempt": 3.4,
}
"""Percent of the expressions that thirty observers saw on the faces around them in 90 days of daily life: Calvo,
Gutiérrez-García, Fernández-Martín & Nummenmaa 2014, Journal of Nonverbal Behavior 38, 549–567. Contempt was not
counted there; it is taken for as rare as the rarest."""

NEUTRAL_SHARE = 0.5
"""Expected share of neutral: a resting face is what cameras see most."""

CONCENTRATION = 2.0
"""Of the Dirichlet distribution of the shares. So low a one makes one or two emotions take most of an observation."""

_CREDITED = (0.4, 0.99)
"""Share of the time in which a face is read, drawn evenly from this range."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a number of observations played by one query rule.

    ``first`` counts how often each song was the first of the ranking, ``(n,)``; ``named`` says whether it ever was
    among the top five, ``(n,)``.
    """

    rule: Literal["centre", "sum"]
    observations: int
    first: NDArray[np.int64]
    named: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """Share of the songs that were ever within a top five, in [0, 1]; 0 without songs."""
        return float(self.named.mean()) if len(self.named) else 0.0

    def plays_by(self, groups: NDArray[np.intp], count: int) -> NDArray[np.float64]:
        """Share of the first plays that each of ``count`` groups got, ``(count,)``.

        :param groups: the group of each song, ``(n,)``, below ``count``.
        """
        plays = np.bincount(groups, weights=self.first, minlength=count)
        shares: NDArray[np.float64] = plays / max(self.observations, 1)
        return shares


def plausible_observations(
    count: int,
    seed: int = 0,
    *,
    often: Mapping[str, float] | None = None,
    neutral: float = NEUTRAL_SHARE,
    concentration: float = CONCENTRATION,
) -> Iterator[Observation]:
    """Draw observations: shares of the time from a Dirichlet distribution whose mean is what faces show in daily life.

    :param often: how often each face label but neutral is seen, in any unit; by default ``SEEN_IN_DAILY_LIFE``.
    :param neutral: the mean share of neutral.
    """
    random, duration = np.random.default_rng(seed), ObservationSettings().seconds
    frequencies = SEEN_IN_DAILY_LIFE if often is None else often
    mean = np.array([frequencies.get(label, 0.0) for label in FACE_LABELS])
    mean *= (1 - neutral) / mean.sum()
    mean[FACE_LABELS.index("neutral")] = neutral
    for _ in range(count):
        shares = random.dirichlet(concentration * mean)
        seconds = shares * duration * random.uniform(*_CREDITED)
        yield Observation(FACE_LABELS, tuple(seconds), duration, 150, 150, 10.0)


def measure_reach(
    vectors: Vectors,
    observations: Sequence[Observation],
    progress: Progress,
    *,
    query: EmotionQuery,
) -> Reach:
    """Ask the box's query rule and ranking for every observation; every song counts as playable.

    :param vectors: the songs', ``(n, 8)``.
    """
    first = np.zeros(len(vectors), dtype=np.int64)
    named = np.zeros(len(vectors), dtype=np.bool_)
    for done, observation in enumerate(observations if len(vectors) else (), start=1):
        nearest = nearest_rows(query.of(observation), vectors, most=query.settings.top)
        first[nearest[0]] += 1
        named[nearest] = True
        progress(done, len(observations))
    return Reach(query.settings.query, len(observations), first, named)
