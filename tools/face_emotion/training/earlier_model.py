"""Goes on from a face model that ships: its weights, out of the int8 file, into a network of the same architecture.

A pupil that begins with what an earlier one has learnt takes a third of the epochs that fresh weights need.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from device.files.untrusted import open_regular
from tools.digests import digest
from tools.errors import TrainingError
from tools.model_making.folded_norms import FoldedNorm, only_add, set_up_norms
from tools.model_making.int8 import WeightedLayer, weighted_layers

_LARGEST = 1 << 24  # bytes; ten times what a box would take
_OLD_SCALING = 2.0
"""Files made before December 2026 stretch their input to ±1; networks of today shift it to ±0.5."""


@dataclass(frozen=True, slots=True)
class EarlierModel:
    """The convolutions and the dense layer of a file, in the order in which they are computed, and its sha256.

    Their weights are meant for crops in ±0.5.
    """

    layers: tuple[WeightedLayer, ...]
    sha256: str


def read_earlier_model(path: Path) -> EarlierModel:
    """Read a ``model.tflite``.

    :raises TrainingError: if it cannot be read or holds no layers that a network of ``default`` has.
    """
    try:
        with open_regular(path, follow_links=True) as file:
            content = file.read(_LARGEST)
        found, operators = weighted_layers(content)
    except Exception as error:  # the reader raises whatever it stumbles over
        what = f"{path}: no model that can be read ({error})"
        raise TrainingError(what, mend="name a model.tflite that train-face has made") from error
    if "MUL" in operators:
        found[0] = replace(found[0], kernel=found[0].kernel * np.float32(_OLD_SCALING))
    return EarlierModel(tuple(found), digest(path))


def begin_with_earlier(network: keras.Model, model: EarlierModel, crops: NDArray[np.uint8]) -> None:
    """Give a network of the architecture ``default`` an earlier model's weights.

    :param crops: ``(n, 48, 48)`` of the training set, a few hundred, by which the batch norms are set up.
    :raises TrainingError: if the model has other layers than the network.
    """
    if [layer.kernel.shape for layer in model.layers] != [layer.kernel.shape for layer in folded(network)]:
        what = "the earlier model has other layers than the architecture default"
        raise TrainingError(what, mend="train without --begin-with, or name a model of the architecture default")
    set_up_norms(network, set_folded(network, model.layers), crops[..., np.newaxis].astype(np.float32) / 255)


def folded(network: keras.Model) -> tuple[WeightedLayer, ...]:
    """Return the convolutions of a ``default`` network, their batch norms folded into them, and its dense layer."""
    found = []
    for convolution in _convolutions(network):
        norm = _norm_behind(network, convolution)
        gamma, beta, mean, variance = norm.get_weights()
        scale = gamma / np.sqrt(variance + norm.epsilon)
        found.append(WeightedLayer(convolution.get_weights()[0] * scale, beta - mean * scale))
    return (*found, WeightedLayer(*network.get_layer("logits").get_weights()))


def set_folded(network: keras.Model, folded_layers: Sequence[WeightedLayer]) -> list[FoldedNorm]:
    """Have a ``default`` network compute what folded layers compute; return its batch norms, which only add."""
    *convolved, dense = folded_layers
    norms = []
    for convolution, layer in zip(_convolutions(network), convolved, strict=True):
        convolution.set_weights([layer.kernel])
        norms.append(FoldedNorm(convolution, _norm_behind(network, convolution), layer.bias))
    network.get_layer("logits").set_weights([dense.kernel, dense.bias])
    only_add(norms)
    return norms


def _convolutions(network: keras.Model) -> list[keras.Layer]:
    """Return them in the order in which they were made, which is that of the file."""
    found = [layer for layer in network.layers if isinstance(layer, layers.Conv2D)]
    return sorted(found, key=lambda layer: int("".join(filter(str.isdigit, layer.name.removeprefix("conv2d"))) or 0))


def _norm_behind(network: keras.Model, convolution: keras.Layer) -> keras.Layer:
    return next(
        layer
        for layer in network.layers
        if isinstance(layer, layers.BatchNormalization) and layer.input is convolution.output
    )
