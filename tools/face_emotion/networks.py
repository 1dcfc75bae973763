"""The networks that can be trained, by name.

All of them take ``(n, 48, 48, 1)`` in [0, 1], carry their own standardisation, and end in a softmax.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import keras
from keras import layers

from device.faces import CROP_SIZE
from tools.errors import TrainingError


def build(name: str, *, n_labels: int) -> keras.Model:
    """Return a fresh network with ``n_labels`` outputs.

    :raises TrainingError: if no network has this name.
    """
    if name not in NETWORKS:
        what = f"no network is called {name!r}"
        raise TrainingError(what, mend=f"choose one of {', '.join(NETWORKS)}")
    return NETWORKS[name](n_labels)


def _default(n_labels: int) -> keras.Model:
    """A small residual network: 0.38 million weights, 34 million multiplications a crop.

    Plain 3 × 3 convolutions throughout: at this size they train faster on a CPU than depthwise-separable ones of the
    same cost, whose backward pass waits for memory, and they lose nothing when quantised.
    """
    crops = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="crop")
    features = layers.Rescaling(2.0, offset=-1.0)(crops)
    features = _convolution(features, 16)
    for filters, stride in ((32, 2), (64, 2), (64, 1), (128, 2)):
        features = _residual(features, filters, stride=stride)
    features = layers.GlobalAveragePooling2D()(features)
    features = layers.Dropout(0.4)(features)
    return keras.Model(crops, layers.Dense(n_labels, activation="softmax", name="probabilities")(features))


def _residual(features: Any, filters: int, *, stride: int) -> Any:  # noqa: ANN401 - keras ships no types
    """Two convolutions beside a shortcut, which is convolved where the shape changes (He et al. 2016)."""
    inner = _convolution(features, filters, stride=stride)
    inner = _convolution(inner, filters, activate=False)
    if stride != 1 or features.shape[-1] != filters:
        features = _convolution(features, filters, size=1, stride=stride, activate=False)
    return layers.ReLU()(layers.add([features, inner]))


def _convolution(features: Any, filters: int, *, size: int = 3, stride: int = 1, activate: bool = True) -> Any:  # noqa: ANN401
    features = layers.Conv2D(
        filters, size, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(features)
    features = layers.BatchNormalization()(features)
    return layers.ReLU()(features) if activate else features


NETWORKS: MappingProxyType[str, Callable[[int], keras.Model]] = MappingProxyType({"default": _default})
"""Every network by the name that ``--network`` takes."""
