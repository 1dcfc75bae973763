"""Rewrites musicnn's weights into an equal, smaller network that survives int8.

The published network normalises *after* each ReLU, so int8 would have to hold raw activations whose channels differ by
orders of magnitude; and most of its front end is dead: 496 of MSD_musicnn's 561 channels came out of training constant
(moving variance about 1e-36). Three rewrites, exact but for channels that hardly vary, mend both;
:mod:`tools.music_emotion.musicnn.backbone` draws the result.

1. *Constant channels* are removed; what they contribute, the normalisation's β, joins the next layer's bias.
2. *Batch normalisation* a·relu(z) + c with a = γ / √(σ² + 0.001) becomes sign(a) · relu(|a| z) + c: |a| moves into the
   kernel before, c into the bias of the layer after. The next convolution pads with zeros, which c must not reach: one
   more input channel, the *edge marker*, is above 0 in the padding only, and its kernel takes c away again.
3. *Units*: a channel u of gain g stands for the feature g · u + offset. Gains are free as long as the next layer
   multiplies by them; :func:`fold` takes them, so that a calibration can give all channels a like range.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Weights = Mapping[str, NDArray[np.float32]]
"""A checkpoint's variables by name."""

FRONT_BLOCKS = 5
MIDDLE_BLOCKS = 3
_EPSILON = 1e-3  # the default of tf.layers.batch_normalization in TensorFlow 1
_CONSTANT_BELOW = 3e-3
"""Of a channel's standard deviation after its normalisation, which is of the order of 1 in live channels. Of
MSD_musicnn 499 channels lie below it and 62 above .02; of MTT_musicnn 375 and 186. Blown up to the range of the
others, channels that hardly vary would fill int8 with rounding."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """A layer u = sign · relu(kernel ∗ x + bias).

    The last input channel of a middle layer is the edge marker, which is ``marker`` in the padding and 0 elsewhere.
    """

    kernel: Floats
    bias: Floats
    sign: Floats
    marker: float = 0.0


@dataclass(frozen=True, slots=True)
class Dense:
    """The hidden layer: its features are gain · relu(maxima @ ``of_maxima`` + means @ ``of_means`` + bias) + offset.

    Both kernels are ``(n_channels, 200)``; ``gain``, 1 or -1, and ``offset`` ``(200,)``.
    """

    of_maxima: Floats
    of_means: Floats
    bias: Floats
    gain: Floats
    offset: Floats


@dataclass(frozen=True, slots=True)
class Channels:
    """What the channels stand for, front end first, then the three middle stages: feature = gain · channel + offset.

    ``place`` ``(n_channels,)`` is their place among the published network's 753 pooled features.
    """

    place: NDArray[np.intp]
    gain: Floats
    offset: Floats


@dataclass(frozen=True, slots=True)
class FoldedNetwork:
    """The folded weights.

    ``input_offset`` is added to the log-mel values before the zero padding; ``front`` are two-dimensional convolutions
    that are pooled over frequency, ``middle`` one-dimensional ones over time, with residual sums.
    """

    input_offset: float
    front: tuple[Convolution, ...]
    middle: tuple[Convolution, ...]
    dense: Dense
    channels: Channels


@dataclass(frozen=True, slots=True)
class _Affine:
    """Batch normalisation as x ↦ scale · x + offset; ``varies`` marks channels that are not constant."""

    scale: Floats
    offset: Floats
    beta: Floats
    varies: NDArray[np.bool_]

    @property
    def sign(self) -> Floats:
        """The scale's sign; 1 where it does not matter, since a constant channel's ReLU gives 0."""
        return np.where(self.varies, np.sign(self.scale), 1.0)


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a middle layer hears: features with these offsets, of which ``varies`` vary, in these units."""

    offset: Floats
    varies: NDArray[np.bool_]
    unit: Floats


