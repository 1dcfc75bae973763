"""The folded musicnn as a Keras network, in units that suit int8. This module needs tensorflow.

    log-mel (1, 187, 96) → + input_offset → 5 convolutions, zero-padded in time → maximum over frequency → front stage
                           (:mod:`tools.music_emotion.musicnn.first_layer`, on a grid)
    front stage → 3 convolutions over time, with the edge marker beside the zero padding, and residual sums → 3 stages
    every stage → mean over time, maximum over time → dense, ReLU → 200 hidden values
    embedding (1, n_features + 200) = [means over time ‖ hidden values], or the hidden values alone

Stages meet in a concatenation only after each channel was divided by its unit: int8 has one scale for all that meet.
"""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from tools.music_emotion.model.log_mel import N_MELS, PATCH_FRAMES
from tools.music_emotion.musicnn.first_layer import EVERYWHERE, Grid, first_layer, signed, with_weights
from tools.music_emotion.musicnn.folding import Convolution, Floats, FoldedNetwork, Weights, fold
from tools.music_emotion.musicnn.published import OriginalOutputs

_SIZE_QUANTILE = 0.9995
"""Measured by the int8 embedding's centred cosine with the published one: .993, against .984 with the maximum, which
leaves a channel with rare outliers few of the 256 steps."""
_SMALLEST_UNIT = 1e-3  # keeps a channel that is silent throughout the calibration from being blown up
_SILENT_SHARE = 1 / 32
_WIDEST = 8.0  # units; keeps a nearly constant channel from stretching the one int8 scale of all


@dataclass(frozen=True, slots=True)
class PoolUnits:
    """By what each channel's mean and maximum over time are divided, ``(n_features,)`` each, and each hidden value,
    ``(200,)``.
    """

    mean: Floats
    maximum: Floats
    hidden: Floats


@dataclass(frozen=True, slots=True)
class Backbone:
    """The network, ``(1, 187, 96)`` to its embedding, and what the embedding's values mean.

    A mean over time is in units of ``mean_unit`` ``(n_means,)`` and of ``folded.channels``; ``n_means`` is the number
    of features, or 0 where the embedding holds the hidden values alone. Those are in units of ``hidden_unit``
    ``(200,)`` and of ``folded.dense``. ``everywhere`` is the same network, but looks at every frame and band.
    """

    network: keras.Model
    everywhere: keras.Model
    folded: FoldedNetwork
    mean_unit: Floats
    hidden_unit: Floats

    @property
    def n_means(self) -> int:
        """How many of the embedding's values are means over time; they come first."""
        return len(self.mean_unit)

    def of_original(self, outputs: OriginalOutputs) -> Floats:
        """Return the embedding ``(n, n_means + 200)`` that the published network's outputs amount to."""
        channels, dense = self.folded.channels, self.folded.dense
        means = (outputs.mean_pool[:, channels.place] - channels.offset)[:, : self.n_means]
        features: Floats = np.concatenate([means, (outputs.penultimate - dense.offset) * dense.gain], axis=1)
        return features / self.units

    @property
    def units(self) -> Floats:
        """How much of the published network's own units one unit of each value of the embedding is."""
        gain = self.folded.channels.gain[: self.n_means]
        return np.concatenate([gain * self.mean_unit, self.hidden_unit])


def calibrated_backbone(
    weights: Weights, patches: NDArray[np.float32], *, with_means: bool = True, grid: Grid = EVERYWHERE
) -> Backbone:
    """Fold a checkpoint so that all channels have a like range, seen over real patches ``(n, 187, 96)``.

    A channel's unit is the 0.9995-quantile of its size over all frames. The unit of a mean over time is that mean's
    standard deviation (or more, so that no mean exceeds 8 units), that of a maximum over time the largest one, and that
    of a hidden value an eighth of the largest one, since means and hidden values share the output's one int8 scale.

    :param with_means: whether the embedding holds the means over time before the hidden values.
    :param grid: where the first layer looks; the units are those of looking everywhere.
    """
    plain = fold(weights)
    stages = _frames_model(plain)
    heard = [[np.asarray(stage)[0] for stage in stages(patch[np.newaxis])] for patch in patches]
    frames = np.array([np.concatenate(patch, axis=1) for patch in heard])
    sizes = np.quantile(np.abs(frames), _SIZE_QUANTILE, axis=(0, 1))
    n_front = sum(len(block.sign) for block in plain.front)
    middle = sizes[n_front:].reshape(len(plain.middle), -1).max(axis=0)  # summed channels share one unit
    gain = np.maximum(np.concatenate([sizes[:n_front], *[middle] * len(plain.middle)]), _SMALLEST_UNIT)
    means = frames.mean(axis=1)
    spread = np.maximum(means.std(axis=0), np.abs(means).max(axis=0) / _WIDEST)
    maxima = frames.max(axis=1)
    largest = np.abs(maxima).max(axis=0)
    hidden = _hidden_units(maxima @ plain.dense.of_maxima + means @ plain.dense.of_means + plain.dense.bias)
    starts = n_front + len(middle) * np.arange(len(plain.middle))
    markers = [float(stage.max()) for stage in np.split(largest / gain, starts)[:-1]]
    units = PoolUnits(*(np.maximum(values, _SMALLEST_UNIT) for values in (spread / gain, largest / gain, hidden)))
    folded = fold(weights, gain, markers)
    network, everywhere = (
        _embedding_model(folded, units, with_means=with_means, grid=looks) for looks in (grid, EVERYWHERE)
    )
    return Backbone(network, everywhere, folded, units.mean if with_means else units.mean[:0], units.hidden)


