"""From a trained network to the int8 file, and that file's answers as the box gets them."""

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from device.emotion.classifier import normalise
from tools.errors import TrainingError
from tools.model_making.float_tail import to_int8_with_float_tail
from tools.model_making.int8 import input_quantisation, to_int8
from tools.model_making.on_device import run_on_device

_REPRESENTATIVE = 500  # crops that calibrate the activations; the converter's guide asks for a few hundred
_INPUT_SCALE, _INPUT_ZERO_POINT = 1 / 255, -128  # so that a pixel of 0–255 becomes itself less 128, without rounding


def convert(network: keras.Model, crops: NDArray[np.uint8], *, seed: int) -> bytes:
    """Return a network as an int8 TFLite file of batch 1; one dense layer with its softmax stays in float.

    :param crops: ``(n, 48, 48)`` that were learnt from; some of them show the converter which activations to expect,
        beside a black and a white crop for the full range of the input.
    :raises TrainingError: if the box could not run the result.
    """
    chosen = np.random.default_rng(seed).permutation(len(crops))[:_REPRESENTATIVE]
    extremes = [np.full_like(crops[0], grey) for grey in (0, 255)]
    # networks with several dense layers hold most of their weights in them; those stay int8
    dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    quantise = to_int8_with_float_tail if len(dense) == 1 else to_int8
    model = quantise(network, [normalise(crop) for crop in (*extremes, *crops[chosen])])
    scale, zero_point = input_quantisation(model)
    if not (np.isclose(scale, _INPUT_SCALE) and zero_point == _INPUT_ZERO_POINT):
        what = f"the converted model's input has scale {scale:.6f} and zero point {zero_point}, not 1/255 and −128"
        raise TrainingError(what, mend="let the network take its input in [0, 1] unchanged")
    return model


def answers(model: Path, crops: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Return what the box's runtime makes of crops ``(n, 48, 48)``: the model's int8 outputs, ``(n, n_labels)``.

    :raises ModelError: if the box could not load the model.
    """
    return run_on_device(model, np.concatenate([normalise(crop) for crop in crops]))


def shares(outputs: NDArray[np.int8]) -> NDArray[np.float32]:
    """Turn int8 outputs of scale 1/256 and zero point −128 into probabilities whose rows sum to 1."""
    steps = outputs.astype(np.float32) + 128
    return np.asarray(steps / np.maximum(steps.sum(axis=1, keepdims=True), 1), dtype=np.float32)
