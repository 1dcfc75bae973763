"""The head: a linear map from a song's embedding to valence and arousal, and how far off it may be.

Ridge in its dual form (Saunders, Gammerman and Vovk 1998), since there are fewer songs than embedding values: with
standardised and weighed embeddings X, centred targets y and K = XXᵀ, the fit at strength λ is Xᵀ(K + λI)⁻¹y. One
eigendecomposition of K serves every strength, and gives what leaving out one song at a time would give without doing
it: with A = (K + λI)⁻¹, song i is missed by (Ay)ᵢ / Aᵢᵢ (Allen 1974).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from device.errors import ModelError
from device.files.untrusted import BROKEN_ZIP, open_regular
from tools.music_emotion.model.tonality import NAMES
from tools.music_emotion.model.uncertainty import Familiarity, Uncertainty, fit_uncertainty

Floats = NDArray[np.float64]

AXES = ("valence", "arousal")

STRENGTHS: tuple[float, ...] = tuple(float(strength) for strength in np.geomspace(100, 1e5, 16))
"""The λ to choose from. Much weaker ones let a head of more values than songs go through every song it learns from, and
leaving out one song at a time then errs: for a genre left out it chose λ = 1 and lost .1 of arousal's R²."""

TONALITY = "tonality"

IMPORTANCE = {"MSD_musicnn": (1.0, 1.0), "MTT_musicnn": (0.0, 0.3), TONALITY: (0.2, 0.1)}
"""For valence and arousal. Round figures: half and twice as much of any change the R² of 218 clips by less than .01.
The second backbone would take .01 from valence, and .015 in genres not learnt from."""

_BLOCK_SIZE = 500  # a block of importance 1 weighs like this many standardised values, which suits STRENGTHS
_INT8_STEP = 0.05  # of a value that the int8 file gives, about: the least that one is taken to vary by
_SMALLEST_TONALITY_DEVIATION = 1e-3
_MEND = "fit it again with mien-tools train-music, or copy the music model again"


@dataclass(frozen=True, slots=True)
class Block:
    """``size`` consecutive values of an embedding that are weighed together.

    ``importance`` for valence and for arousal: by what the block's part of K is multiplied, however many values it has.
    A deviation below ``smallest_deviation`` is taken as that, since a value that never moves must not be blown up.
    """

    name: str
    size: int
    importance: tuple[float, float]
    smallest_deviation: float


