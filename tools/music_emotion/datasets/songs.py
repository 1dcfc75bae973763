"""Songs whose emotion people have judged: what every music data set is read into."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

USUAL_DEVIATION = 0.30
"""σ on both axes where a set does not say how far its raters lay apart: the median of DEAM's 1,802 songs, .300 in
valence and .296 in arousal (own count on its published annotations, ratings divided by 5)."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A song that a set names and that cannot be used, and why."""

    song: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnnotatedSongs:
    """n songs of one data set, in the order of its annotations.

    ``ids`` and ``paths`` have one entry a song: its name in the set, and its file of sound (of a set that was read
    without its sound, no file, but its name in the folder where the sound would lie). ``places`` ``(n, 2)`` is the mean
    valence and arousal, both in [-1, 1]; ``deviations`` ``(n, 2)`` the standard deviations of the ratings, nan where
    the set does not say. ``groups`` ``(n,)`` is the coarsest thing by which the set can be split honestly, and
    ``grouped_by`` its word: ``genre``, ``series`` or ``song``. ``sources`` ``(n,)`` names the recording that a song is
    an excerpt of (its own id where it is none), which no split may part. ``felt`` says whether listeners told what they
    felt, rather than what they heard in the music; ``coarse`` whether places are no ratings but centres of quadrants.
    ``sha256`` is that of the annotations, for model cards; ``passed`` the songs that could not be used.
    """

    name: str
    ids: tuple[str, ...]
    paths: tuple[Path, ...]
    places: Floats
    deviations: Floats
    groups: NDArray[np.str_]
    sources: NDArray[np.str_]
    grouped_by: str
    felt: bool
    coarse: bool
    sha256: str
    terms: str
    passed: tuple[Passed, ...] = ()

    def __len__(self) -> int:
        """Count the songs."""
        return len(self.ids)

    @property
    def rated(self) -> bool:
        """Whether places are ratings of what is heard in the music: one scale for all sets of which this is true."""
        return not (self.felt or self.coarse)

    def select(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """Return some of the songs, chosen by index or by truth value."""
        indices = np.arange(len(self))[rows]
        return type(self)(
            self.name,
            tuple(self.ids[index] for index in indices),
            tuple(self.paths[index] for index in indices),
            self.places[indices],
            self.deviations[indices],
            self.groups[indices],
            self.sources[indices],
            self.grouped_by,
            self.felt,
            self.coarse,
            self.sha256,
            self.terms,
            self.passed,
        )

    def with_usual_deviations(self) -> Floats:
        """Return the deviations ``(n, 2)`` with ``USUAL_DEVIATION`` where the set gives none."""
        return np.where(np.isnan(self.deviations), USUAL_DEVIATION, self.deviations)
