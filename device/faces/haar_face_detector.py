"""Faces by OpenCV's Haar cascade for frontal faces, the source's detector: a quick look for frames, one near the last
place for the frames that follow, and a patient one for single pictures.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from device.errors import ModelError
from device.faces.detector import FaceBox, overlap

_CASCADE = "haarcascade_frontalface_default.xml"
_WINDOW = 24  # the cascade's own window in pixels: it can find nothing smaller


@dataclass(frozen=True, slots=True)
class CascadeSearch:
    """One search through a whole picture."""

    detection_width: int = 320
    """A wider picture, its margin included, is reduced to this many pixels."""

    scale_factor: float = 1.2
    """Step between the sizes of faces that are searched, above 1; smaller finds more, slower."""

    minimum_face_share: float = 0.1
    """Height of the smallest face that counts, as a share of the height of picture and margins."""

    minimum_neighbours: int = 3
    """A face needs more overlapping finds than this; higher gives fewer false ones."""

    margin: float = 0.0
    """Width of the border added on every side, as a share of the picture's shorter side. It repeats the picture's
    edge, so that the cascade's window fits around a face that fills the picture."""

    tilt_degrees: float = 0.0
    """Looks for heads that lean clockwise by this much."""

    equalised: bool = False
    """Whether the histogram is equalised first, for dim and flat pictures."""

    weight: float = 1.0
    """What one overlapping find counts when several looks of a step find the same face."""


PATIENT_STEPS: tuple[tuple[CascadeSearch, ...], ...] = (
    (
        CascadeSearch(scale_factor=1.1, margin=0.5, weight=1.3),
        CascadeSearch(scale_factor=1.1, margin=0.5, minimum_neighbours=5, tilt_degrees=15),
        CascadeSearch(scale_factor=1.1, margin=0.5, minimum_neighbours=5, tilt_degrees=-15),
    ),
    (CascadeSearch(), CascadeSearch(scale_factor=1.1, margin=0.5, minimum_neighbours=5, equalised=True)),
    (CascadeSearch(640, 1.1, minimum_face_share=0.05, minimum_neighbours=7, margin=0.25),),
)
"""What a patient detector does: the looks of a step together, the next step only if they found nothing.

First faces of any size down to a fifth of the picture, upright or leaning; then dim and flat pictures; then small
faces. An upright head has the benefit of the doubt (``weight``): upright faces are then read as well as with the first
look alone. The looks after the first ask for more overlapping finds, because each adds false ones of its own.
"""


@dataclass(frozen=True, slots=True)
class NearLook:
    """One search around the place where a face was a moment ago.

    The surroundings are scaled so that a face of unchanged size fills the middle one of three sizes which the cascade
    tries, ``STEP`` apart. OpenCV moves its window by two pixels up to twice the cascade's own size and by one above:
    the three must lie on one side of 48 pixels, or the finer side outweighs the other, and the box grows from frame to
    frame (by 10 to 17 % in the clips). A third of a face's width on each side was no better than a quarter.
    """

    face_pixels: float
    """Width of the face as the cascade sees it: 24, times a whole power of ``STEP``."""

    minimum_neighbours: int = 1
    """As in :class:`CascadeSearch`; few suffice where a face is expected."""

    STEP: ClassVar[float] = 1.2
    MARGIN: ClassVar[float] = 0.25


NEAR_LOOKS = (NearLook(_WINDOW * NearLook.STEP**2), NearLook(_WINDOW * NearLook.STEP**6, 2))
"""First a coarse look (0.7 ms on x86-64), which finds 98 to 99 % of the faces in clips, then a fine one (2 ms)."""

_WEIGHED_PIXELS, _WEIGHED_MARGIN, _WEIGHED_STEP = _WINDOW * NearLook.STEP**3, 0.35, 1.1
_WEIGHED_SIZES = 0.7, 1.45
"""How a found face is looked at to be weighed: its width as the cascade sees it; in shares of that width, what is seen
beside it and the sizes that are tried; and from one size to the next."""

_SHRUNK = 0.9  # a tracked face may be this much smaller than the smallest one that is looked for


