"""What a face box is, and what a face detector does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from device.camera.camera import Luma


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A square or rectangle around a face, in pixels of the frame it was found in."""

    x: int
    y: int
    width: int
    height: int

    tilt_degrees: float = 0.0
    """How far the head leans clockwise, as the picture shows it. The box leans with it, about its own middle."""

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            msg = f"a face box needs a positive size, not {self.width} × {self.height}"
            raise ValueError(msg)

    @property
    def area(self) -> int:
        """Square pixels covered."""
        return self.width * self.height


class FaceDetector(Protocol):
    """Finds faces."""

    def detect(self, luma: Luma) -> Sequence[FaceBox]:
        """Return a box for every face in a grey frame ``(height, width)``, none if there is none."""
        ...

    def detect_near(self, luma: Luma, last: FaceBox) -> FaceBox | None:
        """Return the box of the face that was at ``last`` a moment ago, if it is still there or thereabouts.

        Looks at little more than that place, so that it takes a fraction of what :meth:`detect` takes.
        """
        ...


def choose_face(boxes: Sequence[FaceBox]) -> FaceBox | None:
    """Return the largest box (the person nearest to the camera), the leftmost of equals, or None of none."""
    return min(boxes, key=lambda box: (-box.area, box.x, box.y), default=None)


def overlap(one: FaceBox, other: FaceBox) -> float:
    """Return the share of the area covered by either box that both cover, in [0, 1]; leaning is disregarded."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    both = max(width, 0) * max(height, 0)
    return both / (one.area + other.area - both)
