"""The source's networks, by the layers it names.

The source gives kinds and counts of layers, not their sizes. The sizes here are those of networks that a Pi could run:
strong pooling, less than a million weights for six seconds of music.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import keras
import numpy as np
from numpy.typing import NDArray

from tools.music_emotion.reproduction.catalogue import Architecture

Shape = tuple[int, int, int]
"""Frequencies (or rows of a picture), frames, channels."""

_DENSE = 64
_LSTM = 32  # values each way


def build(architecture: Architecture, shape: Shape, *, start: NDArray[np.float64]) -> keras.Model:
    """Return a network with fresh weights, not compiled.

    :param shape: of one input.
    :param start: ``(labels,)`` what it says before it has learnt anything: the mean of the targets, percentages or, for
        a multi-label network, shares of 1. A training then begins at the constant-mean baseline instead of at 0.
    """
    inputs = keras.Input(shape)
    seen = _BODIES[architecture.name](inputs)
    if architecture.multilabel:
        shares = np.clip(start, 0.01, 0.99)
        return keras.Model(inputs, _output("sigmoid", np.log(shares / (1 - shares)))(seen))
    return keras.Model(inputs, _output("linear", start)(seen))


def _output(activation: str, bias: NDArray[np.float64]) -> keras.layers.Layer:
    return keras.layers.Dense(
        len(bias), activation=activation, bias_initializer=keras.initializers.Constant(bias.tolist())
    )


def _convolution(filters: int, *, size: int = 3, strides: int = 1) -> keras.layers.Layer:
    return keras.layers.Conv2D(filters, size, strides=strides, padding="same", activation="relu")


def _pool(values: keras.KerasTensor, frequency: int, time: int) -> keras.KerasTensor:
    return keras.layers.MaxPooling2D((frequency, time))(values)


def _dense(values: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Dense(_DENSE, activation="relu")(keras.layers.Flatten()(values))


def _spectrogram(values: keras.KerasTensor) -> keras.KerasTensor:
    """Three convolutions; the first one strides, since a spectrogram has a thousand frequencies."""
    values = _pool(_convolution(8, size=5, strides=2)(values), 4, 2)
    values = _pool(_convolution(16)(values), 4, 4)
    return _dense(_pool(_convolution(32)(values), 4, 4))


def _mel(values: keras.KerasTensor) -> keras.KerasTensor:
    """Three convolutions."""
    values = _pool(_convolution(16)(values), 4, 4)
    values = _pool(_convolution(32)(values), 4, 4)
    return _dense(_pool(_convolution(64)(values), 2, 2))


def _mel_small(values: keras.KerasTensor) -> keras.KerasTensor:
    """Two convolutions."""
    values = _pool(_convolution(16)(values), 4, 4)
    return _dense(_pool(_convolution(32)(values), 4, 4))


def _mel_bilstm(values: keras.KerasTensor) -> keras.KerasTensor:
    """Two convolutions, then a bidirectional LSTM along the time.

    Unrolled, so that the converted file needs neither loops nor the fused LSTM operator. Seen with tensorflow
    2.21: all of it becomes int8 except one split of the first step, between a DEQUANTIZE and a QUANTIZE.
    """
    values = _pool(_convolution(16)(values), 4, 4)
    values = _pool(_convolution(32)(values), 4, 4)
    values = keras.layers.Permute((2, 1, 3))(values)
    values = keras.layers.Reshape((values.shape[1], values.shape[2] * values.shape[3]))(values)
    values = keras.layers.Bidirectional(keras.layers.LSTM(_LSTM, unroll=True))(values)
    return _dense(values)


def _mel_multilabel(values: keras.KerasTensor) -> keras.KerasTensor:
    """Two convolutions and the three dropouts with which the source met overfitting."""
    values = _pool(_convolution(16)(values), 4, 4)
    values = keras.layers.Dropout(0.25)(values)
    values = _pool(_convolution(32)(values), 4, 4)
    values = keras.layers.Dropout(0.25)(values)
    return keras.layers.Dropout(0.5)(_dense(values))


_BODIES: Mapping[str, Callable[[keras.KerasTensor], keras.KerasTensor]] = MappingProxyType(
    {
        "spectrogram-cnn": _spectrogram,
        "spectrogram-image-cnn": _spectrogram,
        "mel-cnn": _mel,
        "mel-cnn-small": _mel_small,
        "mel-cnn-bilstm": _mel_bilstm,
        "mel-cnn-multilabel": _mel_multilabel,
    }
)
