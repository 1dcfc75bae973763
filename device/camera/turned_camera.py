"""A camera that hangs on its side or upside down, or into a mirror: its frames turned upright."""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace

import cv2
import numpy as np

from device.camera.camera import Camera, Frame, Luma, Turn

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class TurnedCamera:
    """Gives another camera's frames turned clockwise, then mirrored left to right.

    Each plane is turned whole: of 640 × 480 that takes at most 0.5 ms where searching it for a face takes 32
    (``tests/benchmarks/turned.py``, one thread, no Pi), so that turning less of it would gain nothing. The Pi's own
    camera turns by 180° and mirrors by itself, for nothing, and does not need this.
    """

    def __init__(self, camera: Camera, *, rotation: Turn, mirror: bool) -> None:
        """Say which camera, and how far clockwise, in degrees, its pictures must be turned to stand upright."""
        self._camera, self._rotation, self._mirror = camera, rotation, mirror

    def prepare(self) -> None:
        """Prepare the camera."""
        self._camera.prepare()

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        """Stream on entering, as :class:`device.camera.camera.Camera` asks; errors are the camera's own."""
        return self._opened()

    def close(self) -> None:
        """Close the camera."""
        self._camera.close()

    @contextmanager
    def _opened(self) -> Generator[Iterator[Frame]]:
        with self._camera.open() as frames, closing(self._turned(frames)) as turned:
            yield turned

    def _turned(self, frames: Iterator[Frame]) -> Generator[Frame]:
        for frame in frames:
            lores = None if frame.lores is None else turn(frame.lores, self._rotation, mirror=self._mirror)
            yield replace(frame, luma=turn(frame.luma, self._rotation, mirror=self._mirror), lores=lores)


def turn(luma: Luma, rotation: Turn, *, mirror: bool = False) -> Luma:
    """Turn a grey picture ``(height, width)`` clockwise by so many degrees, then mirror it left to right."""
    turned = cv2.rotate(luma, _TURNS[rotation]) if rotation else luma
    return np.asarray(cv2.flip(turned, 1) if mirror else turned, dtype=np.uint8)
