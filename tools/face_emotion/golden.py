"""The golden example: a drawn face and what the model says to it, by which a box sees that its runtime works.

The picture is drawn by code, so that it may ship where no data set's picture may.
"""

from pathlib import Path

import cv2
import numpy as np

from device.camera.camera import Luma
from device.emotion.classifier import normalise
from device.faces.crop import CROP_SIZE
from tools.model_making.on_device import input_shape, run_on_device

TOLERANCE_STEPS = 40
"""How many int8 steps (of 1/256 each) another runtime's output may differ from the stored one.

Kernels round differently. On 1,500 rows of PublicTest, tflite-runtime 2.14 and LiteRT 2.3 (x86-64) gave the same label
for 99.1 % with the shipped model; their outputs lay a median of 1 step apart, 15 at the 99th percentile and 36 at most.
On the drawn face it is 23 steps; a runtime that does not work is off by a hundred.
"""

_BACKGROUND, _HAIR, _SKIN, _NOSE, _DARK, _BRIGHT = 105, 55, 175, 140, 35, 235
_FINE = 8  # drawn this many times larger and averaged down, so that no edge depends on OpenCV's line drawing


def draw_face(size: int = CROP_SIZE) -> Luma:
    """Draw a smiling face, ``(size, size)`` of 0–255."""
    picture = np.full((CROP_SIZE * _FINE, CROP_SIZE * _FINE), _BACKGROUND, dtype=np.uint8)
    _ellipse(picture, (24, 22), (20, 24), _HAIR)
    _ellipse(picture, (24, 26), (17, 22), _SKIN)
    for side in (-1, 1):
        _ellipse(picture, (24 + 7.5 * side, 20), (3.2, 1.8), _BRIGHT)
        _ellipse(picture, (24 + 7.5 * side, 20), (1.6, 1.7), _DARK)
        _ellipse(picture, (24 + 7.5 * side, 15.5), (4.2, 0.9), _HAIR)
    _ellipse(picture, (24, 28), (2.4, 1.4), _NOSE)
    _ellipse(picture, (24, 35), (9, 6), _DARK, lower_half=True)
    _ellipse(picture, (24, 35), (7.5, 3), _BRIGHT, lower_half=True)
    scaled = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(scaled, dtype=np.uint8)


def write_golden(model: Path, destination: Path) -> None:
    """Run the drawn face through a model and write ``input``, uint8 ``(n, n)`` of the model's own size, and ``output``,
    int8 ``(n_labels,)``.

    :raises ModelError: if the box could not load the model.
    """
    picture = draw_face(input_shape(model)[1])
    output = run_on_device(model, normalise(picture))[0]
    with destination.open("wb") as file:  # numpy would add an ending to a name without one
        np.savez_compressed(file, input=picture, output=output)


def _ellipse(
    picture: Luma, centre: tuple[float, float], radii: tuple[float, float], grey: int, *, lower_half: bool = False
) -> None:
    """Fill an ellipse or the lower half of it; places and radii in pixels of a crop of 48."""
    place = (round(centre[0] * _FINE), round(centre[1] * _FINE))
    axes = (round(radii[0] * _FINE), round(radii[1] * _FINE))
    start_degrees = 0 if lower_half else -180
    cv2.ellipse(picture, place, axes, 0, start_degrees, 180, (grey,), thickness=-1)
