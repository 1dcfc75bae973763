"""The networks that can be trained, by the name of their architecture.

All of them take ``(n, 48, 48, 1)`` in [0, 1], carry their own standardisation, and end in a softmax.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import keras
from keras import layers

from device.faces.crop import CROP_SIZE
from tools.errors import TrainingError
from tools.face_emotion.training.dlib_weights import build_teacher
from tools.face_emotion.training.faceres_weights import build_faceres_teacher


def build(architecture: str, *, n_labels: int, precision: str = "float32") -> keras.Model:
    """Return a fresh network with ``n_labels`` outputs.

    :param precision: ``float32``, or ``bfloat16`` for multiplications in 16 bits beside weights in 32, which trains in
        two thirds of the time on a processor that has the instructions (avx512_bf16, amx_bf16), and slower elsewhere.
    :raises TrainingError: if no architecture has this name.
    """
    if architecture not in ARCHITECTURES:
        what = f"no architecture is called {architecture!r}"
        raise TrainingError(what, mend=f"choose one of {', '.join(ARCHITECTURES)}")
    with _multiplying_in(precision):
        return ARCHITECTURES[architecture](n_labels)


def recast(network: keras.Model, architecture: str, precision: str) -> keras.Model:
    """Return the same network, weights and all, multiplying in another precision; a conversion needs ``float32``."""
    other = build(architecture, n_labels=network.output_shape[-1], precision=precision)
    other.set_weights(network.get_weights())
    return other


@contextmanager
def _multiplying_in(precision: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _paper(n_labels: int) -> keras.Model:
    """The source's network: three convolutions with max-pooling between them, flatten, dense layers, softmax.

    The source says "dense layers with varying numbers of neurons" and gives no widths. Here the filters double (32, 64,
    128) and the neurons halve (256, 128, 64): 658,823 weights with seven labels, 658,888 with eight.
    """
    crops = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="crop")
    features = crops
    for filters in (32, 64, 128):
        features = layers.Conv2D(filters, 3, activation="relu")(features)
        features = layers.MaxPooling2D()(features)
    features = layers.Flatten()(features)
    for neurons in (256, 128, 64):
        features = layers.Dense(neurons, activation="relu")(features)
    return keras.Model(crops, _answer(features, n_labels))


def _default(n_labels: int) -> keras.Model:
    """A small residual network: 0.88 million weights, 102 million multiplications a crop.

    Plain 3 × 3 convolutions throughout: at this size they train faster on a CPU than depthwise-separable ones of the
    same cost, whose backward pass waits for memory, and they lose nothing when quantised.
    """
    crops = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="crop")
    features = layers.Rescaling(1.0, offset=-0.5)(crops)  # a shift of greys keeps every step of int8 apart
    features = _convolution(features, 16)
    for filters, stride in ((48, 2), (48, 1), (96, 2), (96, 1), (192, 2)):
        features = _residual(features, filters, stride=stride)
    features = layers.GlobalAveragePooling2D()(features)
    features = layers.Dropout(0.3)(features)
    return keras.Model(crops, _answer(features, n_labels))


def _answer(features: Any, n_labels: int) -> Any:  # noqa: ANN401 - keras ships no types
    """The softmax, a layer of its own in float32: probabilities of 16 bits would leave the loss too coarse."""
    logits = layers.Dense(n_labels, name="logits")(features)
    return layers.Activation("softmax", dtype="float32", name="probabilities")(logits)


def _residual(features: Any, filters: int, *, stride: int) -> Any:  # noqa: ANN401
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


ARCHITECTURES: MappingProxyType[str, Callable[[int], keras.Model]] = MappingProxyType(
    {"default": _default, "paper": _paper, "teacher": build_teacher, "teacher-faceres": build_faceres_teacher}
)
"""Every architecture by the name that ``--architecture`` takes."""
