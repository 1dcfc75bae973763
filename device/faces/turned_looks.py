"""How well a face is supported in a picture and in its turned copies, by the Haar cascade's overlapping finds."""

import cv2
import numpy as np

from device.camera.camera import Luma, Turn
from device.camera.turned_camera import turn as turned_by
from device.faces.haar_face_detector import HaarFaceDetector


class TurnedLooks:
    """Searches a small copy of the whole picture, then weighs what is the surest there by one look near it."""

    def __init__(self, detector: HaarFaceDetector, *, width: int) -> None:
        """Take the detector; the copy's longer side has at most ``width`` pixels."""
        self._detector, self._width = detector, width

    def support(self, luma: Luma, turn: Turn) -> float:
        """Return the overlapping finds at the surest face, 0 where there is none.

        About 25 at a face the right way up, 5 at one that is not.
        """
        reduction = max(luma.shape) / self._width
        if reduction > 1:
            size = (max(round(luma.shape[1] / reduction), 1), max(round(luma.shape[0] / reduction), 1))
            luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        turned = turned_by(luma, turn)
        surest = next(iter(self._detector.detect(turned)), None)
        return 0.0 if surest is None else self._detector.support(turned, surest)
