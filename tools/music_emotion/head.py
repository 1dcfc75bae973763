"""The head: a linear map from a song's embedding to valence and arousal, fitted by ridge regression.

Ridge in its dual form (Saunders, Gammerman and Vovk 1998), since there are fewer songs than embedding values: with
standardised embeddings X, centred targets y and K = XXᵀ, the fit at strength λ is Xᵀ(K + λI)⁻¹y. One
eigendecomposition of K serves every strength.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from device.errors import ModelError

Floats = NDArray[np.float64]

AXES = ("valence", "arousal")
STRENGTHS: tuple[float, ...] = tuple(float(strength) for strength in np.geomspace(1, 1e5, 21))
"""The λ to choose from; both ends fit worse than the middle on every data set tried."""

_SMALLEST_DEVIATION = 0.05  # embedding units, about one int8 step: a value that never moves must not be blown up
_MEND = "fit it anew with mien-tools train-music, or copy the music model again"


@dataclass(frozen=True, slots=True)
class Head:
    """``weights`` ``(n_embedding, 2)`` and ``offset`` ``(2,)``, valence first."""

    weights: Floats
    offset: Floats

    def predict(self, embeddings: Floats) -> Floats:
        """Return valence and arousal ``(n, 2)``, clipped to [-1, 1], of songs' embeddings ``(n, n_embedding)``."""
        return np.clip(embeddings @ self.weights + self.offset, -1.0, 1.0)

    def save(self, path: Path) -> None:
        """Write the head as ``.npz``."""
        np.savez(path, weights=self.weights, offset=self.offset)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a head.

        :raises ModelError: if the file is missing or not a head.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                weights, offset = arrays["weights"].astype(np.float64), arrays["offset"].astype(np.float64)
        except (OSError, ValueError, KeyError, TypeError, BadZipFile, EOFError) as error:
            what = f"{path}: the head cannot be read ({error})"
            raise ModelError(what, mend=_MEND) from error
        if weights.ndim != len(AXES) or weights.shape[1:] != (len(AXES),) or offset.shape != (len(AXES),):
            what = f"{path}: weights {weights.shape} and offset {offset.shape} are no head for valence and arousal"
            raise ModelError(what, mend=_MEND)
        return cls(weights, offset)


def fit(embeddings: Floats, targets: Floats, strengths: Sequence[float]) -> Head:
    """Fit a head with one strength per axis.

    :param embeddings: ``(n, n_embedding)``.
    :param targets: ``(n, 2)``, valence and arousal in [-1, 1].
    """
    problem = _Ridge(embeddings, targets)
    columns = [problem.weights(strength)[:, axis] for axis, strength in enumerate(strengths)]
    weights = np.column_stack(columns) / problem.deviation[:, None]
    return Head(weights, problem.target_mean - problem.mean @ weights)


def fit_chosen(embeddings: Floats, targets: Floats, folds: NDArray[np.intp]) -> tuple[Head, tuple[float, ...]]:
    """Fit a head, each axis's strength chosen by cross-validation over ``folds`` ``(n,)``; return both."""
    errors = np.zeros((len(STRENGTHS), len(AXES)))
    for fold in np.unique(folds):
        held_out = folds == fold
        problem = _Ridge(embeddings[~held_out], targets[~held_out])
        for index, strength in enumerate(STRENGTHS):
            residuals = problem.predict(embeddings[held_out], strength) - targets[held_out]
            errors[index] += (residuals**2).sum(axis=0)
    strengths = tuple(STRENGTHS[index] for index in errors.argmin(axis=0))
    return fit(embeddings, targets, strengths), strengths


class _Ridge:
    """One training set, decomposed."""

    def __init__(self, embeddings: Floats, targets: Floats) -> None:
        self.mean = embeddings.mean(axis=0)
        self.deviation = np.maximum(embeddings.std(axis=0), _SMALLEST_DEVIATION)
        self.target_mean = targets.mean(axis=0)
        self._standardised = (embeddings - self.mean) / self.deviation
        self._values, self._vectors = np.linalg.eigh(self._standardised @ self._standardised.T)
        self._rotated = self._vectors.T @ (targets - self.target_mean)

    def weights(self, strength: float) -> Floats:
        """Return ``(n_embedding, 2)`` for standardised embeddings."""
        dual = self._vectors @ (self._rotated / (self._values + strength)[:, None])
        weights: Floats = self._standardised.T @ dual
        return weights

    def predict(self, embeddings: Floats, strength: float) -> Floats:
        predictions: Floats = (embeddings - self.mean) / self.deviation @ self.weights(strength) + self.target_mean
        return np.clip(predictions, -1.0, 1.0)
