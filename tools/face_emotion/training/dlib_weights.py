"""A large network to learn from: dlib's face recognition network, taught to read expressions instead of names.

D. E. King's residual network of 2017 was trained to tell three million pictures of 7,485 people apart, and its weights
are in the public domain. A network that begins with its features needs a tenth of the epochs to read expressions
better than one that begins with nothing. It is too large for the box; its answers teach the small network.

The weights are read from the folder ``model`` of the npm package @vladmandic/face-api 1.7.15, which carries them with
8 bits each: ``face_recognition_model.bin`` and ``face_recognition_model-weights_manifest.json``.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from device.faces.crop import CROP_SIZE
from tools.errors import DatasetError
from tools.model_making.folded_norms import FoldedNorm, set_up_norms
from tools.model_making.npm_weights import FACE_API, Weights, unpack

WEIGHTS_SHA256 = "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589"

_FILE, _LIST = "face_recognition_model.bin", "face_recognition_model-weights_manifest.json"
_SEEN_SIZE = 96  # pixels; it was made for 150, but a crop of 48 holds no more, and a step takes half the time
_BLOCKS = (
    *("conv32_1", "conv32_2", "conv32_3", "conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    *("conv128_down", "conv128_1", "conv128_2", "conv256_down", "conv256_1", "conv256_2"),
)
"""The residual blocks by their names in the file. The last one there would shrink 96 pixels to nothing; it is left out,
and so is the layer that tells people apart."""

_MEAN_COLOUR = np.array([122.782, 117.001, 104.298], dtype=np.float32)  # taken from red, green and blue of 0–255
_COLOUR_SCALE = 256  # and then divided by this; both are the network's own preprocessing


def build_teacher(n_labels: int) -> keras.Model:
    """Return the network with fresh weights: 4.4 million of them, 128 million multiplications a crop."""
    crops = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="crop")
    features = layers.Resizing(_SEEN_SIZE, _SEEN_SIZE)(crops)
    features = layers.ReLU()(
        _convolution(features, "conv32_down", filters=32, kernel_size=7, strides=2, padding="valid")
    )
    features = layers.MaxPooling2D(3, 2)(features)
    for block in _BLOCKS:
        features = _residual(features, block)
    features = layers.GlobalAveragePooling2D()(features)
    features = layers.Dropout(0.4)(features)
    logits = layers.Dense(n_labels, name="logits")(features)
    return keras.Model(crops, layers.Activation("softmax", dtype="float32", name="probabilities")(logits))


def _residual(features: Any, block: str) -> Any:  # noqa: ANN401 - keras ships no types
    """Two convolutions beside a shortcut; a ``down`` block halves the picture, and fills up with zeros what lacks."""
    filters, shrinks = int(block.removeprefix("conv").split("_")[0]), block.endswith("down")
    stride, padding = (2, "valid") if shrinks else (1, "same")
    inner = _convolution(features, f"{block}/conv1", filters=filters, strides=stride, padding=padding)
    inner = _convolution(layers.ReLU()(inner), f"{block}/conv2", filters=filters)
    if shrinks:
        features = layers.AveragePooling2D(2)(features)
        lacking = features.shape[1] - inner.shape[1]
        inner = layers.ZeroPadding2D(((0, lacking), (0, lacking)))(inner)
    if features.shape[-1] != filters:
        features = layers.Concatenate()([features, layers.Rescaling(0.0)(features)])
    return layers.ReLU()(layers.add([features, inner]))


def _convolution(features: Any, name: str, **layout: Any) -> Any:  # noqa: ANN401 - keras's own options
    """A convolution by its name in the file, and the batch norm in place of the file's scale and offset."""
    options = {"kernel_size": 3, "padding": "same", "use_bias": False, **layout}
    features = layers.Conv2D(**options, name=_layer_name(name))(features)
    return layers.BatchNormalization(momentum=0.97, name=_layer_name(name) + "_norm")(features)


def _layer_name(name: str) -> str:
    return name.replace("/", "_")


def read_weights(folder: Path) -> Weights:
    """Read dlib's weights, by their names in the file, from the folder ``model`` of the npm package.

    :raises DatasetError: if a file is missing, or is not the one that this program knows.
    """
    return read_face_api(folder, _FILE, _LIST, WEIGHTS_SHA256)


def read_face_api(folder: Path, file: str, list_of_weights: str, sha256: str) -> Weights:
    """Read a network of the npm package @vladmandic/face-api, by its two files and the sha256 of the first.

    :raises DatasetError: if a file is missing, or is not the one that this program knows.
    """
    packed = FACE_API.read(folder, file, sha256)
    manifest = FACE_API.read(folder, list_of_weights)
    try:
        return unpack(json.loads(manifest)[0]["weights"], packed)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        what = f"{folder / list_of_weights}: lists no weights of {file} ({error!r})"
        raise DatasetError(what, mend=f"unpack {FACE_API.name} again") from error


def begin_with(network: keras.Model, weights: Weights, crops: NDArray[np.uint8]) -> None:
    """Give a fresh teacher dlib's features.

    dlib's file has fixed scales and offsets where a network that learns has batch norms; these are set so that on the
    given crops they compute exactly the same, and batches like them keep it so.

    :param crops: ``(n, 48, 48)`` of the training set, a few hundred.
    """
    names = ["conv32_down", *(f"{block}/{part}" for block in _BLOCKS for part in ("conv1", "conv2"))]
    folded = []
    for name in names:
        kernel, offset = weights[f"{name}/conv/filters"], weights[f"{name}/conv/bias"]
        if name == "conv32_down":  # grey crops of [0, 1] in place of colour pictures less their mean colour
            offset = offset - (kernel * _MEAN_COLOUR[:, None]).sum(axis=(0, 1, 2)) / _COLOUR_SCALE
            kernel = kernel.sum(axis=2, keepdims=True) * (255 / _COLOUR_SCALE)
        scale = weights[f"{name}/scale/weights"]
        convolution, norm = network.get_layer(_layer_name(name)), network.get_layer(_layer_name(name) + "_norm")
        # the scale goes into the kernel, whose entries would else be so small that the first steps wiped them out
        convolution.set_weights([kernel * scale])
        folded.append(FoldedNorm(convolution, norm, weights[f"{name}/scale/biases"] + scale * offset))
    set_up_norms(network, folded, crops[..., np.newaxis].astype(np.float32) / 255)
