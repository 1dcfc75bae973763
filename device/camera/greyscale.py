"""OpenCV's pictures as luma."""

import cv2
import numpy as np

from device.camera.camera import Luma


def grey(picture: cv2.typing.MatLike) -> Luma:
    """Turn a picture as OpenCV reads it, BGR ``(height, width, 3)`` or grey already, into luma ``(height, width)``."""
    luma = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)  # noqa: PLR2004 - no colour axis
    return np.asarray(luma, dtype=np.uint8)