@dataclass(frozen=True, slots=True)
class Head:
    """``weights`` ``(n_embedding, 2)`` and ``offset`` ``(2,)``, valence first; the ``uncertainty`` of their answer."""

    weights: Floats
    offset: Floats
    uncertainty: Uncertainty

    def predict(self, embeddings: Floats) -> Floats:
        """Return valence and arousal ``(n, 2)``, clipped to [-1, 1], of songs' embeddings ``(n, n_embedding)``."""
        return np.clip(embeddings @ self.weights + self.offset, -1.0, 1.0)

    def deviations(self, embeddings: Floats) -> Floats:
        """Return σ of valence and arousal ``(n, 2)``: how far from :meth:`predict` people may place each song."""
        return self.uncertainty.deviations(embeddings, self.predict(embeddings))

    def save(self, path: Path) -> None:
        """Write the head as ``.npz``."""
        with path.open("wb") as file:
            np.savez(file, weights=self.weights, offset=self.offset, **self.uncertainty.arrays())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a head.

        :raises ModelError: if the file is missing or not a head.
        """
        try:
            with open_regular(path, follow_links=True) as file, np.load(file, allow_pickle=False) as arrays:
                weights, offset = arrays["weights"].astype(np.float64), arrays["offset"].astype(np.float64)
                uncertainty = Uncertainty.from_arrays(arrays)
        except (OSError, ValueError, TypeError, *BROKEN_ZIP) as error:
            what = f"{path}: the head cannot be read ({error})"
            raise ModelError(what, mend=_MEND) from error
        shapes = weights.shape, offset.shape, uncertainty.familiarity.centre.shape
        if shapes != ((*weights.shape[:1], len(AXES)), (len(AXES),), weights.shape[:1]):
            what = f"{path}: weights, offset and centre of shapes {shapes} are no head for valence and arousal"
            raise ModelError(what, mend=_MEND)
        return cls(weights, offset, uncertainty)


@dataclass(frozen=True, slots=True)
class Fit:
    """A head, the strength that leaving out one song at a time chose for each axis, and what that predicts.

    ``left_out`` ``(n, 2)``: the prediction for each song by a fit on all others, not clipped.
    """

    head: Head
    strengths: tuple[float, ...]
    left_out: Floats


def fit(embeddings: Floats, targets: Floats, blocks: Sequence[Block]) -> Fit:
    """Fit a head; each axis's strength is the one that predicts songs best that are left out.

    The uncertainty is fitted to what these predictions miss. Songs are familiar as arousal's fit sees them: there every
    block counts.

    :param embeddings: ``(n, n_embedding)``, the blocks' values one after the other.
    :param targets: ``(n, 2)``, valence and arousal in [-1, 1].
    """
    centre = embeddings.mean(axis=0)
    deviation = np.maximum(embeddings.std(axis=0), np.repeat([b.smallest_deviation for b in blocks], _sizes(blocks)))
    scales = [_scale(blocks, axis) / deviation for axis in range(len(AXES))]
    problems = [_Ridge((embeddings - centre) * scale, targets[:, axis]) for axis, scale in enumerate(scales)]
    strengths = tuple(problem.best_strength() for problem in problems)
    solved = list(zip(problems, strengths, strict=True))
    weights = np.column_stack(
        [problem.weights(strength) * scale for (problem, strength), scale in zip(solved, scales, strict=True)]
    )
    missed = np.column_stack([problem.missed(strength) for problem, strength in solved])
    problem, strength = solved[-1]
    familiarity = Familiarity.of(problem.inputs, strength, centre=centre, scale=scales[-1])
    uncertainty = fit_uncertainty(familiarity, problem.strangeness(strength), targets - missed, missed)
    head = Head(weights, targets.mean(axis=0) - centre @ weights, uncertainty)
    return Fit(head, strengths, targets - missed)


def blocks_of(embedding: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return the blocks of an embedding as a card describes it.

    :param embedding: the sizes of each checkpoint's part, ``time_means`` and ``hidden``, in their order.
    :raises KeyError: if a checkpoint has no known importance, or no sizes.
    """
    backbones = (
        Block(name, sizes["time_means"] + sizes["hidden"], IMPORTANCE[name], _INT8_STEP)
        for name, sizes in embedding.items()
        if isinstance(sizes, Mapping)
    )
    return (*backbones, Block(TONALITY, len(NAMES), IMPORTANCE[TONALITY], _SMALLEST_TONALITY_DEVIATION))


def _sizes(blocks: Sequence[Block]) -> list[int]:
    return [block.size for block in blocks]


def _scale(blocks: Sequence[Block], axis: int) -> Floats:
    importances = [np.sqrt(block.importance[axis] * _BLOCK_SIZE / block.size) for block in blocks]
    return np.repeat(importances, _sizes(blocks))


class _Ridge:
    """One axis of a training set, decomposed."""

    def __init__(self, inputs: Floats, targets: Floats) -> None:
        self.inputs = inputs
        values, self._vectors = np.linalg.eigh(inputs @ inputs.T)
        self._values = np.maximum(values, 0.0)
        self._rotated = self._vectors.T @ (targets - targets.mean())

    def best_strength(self) -> float:
        return min(STRENGTHS, key=lambda strength: float((self.missed(strength) ** 2).sum()))

    def weights(self, strength: float) -> Floats:
        """Return ``(n_embedding,)`` for standardised, weighed embeddings."""
        weights: Floats = self.inputs.T @ self._dual(strength)
        return weights

    def missed(self, strength: float) -> Floats:
        """Return by how much a fit on all others misses each song, ``(n,)``."""
        missed: Floats = self._dual(strength) / self._inverse_diagonal(strength)
        return missed

    def strangeness(self, strength: float) -> Floats:
        """Return ``(n,)``: the strangeness of each song to a fit on all others, as :class:`Familiarity` measures it."""
        return 1 / (strength * self._inverse_diagonal(strength)) - 1

    def _dual(self, strength: float) -> Floats:
        dual: Floats = self._vectors @ (self._rotated / (self._values + strength))
        return dual

    def _inverse_diagonal(self, strength: float) -> Floats:
        diagonal: Floats = (self._vectors**2 / (self._values + strength)).sum(axis=1)
        return diagonal
