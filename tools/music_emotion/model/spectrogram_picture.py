"""The spectrogram as a picture, the way that the source showed it to a network."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

PICTURE_SIZE = 256
"""Pixels to a side of a drawn spectrogram, as large as a plot in a notebook has them."""

_WHITE = np.float32(255)
_COLOUR_MAP = "viridis"  # matplotlib's default, with which plots are drawn unless told otherwise


def draw_picture(decibels: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Draw a spectrogram ``(bins, n_frames)`` as a plot does; return RGBA ``(PICTURE_SIZE, PICTURE_SIZE, 4)``.

    The song's own loudest value has the brightest colour and its quietest the darkest, so that a picture does not show
    how loud a song is; low frequencies are at the bottom.
    """
    import cv2  # noqa: PLC0415 - only networks that see pictures need it
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only pictures need

    upright = np.ascontiguousarray(decibels[::-1], dtype=np.float32)
    resized = cv2.resize(upright, (PICTURE_SIZE, PICTURE_SIZE), interpolation=cv2.INTER_AREA)
    quietest, loudest = float(resized.min()), float(resized.max())
    shades = (resized - quietest) / max(loudest - quietest, 1e-6)
    return np.asarray(mpl.colormaps[_COLOUR_MAP](shades, bytes=True), dtype=np.uint8)


def colours_of(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return one or several pictures as a network is shown them: colours in [0, 1], of the same shape."""
    return np.asarray(pictures / _WHITE, dtype=np.float32)
