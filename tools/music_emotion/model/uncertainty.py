"""How far off a prediction may be: σ of a song's valence and arousal, which draws its rectangle.

    σ = exp(c₀ + c₁ |place| + c₂ ln(1 + strangeness))      for each axis, with coefficients c of its own

Two things say beforehand how far a song will be missed: places near the edge are predicted for songs whose emotion is
plain, and missed by less; songs unlike those learnt from are missed by more. The coefficients maximise the Gaussian
likelihood of what predictions missed for songs that were left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_DIRECTIONS = 64
"""Principal directions that are kept; all others together change no σ by more than .005."""
_STEPS = 50  # of Newton's method; ten suffice
_MOST_HALVINGS = 40
_SMALLEST_SPREAD = 1e-3
_PRIOR = 4.0
"""How many songs' worth of doubt there is about c₁ and c₂ being anything but 0."""


@dataclass(frozen=True, slots=True)
class Familiarity:
    """What the songs learnt from are like.

    An embedding is centred and scaled to z. Its strangeness is (zᵀz − Σ (zᵀvᵢ)² wᵢ / (wᵢ + λ)) / λ over the principal
    directions vᵢ and their sums of squares wᵢ: the variance of a Gaussian process's answer there, in units of the
    noise's (Rasmussen and Williams 2006, eq. 2.26). ``centre`` and ``scale`` ``(n_embedding,)``, ``directions`` ``(r,
    n_embedding)``, ``shares`` ``(r,)`` = wᵢ / (wᵢ + λ), ``strength`` λ.
    """

    centre: Floats
    scale: Floats
    directions: Floats
    shares: Floats
    strength: float

    @classmethod
    def of(cls, inputs: Floats, strength: float, *, centre: Floats, scale: Floats) -> Self:
        """Learn it from inputs ``(n, n_embedding)`` that are centred and scaled."""
        _, sizes, directions = np.linalg.svd(inputs, full_matrices=False)
        squares = sizes[:_DIRECTIONS] ** 2
        return cls(centre, scale, directions[:_DIRECTIONS], squares / (squares + strength), strength)

    def strangeness(self, embeddings: Floats) -> Floats:
        """Return ``(n,)``, 0 or more, of embeddings ``(n, n_embedding)``."""
        scaled = (embeddings - self.centre) * self.scale
        known = (scaled @ self.directions.T) ** 2 @ self.shares
        strange: Floats = np.maximum((scaled**2).sum(axis=1) - known, 0.0) / self.strength
        return strange


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """``coefficients`` ``(2, 3)``, a row an axis; ``limits`` ``(2, 2)``, the least and greatest σ that was fitted."""

    familiarity: Familiarity
    coefficients: Floats
    limits: Floats

    def deviations(self, embeddings: Floats, places: Floats) -> Floats:
        """Return σ ``(n, 2)`` of songs at predicted ``places`` ``(n, 2)``; never outside what was seen in fitting."""
        strangeness = self.familiarity.strangeness(embeddings)
        exponents = [
            _terms(places[:, axis], strangeness) @ coefficients for axis, coefficients in enumerate(self.coefficients)
        ]
        fitted = np.exp(np.column_stack(exponents))
        deviations: Floats = np.clip(fitted, self.limits[:, 0], self.limits[:, 1])
        return deviations

    def arrays(self) -> dict[str, Any]:
        """Return what a file must keep, by name; the directions in single precision."""
        familiarity = self.familiarity
        return {
            "centre": familiarity.centre,
            "scale": familiarity.scale,
            "directions": familiarity.directions.astype(np.float32),
            "shares": familiarity.shares,
            "strength": np.float64(familiarity.strength),
            "coefficients": self.coefficients,
            "limits": self.limits,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """Make it from :meth:`arrays`.

        :raises KeyError: if one is missing.
        :raises ValueError: if they do not belong together.
        """
        names = ("centre", "scale", "directions", "shares", "coefficients", "limits")
        centre, scale, directions, shares, coefficients, limits = (arrays[name].astype(np.float64) for name in names)
        shapes = (scale.shape, directions.shape, coefficients.shape, limits.shape)
        if shapes != (centre.shape, (len(shares), len(centre)), (2, 3), (2, 2)):
            msg = f"scale, directions, coefficients and limits have shapes {shapes}"
            raise ValueError(msg)
        return cls(Familiarity(centre, scale, directions, shares, float(arrays["strength"])), coefficients, limits)


def fit_uncertainty(familiarity: Familiarity, strangeness: Floats, places: Floats, missed: Floats) -> Uncertainty:
    """Fit the coefficients to what was ``missed`` ``(n, 2)`` at predicted ``places`` ``(n, 2)``.

    :param strangeness: ``(n,)``, of each song to the fit that predicted it.
    """
    rows, limits = [], []
    for place, error in zip(places.T, missed.T, strict=True):
        terms = _terms(np.clip(place, -1.0, 1.0), strangeness)
        rows.append(_most_likely(terms, error**2))
        fitted = np.exp(terms @ rows[-1])
        limits.append((fitted.min(), fitted.max()))
    return Uncertainty(familiarity, np.array(rows), np.array(limits))


def _terms(place: Floats, strangeness: Floats) -> Floats:
    return np.column_stack([np.ones_like(place), np.abs(place), np.log1p(strangeness)])


def _most_likely(terms: Floats, squares: Floats) -> Floats:
    """Maximise Σ −Xc − e² exp(−2Xc) / 2, less the prior, by Newton's method; the function is concave in c.

    A step that does not climb is halved, since far from the top the exponential outruns its parabola.
    """
    coefficients = np.zeros(terms.shape[1])
    coefficients[0] = np.log(squares.mean()) / 2
    spread = np.maximum(terms.std(axis=0), _SMALLEST_SPREAD)  # a term that never varies is left to the prior
    prior = _PRIOR * np.diag(np.concatenate([[0.0], spread[1:] ** 2]))

    def height(candidate: Floats) -> float:
        exponents = terms @ candidate
        likelihood = -exponents - squares * np.exp(-2 * exponents) / 2
        return float(likelihood.sum() - candidate @ prior @ candidate / 2)

    for _ in range(_STEPS):
        ratios = squares * np.exp(-2 * terms @ coefficients)
        slope = terms.T @ (ratios - 1) - prior @ coefficients
        step = np.linalg.solve(2 * (terms * ratios[:, None]).T @ terms + prior, slope)
        halvings = (step * 0.5**halving for halving in range(_MOST_HALVINGS))
        step = next((part for part in halvings if height(coefficients + part) >= height(coefficients)), 0 * step)
        coefficients = coefficients + step
    return coefficients
