"""Faces by OpenCV's Haar cascade for frontal faces, the source's detector."""

from pathlib import Path

import cv2

from device.errors import ModelError
from device.faces import FaceBox, Luma

_CASCADE = "haarcascade_frontalface_default.xml"
_WINDOW = 24  # the cascade's own window in pixels: it can find nothing smaller


class HaarFaceDetector:
    """Searches a reduced copy of each frame, and knows nothing of the frame before.

    Frames are searched as they are: equalising the histogram first found fewer faces (93 to 96 % of the frames of a
    clip in which the plain picture gave 97 to 100 %) and took two thirds longer.
    """

    def __init__(
        self,
        *,
        detection_width: int = 320,
        scale_factor: float = 1.2,
        minimum_face_share: float = 0.1,
        minimum_neighbours: int = 3,
        cascade: Path | None = None,
    ) -> None:
        """Load the cascade.

        :param detection_width: a wider frame is reduced to this many pixels before the search.
        :param scale_factor: step between the sizes of faces that are searched, above 1; smaller finds more, slower.
        :param minimum_face_share: height of the smallest face that counts, as a share of the frame's height.
        :param minimum_neighbours: how many overlapping finds make a face; higher gives fewer false ones.
        :param cascade: cascade file; by default the one that OpenCV brings.
        :raises ModelError: if OpenCV has no cascades (5 and later) or the file cannot be read.
        """
        self._cascade = _load(cascade)
        self._detection_width = detection_width
        self._scale_factor = scale_factor
        self._minimum_face_share = minimum_face_share
        self._minimum_neighbours = minimum_neighbours

    def detect(self, luma: Luma) -> list[FaceBox]:
        """Return a box for every frontal face in a grey frame ``(height, width)``, in that frame's pixels."""
        height, width = luma.shape
        reduction = max(width / self._detection_width, 1.0)
        searched_height = max(round(height / reduction), 1)
        size = (round(width / reduction), searched_height)
        searched = cv2.resize(luma, size, interpolation=cv2.INTER_AREA) if reduction > 1 else luma
        smallest = max(round(self._minimum_face_share * searched_height), _WINDOW)
        found = self._cascade.detectMultiScale(
            searched,
            scaleFactor=self._scale_factor,
            minNeighbors=self._minimum_neighbours,
            minSize=(smallest, smallest),
        )
        return [_enlarge(rectangle, reduction, luma) for rectangle in found]


def _load(path: Path | None) -> cv2.CascadeClassifier:
    if not hasattr(cv2, "CascadeClassifier"):
        what = f"OpenCV {cv2.__version__} has no Haar cascades any more"
        raise ModelError(what, mend='pip install "opencv-python-headless<5"')
    path = path or Path(cv2.__file__).parent / "data" / _CASCADE
    mend = "reinstall opencv-python-headless, which brings the file"
    if not path.is_file():
        what = f"{path}: there is no such face cascade"
        raise ModelError(what, mend=mend)
    try:
        cascade = cv2.CascadeClassifier(str(path))
    except (cv2.error, SystemError) as error:
        what = f"{path}: not a face cascade that OpenCV can read ({error})"
        raise ModelError(what, mend=mend) from error
    if cascade.empty():
        what = f"{path}: not a face cascade that OpenCV can read"
        raise ModelError(what, mend=mend)
    return cascade


def _enlarge(rectangle: cv2.typing.Rect, reduction: float, luma: Luma) -> FaceBox:
    """Map a find in the reduced picture to the frame, and keep rounding from reaching over its edges."""
    height, width = luma.shape
    left, top, right, bottom = (
        round(edge * reduction)
        for edge in (rectangle[0], rectangle[1], rectangle[0] + rectangle[2], rectangle[1] + rectangle[3])
    )
    right, bottom = min(right, width), min(bottom, height)
    return FaceBox(int(left), int(top), int(right - left), int(bottom - top))
