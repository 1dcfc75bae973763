"""A camera that shows made-up pictures, with levers for what goes wrong with cameras."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np

from device.camera.camera import STALL_SECONDS, Frame, Luma
from device.errors import CameraError, CameraStalledError


class SimulatedCamera:
    """Shows pictures at an even pace; timestamps start at 0 each time it is opened."""

    def __init__(
        self,
        picture: Callable[[float], Luma] | None = None,
        *,
        frames_per_second: float = 10.0,
        settling_seconds: float = 0.0,
        lux: float | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Build a camera that is plugged in and closed.

        :param picture: gives the luma ``(height, width)`` for a timestamp in seconds; by default plain grey, 640 × 480.
        :param settling_seconds: how long the camera says that its exposure has not settled.
        :param lux: what the camera says of the light.
        :param wait: lets a time in seconds pass; ``SimulatedClock.advance`` makes 15 seconds take none.
        """
        self._picture = picture or plain_grey(640, 480)
        self._interval = 1 / frames_per_second
        self._settling_seconds = settling_seconds
        self._lux = lux
        self.wait = wait
        """Lever: how the time between two frames passes."""
        self._trouble = ""
        self.is_open = False
        self.times_opened = 0

    def vanish(self) -> None:
        """Lever: pull the cable."""
        self._trouble = "vanished"

    def stall(self) -> None:
        """Lever: no frame comes any more."""
        self._trouble = "stalled"

    def come_back(self) -> None:
        """Lever: mend what :meth:`vanish` or :meth:`stall` broke."""
        self._trouble = ""

    def prepare(self) -> None:
        """Do nothing."""

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        """Stream on entering.

        :raises CameraError: as long as the camera has vanished or stalls.
        """
        return self._opened()

    def close(self) -> None:
        """Do nothing."""

    @contextmanager
    def _opened(self) -> Generator[Iterator[Frame]]:
        if self._trouble == "vanished":
            raise _camera_error(self._trouble)
        self.is_open = True
        self.times_opened += 1
        frames = self._frames()
        try:
            yield frames
        finally:
            frames.close()
            self.is_open = False

    def _frames(self) -> Generator[Frame]:
        number = 0
        while True:
            if self._trouble:
                self.wait(STALL_SECONDS)
                raise _camera_error(self._trouble)
            timestamp = number * self._interval
            settled = timestamp >= self._settling_seconds
            yield Frame(self._picture(timestamp), timestamp, settled=settled, lux=self._lux)
            self.wait(self._interval)
            number += 1


def plain_grey(width: int, height: int) -> Callable[[float], Luma]:
    """Return what gives the same picture, without any detail, at all times; ``width`` and ``height`` in pixels."""
    return lambda _: np.full((height, width), 128, dtype=np.uint8)


def _camera_error(trouble: str) -> CameraError:
    what = f"the simulated camera {trouble}"
    kind = CameraStalledError if trouble == "stalled" else CameraError
    return kind(what, mend="let it come back")