def fold(
    weights: Weights, gain: Floats | None = None, markers: Sequence[float] = (1.0,) * MIDDLE_BLOCKS
) -> FoldedNetwork:
    """Fold a checkpoint's weights.

    :param gain: every channel's unit; 1 everywhere if None. The channels of the three middle stages are summed, so
        their gains must be the same three times over.
    :param markers: the edge marker's value for every middle layer, best the largest value of its other inputs.
    """
    norms = [_normalisation(weights, number) for number in range(1 + FRONT_BLOCKS + MIDDLE_BLOCKS)]
    at_input, of_front, of_middle = norms[0], norms[1 : 1 + FRONT_BLOCKS], norms[1 + FRONT_BLOCKS :]
    varies = np.concatenate([norm.varies for norm in of_front])
    width = len(of_middle[0].scale)
    starts = int(varies.sum()) + width * np.arange(MIDDLE_BLOCKS)
    gains = np.split(np.ones(starts[-1] + width) if gain is None else gain, starts)

    constants = np.concatenate([np.where(norm.varies, norm.offset, norm.beta) for norm in of_front])
    offsets = [constants, *np.cumsum([norm.offset for norm in of_middle], axis=0)]
    every = np.ones(width, dtype=np.bool_)
    inputs = [_Inputs(*stage) for stage in zip(offsets, [varies, *[every] * MIDDLE_BLOCKS], gains, strict=True)]
    place = np.concatenate([np.flatnonzero(varies), len(varies) + np.arange(MIDDLE_BLOCKS * width)])
    features = np.concatenate(offsets)
    channels = Channels(place, np.concatenate(gains), features[place])
    return FoldedNetwork(
        input_offset=float(at_input.offset[0] / at_input.scale[0]),
        front=_fold_front(weights, of_front, gains[0], float(at_input.scale[0])),
        middle=tuple(
            _fold_middle(_layer(weights, FRONT_BLOCKS + block), inputs[block], norm, gains[1], markers[block])
            for block, norm in enumerate(of_middle)
        ),
        dense=_fold_dense(weights, channels, features),
        channels=channels,
    )


def _fold_front(
    weights: Weights, norms: Sequence[_Affine], gain: Floats, input_scale: float
) -> tuple[Convolution, ...]:
    blocks, start = [], 0
    for block, norm in enumerate(norms):
        kernel, bias = _layer(weights, block)
        scale = norm.scale[norm.varies]
        size = np.abs(scale) / gain[start : start + len(scale)]
        start += len(scale)
        folded = kernel[..., norm.varies] * (input_scale * size)
        blocks.append(Convolution(folded, bias[norm.varies] * size, norm.sign[norm.varies]))
    return tuple(blocks)


def _fold_middle(
    layer: tuple[Floats, Floats], inputs: _Inputs, norm: _Affine, gain: Floats, marker: float
) -> Convolution:
    kernel, bias = layer[0][:, :, 0, :], layer[1]  # the published kernel (7, n_in, 1, n_out) spans all of its input
    size = np.abs(norm.scale) / gain
    constant = np.einsum("kio,i->ko", kernel, inputs.offset)
    varying = kernel[:, inputs.varies] * inputs.unit[:, None]
    marked = np.concatenate([varying, -constant[:, None] / marker], axis=1)
    return Convolution(marked * size, (bias + constant.sum(axis=0)) * size, norm.sign, marker)


def _fold_dense(weights: Weights, channels: Channels, features: Floats) -> Dense:
    """Fold the hidden layer; ``features`` ``(753,)`` are the offsets of all features, constant ones included."""
    pooled, hidden = _normalisation(weights, 9), _normalisation(weights, 10)
    kernel, bias = weights["dense/kernel"].astype(np.float64), weights["dense/bias"].astype(np.float64)
    # The published network interleaves: input 2i is the maximum of feature i, input 2i + 1 its mean.
    of_maxima, of_means = (pooled.scale[side::2, None] * kernel[side::2] for side in (0, 1))
    size = np.abs(hidden.scale)
    unit = channels.gain[:, None] * size
    return Dense(
        of_maxima=of_maxima[channels.place] * unit,
        of_means=of_means[channels.place] * unit,
        bias=(bias + pooled.offset @ kernel + features @ (of_maxima + of_means)) * size,
        gain=np.sign(hidden.scale),
        offset=hidden.offset,
    )


def _layer(weights: Weights, number: int) -> tuple[Floats, Floats]:
    name = f"conv2d_{number}" if number else "conv2d"
    return weights[f"{name}/kernel"].astype(np.float64), weights[f"{name}/bias"].astype(np.float64)


def _normalisation(weights: Weights, number: int) -> _Affine:
    name = f"batch_normalization_{number}" if number else "batch_normalization"
    gamma, beta, mean, variance = (
        weights[f"{name}/{part}"].astype(np.float64) for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + _EPSILON)
    return _Affine(scale, beta - mean * scale, beta, np.abs(scale) * np.sqrt(variance) > _CONSTANT_BELOW)