class HaarFaceDetector:
    """Searches a reduced copy of each picture, and knows nothing of the picture before.

    The box takes a quick look at the whole picture now and then, and one near the last place at every frame
    (:class:`device.faces.tracking.FaceTracker`; ``tests/benchmarks/frames.py`` measures both). The picture is
    searched as it is: equalising the histogram first found fewer faces and took longer.

    :meth:`patient` is for pictures that come once: it finds more faces, framed alike, in several times the time
    (``tests/benchmarks/faces.py`` measures it on any pictures). The box never has that patience: it would see a quarter
    of the frames, and a face missed in one of them may be found in the next.
    """

    def __init__(
        self,
        *,
        detection_width: int,
        scale_factor: float,
        minimum_face_share: float,
        minimum_neighbours: int = 3,
        cascade: Path | None = None,
    ) -> None:
        """Load the cascade and take one look at each picture, with these limits; :class:`CascadeSearch` explains them.

        :param cascade: cascade file; by default the one that OpenCV brings.
        :raises ModelError: if OpenCV has no cascades (5 and later) or the file cannot be read.
        """
        self._cascade = _load(cascade)
        self._steps: tuple[tuple[CascadeSearch, ...], ...] = (
            (CascadeSearch(detection_width, scale_factor, minimum_face_share, minimum_neighbours),),
        )

    @classmethod
    def patient(
        cls, *, steps: tuple[tuple[CascadeSearch, ...], ...] = PATIENT_STEPS, cascade: Path | None = None
    ) -> "HaarFaceDetector":
        """Return a detector that goes through steps as :data:`PATIENT_STEPS` does; cascade and errors as above."""
        first = steps[0][0]
        detector = cls(
            detection_width=first.detection_width,
            scale_factor=first.scale_factor,
            minimum_face_share=first.minimum_face_share,
            cascade=cascade,
        )
        detector._steps = steps
        return detector

    def detect(self, luma: Luma) -> list[FaceBox]:
        """Return a box for every face in a grey picture ``(height, width)``, in its pixels, the surest face first.

        Only a patient search returns boxes that lean or reach over the picture's edges.
        """
        for looks in self._steps:
            found = [find for look in looks for find in self._look(luma, look)]
            if found:
                return _distinct(found)
        return []

    def detect_near(self, luma: Luma, last: FaceBox) -> FaceBox | None:
        """Return the box of the face that was at ``last`` in the frame before, None if it is not there any more.

        It is framed as :meth:`detect` would: in the clips the median ratio of the widths to those of a search of the
        whole picture in steps of 1.1 was 1.01.
        """
        smallest = _SHRUNK * self._steps[0][0].minimum_face_share * luma.shape[0]
        for look in NEAR_LOOKS:
            boxes = [box for box in self._look_near(luma, last, look) if box.height >= smallest]
            if boxes:
                return max(boxes, key=lambda box: overlap(box, last))
        return None

    def support(self, luma: Luma, face: FaceBox) -> float:
        """Return how many overlapping finds, in finer steps than a search takes, lie at a face that was found."""
        seen, _, _ = _around(luma, face, face_pixels=_WEIGHED_PIXELS, margin=_WEIGHED_MARGIN)
        if seen is None:
            return 0.0
        least, most = (round(_WEIGHED_PIXELS * share) for share in _WEIGHED_SIZES)
        _, counts = self._cascade.detectMultiScale2(
            seen, _WEIGHED_STEP, 1, minSize=(least, least), maxSize=(most, most)
        )
        return float(max(counts, default=0))

    def _look_near(self, luma: Luma, last: FaceBox, look: NearLook) -> "Iterable[FaceBox]":
        seen, left, top = _around(luma, last, face_pixels=look.face_pixels, margin=look.MARGIN)
        if seen is None:
            return
        reduction = last.width / look.face_pixels
        least, most = (round(look.face_pixels * look.STEP**steps) for steps in (-1.4, 1.4))
        for rectangle in self._cascade.detectMultiScale(
            seen, look.STEP, look.minimum_neighbours, minSize=(least, least), maxSize=(most, most)
        ):
            x, y, width, height = (round(pixels * reduction) for pixels in rectangle)
            yield FaceBox(left + x, top + y, width, height)

    def _look(self, luma: Luma, look: CascadeSearch) -> "Iterable[_Find]":
        view = _View.of(luma, look)
        smallest = max(round(look.minimum_face_share * view.picture.shape[0]), _WINDOW)
        rectangles, counts = self._cascade.detectMultiScale2(
            view.picture,
            scaleFactor=look.scale_factor,
            minNeighbors=look.minimum_neighbours,
            minSize=(smallest, smallest),
        )
        for rectangle, count in zip(rectangles, counts, strict=True):
            box = view.in_frame(rectangle)
            if box is not None:
                yield _Find(box, float(count) * look.weight)


