"""A small expression network of others, whose answers a pupil hears beside its teachers'.

V. Mühler's network of 2018 reads seven labels. On FERPlus it is weak (.68 of the validation rows), but it was taught
with other pictures, and calls faces angry, disgusted or afraid that annotators of FER2013's pictures would have called
neutral: features taught with FERPlus alone read CK+ rightly in .55, and in .70 with two fifths of its answer mixed in.

The weights are read from the folder ``model`` of the npm package @vladmandic/face-api 1.7.15 (MIT), which carries them
with 8 bits each: ``face_expression_model.bin`` and ``face_expression_model-weights_manifest.json``.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from device.faces.crop import CROP_SIZE
from tools.face_emotion.training.dlib_weights import read_face_api
from tools.model_making.npm_weights import Weights

WEIGHTS_SHA256 = "9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d"

_FILE, _LIST = "face_expression_model.bin", "face_expression_model-weights_manifest.json"
_SEEN_SIZE = 112
_MEAN_COLOUR = (122.782, 117.001, 104.298)  # taken from red, green and blue of 0–255: its own preprocessing
_SAYS = ("neutral", "happiness", "sadness", "anger", "fear", "disgust", "surprise")
_UNHEARD = -30.0  # the logit of a label that it does not know


def read_second_opinion(folder: Path) -> keras.Model:
    """Return the network, which takes ``(n, 48, 48, 1)`` in [0, 1] and gives ``(n, 8)``, contempt always 0.

    :raises DatasetError: if a file is missing, or is not the one that this program knows.
    """
    weights = read_face_api(folder, _FILE, _LIST, WEIGHTS_SHA256)
    crops = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="crop")
    features = layers.Resizing(_SEEN_SIZE, _SEEN_SIZE)(crops)
    features = layers.Concatenate()([features] * 3)
    features = layers.Rescaling(1.0, offset=[-mean / 255 for mean in _MEAN_COLOUR])(features)
    for block, filters in enumerate((32, 64, 128, 256)):
        features = _block(features, f"dense{block}", filters)
    features = layers.Flatten()(layers.AveragePooling2D(7, 2)(features))
    logits = layers.Dense(len(FACE_LABELS), name="fc")(features)
    network = keras.Model(crops, layers.Activation("softmax", dtype="float32")(logits))
    for layer in network.layers:
        if layer.name.startswith("dense"):
            layer.set_weights(_layer_weights(weights, layer))
    kernel, bias = np.zeros((256, len(FACE_LABELS)), np.float32), np.full(len(FACE_LABELS), _UNHEARD, np.float32)
    places = [FACE_LABELS.index(label) for label in _SAYS]
    kernel[:, places], bias[places] = weights["fc/weights"], weights["fc/bias"]
    network.get_layer("fc").set_weights([kernel, bias])
    network.trainable = False
    return network


def _block(features: object, name: str, filters: int) -> object:
    """Four convolutions, of which each hears the sum of those before it; the first halves the picture."""

    def convolve(inner: object, part: int) -> object:
        options = {"strides": 2 if part == 0 else 1, "padding": "same", "name": f"{name}_conv{part}"}
        if name == "dense0" and part == 0:
            return layers.Conv2D(filters, 3, **options)(inner)
        return layers.SeparableConv2D(filters, 3, **options)(inner)

    sums = convolve(features, 0)
    heard = layers.ReLU()(sums)
    total = heard
    for part in (1, 2, 3):
        total = layers.add([total, convolve(heard, part)])
        heard = layers.ReLU()(total)
    return heard


def _layer_weights(weights: Weights, layer: keras.Layer) -> list[NDArray[np.float32]]:
    name = layer.name.replace("_", "/")
    parts = ("filters", "bias") if f"{name}/filters" in weights else ("depthwise_filter", "pointwise_filter", "bias")
    return [weights[f"{name}/{part}"] for part in parts]
