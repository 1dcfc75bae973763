"""Sets batch norms up where a file holds only what they come to: the network computes the same, and can learn on."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FoldedNorm:
    """A convolution whose kernel is set already, the batch norm behind it, and the offset that the norm is to add."""

    convolution: keras.layers.Layer
    norm: keras.layers.Layer
    offset: NDArray[np.float32]


def set_up_norms(network: keras.Model, folded: Sequence[FoldedNorm], examples: NDArray[np.float32]) -> None:
    """Make each batch norm add its offset and change nothing else, with the statistics that the examples give.

    :param folded: in the order in which they are computed.
    :param examples: inputs ``(n, …)``, a few hundred; batches like them keep what is computed.
    """
    only_add(folded)
    convolved = keras.Model(network.input, [each.convolution.output for each in folded])
    seen = convolved.predict(examples, batch_size=64, verbose=0)
    for each, values in zip(folded, seen, strict=True):
        mean, variance = values.mean(axis=(0, 1, 2), dtype=np.float64), values.var(axis=(0, 1, 2), dtype=np.float64)
        _set(each, mean=mean, variance=variance)


def only_add(folded: Sequence[FoldedNorm]) -> None:
    """Make each batch norm add its offset and change nothing else; enough for a network that learns no further."""
    for each in folded:
        _set(each, mean=np.zeros(1), variance=np.ones(1))


def _set(folded: FoldedNorm, *, mean: NDArray[np.float64], variance: NDArray[np.float64]) -> None:
    offset, norm = folded.offset, folded.norm
    ones = np.ones_like(offset)
    norm.set_weights([np.sqrt(variance * ones + norm.epsilon), offset + mean, mean * ones, variance * ones])