def _around(luma: Luma, face: FaceBox, *, face_pixels: float, margin: float) -> tuple[Luma | None, int, int]:
    """Cut the surroundings out, scaled to so wide a face, None if too little is left; and say where they begin."""
    beside = round(margin * face.width)
    left, top = max(face.x - beside, 0), max(face.y - beside, 0)
    around = luma[top : max(face.y + face.height + beside, 0), left : max(face.x + face.width + beside, 0)]
    reduction = face.width / face_pixels
    size = round(around.shape[1] / reduction), round(around.shape[0] / reduction)
    if min(size) < _WINDOW:
        return None, left, top
    return np.asarray(cv2.resize(around, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), left, top


@dataclass(frozen=True, slots=True)
class _Find:
    box: FaceBox
    support: float

    def covers_middle_of(self, other: "_Find") -> bool:
        x, y = other.box.x + other.box.width / 2, other.box.y + other.box.height / 2
        return 0 <= x - self.box.x <= self.box.width and 0 <= y - self.box.y <= self.box.height


def _distinct(found: list[_Find]) -> list[FaceBox]:
    """Keep the best supported of the finds that show the same face."""
    kept: list[_Find] = []
    for find in sorted(found, key=lambda find: (-find.support, find.box.x, find.box.y)):
        if not any(better.covers_middle_of(find) for better in kept):
            kept.append(find)
    return [find.box for find in kept]


@dataclass(frozen=True, slots=True)
class _View:
    """A frame as one look sees it: reduced, with a border of ``border`` pixels, and turned upright."""

    picture: Luma
    frame_size: tuple[int, int]
    reduction: float
    border: int
    tilt_degrees: float

    @classmethod
    def of(cls, luma: Luma, look: CascadeSearch) -> "_View":
        height, width = luma.shape
        margin = look.margin * min(width, height)
        reduction = max((width + 2 * margin) / look.detection_width, 1.0)
        size = (max(round(width / reduction), 1), max(round(height / reduction), 1))
        seen = cv2.resize(luma, size, interpolation=cv2.INTER_AREA) if reduction > 1 else luma
        border = round(margin / reduction)
        if border:
            seen = cv2.copyMakeBorder(seen, border, border, border, border, cv2.BORDER_REPLICATE)
        if look.tilt_degrees:
            turn = _turn(seen.shape[1], seen.shape[0], look.tilt_degrees)
            seen = cv2.warpAffine(seen, turn, seen.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        if look.equalised:
            seen = cv2.equalizeHist(seen)
        return cls(np.asarray(seen, dtype=np.uint8), (width, height), reduction, border, look.tilt_degrees)

    def in_frame(self, rectangle: cv2.typing.Rect) -> FaceBox | None:
        """Map a find to the frame's pixels; None if its middle lies in the border."""
        left, top, side = self._straight(rectangle)
        left, top, right, bottom = (
            round((edge - self.border) * self.reduction) for edge in (left, top, left + side, top + side)
        )
        width, height = self.frame_size
        if not (0 <= left + right <= 2 * width and 0 <= top + bottom <= 2 * height):
            return None
        if not self.border:  # keep rounding from reaching over the edges
            right, bottom = min(right, width), min(bottom, height)
        return FaceBox(left, top, right - left, bottom - top, self.tilt_degrees)

    def _straight(self, rectangle: cv2.typing.Rect) -> tuple[float, float, float]:
        """Turn a find's middle back; return left, top and side of its square as if it did not lean."""
        left, top, side = float(rectangle[0]), float(rectangle[1]), float(rectangle[2])
        if not self.tilt_degrees:
            return left, top, side
        back = _turn(self.picture.shape[1], self.picture.shape[0], -self.tilt_degrees)
        x, y = back @ (left + side / 2, top + side / 2, 1.0)
        return float(x) - side / 2, float(y) - side / 2, side


def _turn(width: int, height: int, degrees: float) -> NDArray[np.float64]:
    """Return the ``(2, 3)`` map that turns a picture counter-clockwise about its middle."""
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    return np.asarray(matrix, dtype=np.float64)


def _load(path: Path | None) -> cv2.CascadeClassifier:
    if not hasattr(cv2, "CascadeClassifier"):
        what = f"OpenCV {cv2.__version__} has no Haar cascades any more"
        raise ModelError(what, mend="install the OpenCV that requirements-device.txt pins")
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