def _hidden_units(before_relu: Floats) -> Floats:
    """Return an eighth of each hidden value's largest; of its size before the ReLU where that lets next to nothing by.

    A silent value in units of nearly nothing would take the one int8 scale that all have before the ReLU.
    """
    largest, size = before_relu.max(axis=0), np.abs(before_relu).max(axis=0)
    return np.where(largest > _SILENT_SHARE * size, largest, size) / _WIDEST


def _frames_model(folded: FoldedNetwork) -> keras.Model:
    """Return a model of ``(1, 187, 96)`` to the four stages, each ``(1, 187, channels)``."""
    patch = keras.Input((PATCH_FRAMES, N_MELS), batch_size=1)
    return keras.Model(patch, _stages(patch, folded, EVERYWHERE))


def _embedding_model(folded: FoldedNetwork, units: PoolUnits, *, with_means: bool, grid: Grid) -> keras.Model:
    patch = keras.Input((PATCH_FRAMES, N_MELS), batch_size=1)
    stages = _stages(patch, folded, grid)
    edges = np.cumsum([stage.shape[-1] for stage in stages])[:-1]
    mean_units, max_units = np.split(units.mean, edges), np.split(units.maximum, edges)
    means = layers.Concatenate()([_mean_over_time(*pair) for pair in zip(stages, mean_units, strict=True)])
    maxima = layers.Concatenate()([_max_over_time(*pair) for pair in zip(stages, max_units, strict=True)])
    dense = folded.dense
    kernels = dense.of_means * units.mean[:, None], dense.of_maxima * units.maximum[:, None]
    of_mean = with_weights(layers.Dense(len(dense.bias), use_bias=False), means, kernels[0] / units.hidden)
    of_max = with_weights(layers.Dense(len(dense.bias)), maxima, kernels[1] / units.hidden, dense.bias / units.hidden)
    hidden = ops.relu(ops.add(of_max, of_mean))
    return keras.Model(patch, layers.Concatenate()([means, hidden]) if with_means else hidden)


def _stages(patch: keras.KerasTensor, folded: FoldedNetwork, grid: Grid) -> list[keras.KerasTensor]:
    shifted = ops.add(patch, np.float32(folded.input_offset))
    stages, total = [first_layer(shifted, folded.front, grid)], None
    for block in folded.middle:
        channels = _middle_block(stages[-1], block)
        total = channels if total is None else layers.Add()([channels, total])
        stages.append(total)
    return stages


def _middle_block(stage: keras.KerasTensor, block: Convolution) -> keras.KerasTensor:
    """Convolve over time, with zero padding that the edge marker names: ``(1, 187, channels)``."""
    reach = len(block.kernel) // 2
    marker = np.full((1, PATCH_FRAMES + 2 * reach, 1), block.marker, dtype=np.float32)
    marker[:, reach:-reach] = 0
    marked = ops.concatenate([layers.ZeroPadding1D(reach)(stage), marker], axis=-1)
    convolution = layers.Conv1D(len(block.sign), len(block.kernel), activation="relu")
    return signed(with_weights(convolution, marked, block.kernel, block.bias), block.sign)


def _mean_over_time(stage: keras.KerasTensor, unit: Floats) -> keras.KerasTensor:
    """Average over time and divide by the channels' units, in one convolution: int8 rounds once, after the division."""
    kernel = np.broadcast_to(1 / (PATCH_FRAMES * unit), (PATCH_FRAMES, len(unit)))[..., np.newaxis]
    mean = with_weights(layers.DepthwiseConv1D(PATCH_FRAMES, use_bias=False), stage, kernel)
    return layers.Reshape((len(unit),))(mean)


def _max_over_time(stage: keras.KerasTensor, unit: Floats) -> keras.KerasTensor:
    """Take the maximum over time and divide by the channels' units, which frees the stages of one common int8 scale.

    The division is a convolution, since only kernels have an int8 scale for each channel: as one constant the largest
    factor, a silent channel's, would round all others to 0.
    """
    maximum = layers.GlobalMaxPooling1D(keepdims=True)(stage)
    divided = with_weights(layers.DepthwiseConv1D(1, use_bias=False), maximum, (1 / unit)[np.newaxis, :, np.newaxis])
    return layers.Reshape((len(unit),))(divided)
