"""The box's own ranking, asked many times over: for every song of a library, or for thousands of observations."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.emotion.vectors import Vectors
from device.recommendation.ranking import cosine_similarities, rank
from device.settings.sections import RecommendationSettings

Progress = Callable[[int, int], None]
"""Is told how many of how many are done."""

TOP = RecommendationSettings().top
"""How many neighbours a song has: as many as the box ranks."""

NONE = -1
"""Stands where a library is too small to fill a row."""

_ROUNDING = 1e-11
"""``rank`` takes similarities for equal that agree in twelve decimals; what may tie with the last of the nearest stays
in."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each song the row numbers of its nearest others, the nearest first, and how near they are: ``(n, TOP)`` each.

    ``NONE`` and a similarity of 0 stand where there are no more songs.
    """

    rows: NDArray[np.int32]
    similarities: NDArray[np.float64]


def nearest_rows(query: NDArray[np.float64], vectors: Vectors, *, most: int) -> NDArray[np.intp]:
    """Row numbers of the ``most`` nearest of ``vectors`` ``(n, 8)``: the first of what :func:`rank` gives.

    Only rows that can be among the nearest are sorted, which is why a library may be asked for each of its songs.
    """
    similarities = cosine_similarities(query, vectors)
    if most >= len(similarities):
        return rank(similarities, np.ones(len(similarities), dtype=np.bool_))
    last = np.partition(similarities, -most)[-most]
    return rank(similarities, similarities >= last - _ROUNDING)[:most]


def nearest_neighbours(vectors: Vectors, progress: Progress) -> Neighbours:
    """Find the nearest songs of every song; a song is no neighbour of itself."""
    rows = np.full((len(vectors), TOP), NONE, dtype=np.int32)
    similarities = np.zeros((len(vectors), TOP))
    for row, vector in enumerate(vectors):
        near = nearest_rows(vector, vectors, most=TOP + 1)
        others = near[near != row][:TOP]
        rows[row, : len(others)] = others
        similarities[row, : len(others)] = cosine_similarities(vector, vectors[others])
        progress(row + 1, len(vectors))
    return Neighbours(rows, similarities)
