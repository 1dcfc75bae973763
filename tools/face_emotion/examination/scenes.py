"""Puts a face that was cut out of its picture back into one, as the box's camera would show it."""

import cv2
import numpy as np

from device.camera.camera import Luma

WIDTH, HEIGHT = 640, 480
"""Of the scene in pixels, as the box's camera gives it."""

SIDE = 160
"""Width of the cut face in the scene in pixels: somebody who looks at the box from half a metre or so."""


def scene_of(face: Luma, *, width: int = WIDTH, height: int = HEIGHT, side: int = SIDE) -> Luma:
    """Scale a cut face ``(height, width)``, 0–255, to a side and surround it by its own border, stretched outwards.

    The surroundings show nothing new, but a detector finds the face in them by itself, and frames it as on the box.

    :returns: ``(height, width)``, 0–255.
    """
    tall, wide = face.shape
    scale = side / max(tall, wide)
    size = (max(round(wide * scale), 1), max(round(tall * scale), 1))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(face, size, interpolation=way)
    left, above = (width - size[0]) // 2, (height - size[1]) // 2
    around = (above, height - size[1] - above, left, width - size[0] - left)
    return np.asarray(cv2.copyMakeBorder(scaled, *around, cv2.BORDER_REPLICATE), dtype=np.uint8)
