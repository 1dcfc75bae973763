"""Goes on from a face model that ships: its weights, out of the int8 file, into a network of the same architecture.

A pupil that begins with what an earlier one has learnt takes a third of the epochs that fresh weights need.
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from device.files.untrusted import open_regular
from tools.digests import digest
from tools.errors import TrainingError
from tools.face_emotion.training.folded_norms import FoldedNorm, set_up_norms
from tools.model_making.int8 import WeightedLayer, weighted_layers

_LARGEST = 1 << 24  # bytes; ten times what a box would take
_OLD_SCALING = 2.0
"""Files made before December 2026 stretch their input to ±1; networks of today shift it to ±0.5."""


@dataclass(frozen=True, slots=True)
class EarlierModel:
    """The convolutions and the dense layer of a file, in the order in which they are computed, and its sha256."""

    layers: tuple[WeightedLayer, ...]
    stretched: bool
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
    return EarlierModel(tuple(found), "MUL" in operators, digest(path))


def begin_with_earlier(network: keras.Model, model: EarlierModel, crops: NDArray[np.uint8]) -> None:
    """Give a fresh network of the architecture ``default`` an earlier model's weights.

    The file's batch norms are folded into its convolutions; they are set up again, and the network computes the same.

    :param crops: ``(n, 48, 48)`` of the training set, a few hundred.
    :raises TrainingError: if the model has other layers than the network.
    """
    names = [layer.name for layer in network.layers if isinstance(layer, layers.Conv2D)]
    names.sort(
        key=lambda name: int("".join(filter(str.isdigit, name.removeprefix("conv2d"))) or 0)
    )  # as they were made
    shapes = [tuple(network.get_layer(name).kernel.shape) for name in (*names, "logits")]
    if [layer.kernel.shape for layer in model.layers] != shapes:
        what = "the earlier model has other layers than the architecture default"
        raise TrainingError(what, mend="train without --begin-with, or name a model of the architecture default")
    folded = []
    for place, (name, layer) in enumerate(zip(names, model.layers, strict=False)):
        stretch = _OLD_SCALING if place == 0 and model.stretched else 1.0
        convolution = network.get_layer(name)
        convolution.set_weights([layer.kernel * np.float32(stretch)])
        folded.append(FoldedNorm(convolution, _norm_behind(network, convolution), layer.bias))
    network.get_layer("logits").set_weights([model.layers[-1].kernel, model.layers[-1].bias])
    set_up_norms(network, folded, crops)


def _norm_behind(network: keras.Model, convolution: keras.Layer) -> keras.Layer:
    norms = (layer for layer in network.layers if isinstance(layer, layers.BatchNormalization))
    return next(norm for norm in norms if norm.input is convolution.output)
