"""Emotion vectors: how much of a rectangle in the valence–arousal plane belongs to each song label.

Valence and arousal lie in [-1, 1]. An emotion vector is in percent. Songs and face emotions become vectors by
the very same rule, which is what makes them comparable.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from device.emotion.labels import SONG_LABELS

Vectors = NDArray[np.float64]
Plane = Literal["octants", "grid"]

SMALLEST_HALF_WIDTH = 1e-4
"""A rectangle without area is widened to this half-width, so that a point has one answer: the label it lies in, or
equal shares of the labels that meet there."""

NEUTRAL_HALF_WIDTH = 0.5
"""Half the side of the grid's four central squares taken together, which are neutral."""

_ROUNDING_PERCENT = 1e-6  # shares that lie no further apart are equal: what parts them is floating-point rounding


def song_vectors(  # noqa: PLR0913 - a rectangle has two means and two deviations, and the rule two options
    valence: ArrayLike,
    arousal: ArrayLike,
    *,
    sigma_valence: ArrayLike,
    sigma_arousal: ArrayLike,
    k: float = 1,
    plane: Plane = "octants",
) -> Vectors:
    """Share of each label in the rectangle [mean − kσ, mean + kσ], in percent.

    The rectangle is clipped to the plane; areas are exact (closed form). A mean outside the plane is moved to its edge.

    :param valence: means, ``(n,)``; likewise ``arousal``.
    :param sigma_valence: standard deviations ≥ 0, scalar or ``(n,)``; likewise ``sigma_arousal``.
    :param k: how many standard deviations the rectangle reaches to each side.
    :param plane: ``octants`` gives the eight columns of ``SONG_LABELS``, ``grid`` a ninth for neutral.
    :returns: ``(n, 8)`` or ``(n, 9)``; every row sums to 100.
    :raises ValueError: if a value is not finite, or k or a σ is negative.
    """
    left, right = _interval(valence, sigma_valence, k)
    bottom, top = _interval(arousal, sigma_arousal, k)
    left, right, bottom, top = np.broadcast_arrays(left, right, bottom, top)
    areas = _octant_areas(left, right, bottom, top)
    if plane == "grid":
        inner = [np.clip(edge, -NEUTRAL_HALF_WIDTH, NEUTRAL_HALF_WIDTH) for edge in (left, right, bottom, top)]
        central = _octant_areas(*inner)
        areas = np.column_stack([areas - central, central.sum(axis=1)])
    shares: Vectors = np.maximum(areas, 0) / areas.sum(axis=1, keepdims=True) * 100
    return shares


def octant_of(valence: float, arousal: float) -> str:
    """Name the song label a place lies in; a place on a boundary belongs to the first of the labels that meet there."""
    vectors = song_vectors([valence], [arousal], sigma_valence=0, sigma_arousal=0)
    return SONG_LABELS[int(np.argmax(top_labels(vectors)[0]))]


def top_labels(vectors: Vectors) -> NDArray[np.bool_]:
    """Binary labels ``(n, labels)``: true for the largest share of each row, the first of equals.

    Shares that differ by rounding alone are equal, here and in :func:`threshold_labels`: a rectangle that the diagonal
    halves has two shares of 50 %, whichever of them came out larger.
    """
    largest = vectors >= vectors.max(axis=1, keepdims=True) - _ROUNDING_PERCENT
    return np.equal(np.arange(vectors.shape[1]), np.argmax(largest, axis=1)[:, np.newaxis])


def threshold_labels(vectors: Vectors, *, threshold_percent: float | None = None) -> NDArray[np.bool_]:
    """Binary labels ``(n, labels)``: true above the threshold, by default 100 / n of labels (the source used 13).

    A share that equals the threshold is not above it.
    """
    limit = 100 / vectors.shape[1] if threshold_percent is None else threshold_percent
    return np.greater(vectors, limit + _ROUNDING_PERCENT)


def _interval(mean: ArrayLike, sigma: ArrayLike, k: float) -> tuple[Vectors, Vectors]:
    means = np.atleast_1d(np.asarray(mean, dtype=np.float64))
    sigmas = np.atleast_1d(np.asarray(sigma, dtype=np.float64))
    if not (np.isfinite(means).all() and np.isfinite(sigmas).all() and (sigmas >= 0).all() and 0 <= k < np.inf):
        msg = "means and deviations must be finite, and deviations and k not negative"
        raise ValueError(msg)
    centre, reach = np.clip(means, -1, 1), k * sigmas
    half = np.maximum(reach, SMALLEST_HALF_WIDTH)
    return np.maximum(centre - half, -1), np.minimum(centre + half, 1)


def _octant_areas(left: Vectors, right: Vectors, bottom: Vectors, top: Vectors) -> Vectors:
    """Area of each octant inside the rectangles, ``(n, 8)`` in canonical order.

    Each quadrant is reflected onto the first one, whose diagonal parts the octant near the valence axis from the one
    near the arousal axis.
    """
    east, west = (np.clip(left, 0, None), np.clip(right, 0, None)), (np.clip(-right, 0, None), np.clip(-left, 0, None))
    north, south = (
        (np.clip(bottom, 0, None), np.clip(top, 0, None)),
        (np.clip(-top, 0, None), np.clip(-bottom, 0, None)),
    )
    tense, frustrated = _split_by_diagonal(*west, *north)
    excited, happy = _split_by_diagonal(*east, *north)
    calm, content = _split_by_diagonal(*east, *south)
    tired, depressed = _split_by_diagonal(*west, *south)
    return np.column_stack([frustrated, tense, excited, happy, content, calm, tired, depressed])


def _split_by_diagonal(x0: Vectors, x1: Vectors, y0: Vectors, y1: Vectors) -> tuple[Vectors, Vectors]:
    """Areas of [x0, x1] × [y0, y1] above and below the line y = x.

    Below it lies ∫ clamp(x − y0, 0, y1 − y0) dx, whose antiderivative is taken at both ends.
    """
    height = y1 - y0

    def antiderivative(x: Vectors) -> Vectors:
        ramp: Vectors = np.clip(x - y0, 0, height) ** 2 / 2 + height * np.maximum(x - y1, 0)
        return ramp

    below = antiderivative(x1) - antiderivative(x0)
    return (x1 - x0) * height - below, below
