"""A detector that finds the faces it is given."""

from collections.abc import Callable, Sequence

from device.camera.camera import Luma
from device.faces.detector import FaceBox, overlap


class SimulatedFaceDetector:
    """Finds the faces it was given, wherever it looks; by default one in the middle of each frame.

    None is found as long as ``somebody`` is false.
    """

    def __init__(self, faces: Callable[[Luma], Sequence[FaceBox]] | None = None, *, somebody: bool = True) -> None:
        self._faces = faces or _face_in_the_middle
        self.somebody = somebody
        """Lever: whether anybody is there."""

    def detect(self, luma: Luma) -> Sequence[FaceBox]:
        """Return the scripted boxes for a frame ``(height, width)``."""
        return self._faces(luma) if self.somebody else []

    def detect_near(self, luma: Luma, last: FaceBox) -> FaceBox | None:
        """Return the scripted box that covers most of ``last``, however little."""
        return max(self.detect(luma), key=lambda box: overlap(box, last), default=None)


def _face_in_the_middle(luma: Luma) -> Sequence[FaceBox]:
    height, width = luma.shape
    side = max(min(height, width) // 2, 1)
    return [FaceBox((width - side) // 2, (height - side) // 2, side, side)]
