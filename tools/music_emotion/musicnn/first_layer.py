"""The first layer of the folded musicnn, laid out for speed: convolutions over the log-mel patch, and their maxima.

Two things make it cheap. A tall kernel (128, 64 or 32 frames × 1 band) has one input channel and few output channels,
which int8 kernels do 20 times slower than they could: 16 frames become 16 channels, and the outputs of 16 frames become
as many times the output channels. That is exact. And a :class:`Grid` looks only at every few frames and bands: what
it finds at a frame is held for those that it left out, and the maximum over frequency is one over fewer bands.
"""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from tools.music_emotion.model.log_mel import N_MELS, PATCH_FRAMES
from tools.music_emotion.musicnn.folding import Convolution, Floats

_TILE = 16
"""Frames that become channels. Of MSD's tall kernels 8.8 ms became 0.8 (tflite-runtime 2.14, one thread)."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Every how many frames (1, 2 or 4) and mel bands the first layer looks; 1 and 1 is the published network."""

    frames: int = 1
    bands: int = 1

    @property
    def looks(self) -> int:
        """How many frames of a patch are looked at."""
        return -(-PATCH_FRAMES // self.frames)

    @property
    def middle(self) -> int:
        """Which frame of those that it stands for is looked at."""
        return (self.frames - 1) // 2


EVERYWHERE = Grid()


def first_layer(shifted: keras.KerasTensor, blocks: tuple[Convolution, ...], grid: Grid) -> keras.KerasTensor:
    """Apply all convolutions to a patch ``(1, 187, 96)`` whose padding is 0: ``(1, 187, channels)``."""
    looked = layers.Concatenate()([(_tall if b.kernel.shape[1] == 1 else _wide)(shifted, b, grid) for b in blocks])
    return _held(looked, grid)


def tile(kernel: Floats, frames: int) -> Floats:
    """Return a tall kernel ``(height, 1, 1, n)`` for tiled frames: ``(n_tiles, 1, 16, 16 / frames · n)``.

    Output channel i · n + j is kernel j, moved by i · ``frames`` frames.
    """
    height, phases = len(kernel), _TILE // frames
    taps = np.zeros((-(-(height + _TILE - frames) // _TILE) * _TILE, phases, kernel.shape[-1]))
    for phase in range(phases):
        taps[phase * frames : phase * frames + height, phase] = kernel[:, 0, 0]
    return taps.reshape(-1, 1, _TILE, phases * kernel.shape[-1])


def _tall(shifted: keras.KerasTensor, block: Convolution, grid: Grid) -> keras.KerasTensor:
    kernel, phases = tile(block.kernel, grid.frames), _TILE // grid.frames
    tiles = -(-PATCH_FRAMES // _TILE)
    before = (len(block.kernel) - 1) // 2 - grid.middle
    after = (tiles + len(kernel) - 1) * _TILE - PATCH_FRAMES - before
    padded = ops.reshape(layers.ZeroPadding1D((before, after))(shifted), (1, -1, _TILE, N_MELS))
    tiled = ops.transpose(padded, (0, 1, 3, 2))
    repeated = Convolution(kernel, bias=np.tile(block.bias, phases), sign=np.tile(block.sign, phases))
    channels = _convolved(tiled, repeated, (1, grid.bands))
    return ops.reshape(channels, (1, tiles * phases, len(block.sign)))[:, : grid.looks]


def _wide(shifted: keras.KerasTensor, block: Convolution, grid: Grid) -> keras.KerasTensor:
    before = (len(block.kernel) - 1) // 2 - grid.middle
    after = (grid.looks - 1) * grid.frames + len(block.kernel) - PATCH_FRAMES - before
    padded = layers.ZeroPadding1D((before, after))(shifted)
    columns = ops.reshape(padded, (1, -1, N_MELS, 1))
    channels = _convolved(columns, block, (grid.frames, grid.bands))
    return ops.reshape(channels, (1, grid.looks, len(block.sign)))


def _convolved(values: keras.KerasTensor, block: Convolution, strides: tuple[int, int]) -> keras.KerasTensor:
    """Convolve, apply ReLU and sign, and take the maximum over frequency: ``(1, n, 1, channels)``."""
    convolution = layers.Conv2D(len(block.sign), block.kernel.shape[:2], strides=strides, activation="relu")
    channels = signed(with_weights(convolution, values, block.kernel, block.bias), block.sign)
    return layers.MaxPooling2D((1, channels.shape[2]))(channels)


def _held(looked: keras.KerasTensor, grid: Grid) -> keras.KerasTensor:
    if grid.frames == 1:
        return looked
    shape = (1, grid.looks, 1, looked.shape[-1])
    repeated = ops.concatenate([ops.reshape(looked, shape)] * grid.frames, axis=2)
    return ops.reshape(repeated, (1, grid.looks * grid.frames, looked.shape[-1]))[:, :PATCH_FRAMES]


def signed(channels: keras.KerasTensor, sign: Floats) -> keras.KerasTensor:
    """Multiply channels, the last axis, by 1 or -1 each."""
    return channels if (sign > 0).all() else ops.multiply(channels, sign.astype(np.float32))


def with_weights(layer: keras.Layer, values: keras.KerasTensor, *weights: Floats) -> keras.KerasTensor:
    """Apply a new layer to ``values`` and give it its weights."""
    result = layer(values)
    layer.set_weights([np.asarray(weight, dtype=np.float32) for weight in weights])
    return result
