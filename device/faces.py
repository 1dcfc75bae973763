"""From a picture with a face in it to the 48 × 48 crop that a face model sees.

Training (``tools``) and the box call these same functions, so their framing cannot diverge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

CROP_SIZE = 48
"""Width and height of a crop in pixels, as in CK+ and FER2013."""


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A square or rectangle around a face, in pixels of the frame it was found in."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            msg = f"a face box needs a positive size, not {self.width} × {self.height}"
            raise ValueError(msg)

    @property
    def area(self) -> int:
        """Square pixels covered."""
        return self.width * self.height


def choose_face(boxes: Sequence[FaceBox]) -> FaceBox | None:
    """Return the largest box (the person nearest to the camera), the leftmost of equals, or None of none."""
    return min(boxes, key=lambda box: (-box.area, box.x, box.y), default=None)


def crop_face(luma: Luma, box: FaceBox) -> Luma:
    """Cut a box out of a frame and scale it to the model's input size.

    :param luma: grey frame, ``(height, width)``, 0–255.
    :param box: may reach over the edges; what lies outside the frame is left out.
    :returns: ``(48, 48)``, 0–255, area-averaged when shrinking.
    :raises ValueError: if box and frame do not overlap.
    """
    height, width = luma.shape
    left, top = max(box.x, 0), max(box.y, 0)
    right, bottom = min(box.x + box.width, width), min(box.y + box.height, height)
    if left >= right or top >= bottom:
        msg = f"{box} lies outside a frame of {width} × {height} pixels"
        raise ValueError(msg)
    return resize_crop(luma[top:bottom, left:right])


def resize_crop(luma: Luma) -> Luma:
    """Scale any grey picture to ``(48, 48)``; one that has this size already is returned unchanged."""
    if luma.shape == (CROP_SIZE, CROP_SIZE):
        return luma
    scaled = cv2.resize(luma, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_AREA)
    return np.asarray(scaled, dtype=np.uint8)


def normalise(crop: Luma) -> NDArray[np.float32]:
    """Turn a ``(48, 48)`` crop of 0–255 into the model's input: ``(1, 48, 48, 1)`` in [0, 1]."""
    scaled = crop.astype(np.float32) / np.float32(255)
    return scaled.reshape(1, CROP_SIZE, CROP_SIZE, 1)
