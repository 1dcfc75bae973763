"""The reach of a library: which of its songs some plausible observation brings within the box's top five."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.emotion import FACE_LABELS, Vectors
from device.observation import OBSERVATION_SECONDS, Observation
from device.recommendation import TOP, FaceVocabulary, QueryRule
from tools.library_report.nearest import Progress, nearest_rows

NEUTRAL_SHARE = 0.5
"""How often neutral is among the emotions: a resting face is what cameras see most."""

MOST_EMOTIONS = 4
"""In one observation."""

_CREDITED = (0.4, 0.99)
"""Share of the time in which a face is read, drawn evenly from this range."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a number of observations played by one query rule.

    ``first`` counts how often each song was the first of the ranking, ``(n,)``; ``named`` says whether it ever was
    among the top five, ``(n,)``.
    """

    rule: QueryRule
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


def plausible_observations(count: int, seed: int = 0) -> Iterator[Observation]:
    """Draw observations of one to four emotions, neutral most often among them, with random shares of the time."""
    random = np.random.default_rng(seed)
    weights = np.full(len(FACE_LABELS), (1 - NEUTRAL_SHARE) / (len(FACE_LABELS) - 1))
    weights[FACE_LABELS.index("neutral")] = NEUTRAL_SHARE
    for _ in range(count):
        emotions = random.integers(1, MOST_EMOTIONS + 1)
        chosen = random.choice(len(FACE_LABELS), size=emotions, replace=False, p=weights)
        seconds = np.zeros(len(FACE_LABELS))
        seconds[chosen] = random.dirichlet(np.ones(emotions)) * OBSERVATION_SECONDS * random.uniform(*_CREDITED)
        yield Observation(FACE_LABELS, tuple(seconds), OBSERVATION_SECONDS, 150, 150, 10.0)


def measure_reach(
    rule: QueryRule,
    vectors: Vectors,
    observations: Sequence[Observation],
    progress: Progress,
    *,
    vocabulary: FaceVocabulary,
) -> Reach:
    """Ask the box's query rule and ranking for every observation; every song counts as playable.

    :param vectors: the songs', ``(n, 8)``.
    """
    query = vocabulary.centre_query if rule == "centre" else vocabulary.sum_query
    first = np.zeros(len(vectors), dtype=np.int64)
    named = np.zeros(len(vectors), dtype=np.bool_)
    for done, observation in enumerate(observations if len(vectors) else (), start=1):
        nearest = nearest_rows(query(observation), vectors, most=TOP)
        first[nearest[0]] += 1
        named[nearest] = True
        progress(done, len(observations))
    return Reach(rule, len(observations), first, named)
