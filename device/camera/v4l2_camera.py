"""A USB camera through Video4Linux, by OpenCV."""

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import cv2

from device.camera.camera import STALL_SECONDS, Frame
from device.camera.greyscale import grey
from device.camera.webcams import webcams
from device.errors import CameraError, CameraStalledError

_CLOSE_SECONDS = 1.0
_MOST_BROKEN = 5  # pictures in a row that do not decode, as a worn cable gives; a camera that is gone gives no other


class Capture(Protocol):
    """What is used of ``cv2.VideoCapture``."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Whether the device could be opened."""
        ...

    def read(self) -> tuple[bool, cv2.typing.MatLike]:
        """Return whether there is a picture, and the picture."""
        ...

    def release(self) -> None:
        """Close the device."""
        ...


class V4L2Camera:
    """Gives the newest frame of a camera such as ``/dev/video0``; timestamps are the machine's monotonic clock.

    OpenCV blocks for ten seconds when a camera stalls, and queues frames when its reader is slow. So a thread reads
    all the time that the camera is open, and keeps the newest frame only.
    """

    def __init__(
        self,
        device: str,
        *,
        width: int,
        height: int,
        frames_per_second: float,
        open_capture: Callable[[], Capture] | None = None,
    ) -> None:
        """Name the camera; nothing is opened yet.

        :param device: the device file.
        :param width: asked of the camera, in pixels, as is ``height``; it may give its nearest size instead.
        :param frames_per_second: asked of the camera; in poor light many give fewer.
        :param open_capture: opens something else in the place of the device, which is then not looked for.
        """
        self._device = device
        self._size = width, height
        self._frames_per_second = frames_per_second
        self._open_capture = open_capture or self._open_device

    def prepare(self) -> None:
        """Leave the camera alone: it opens quickly, and other programs may want it."""

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        """Stream on entering, as :class:`device.camera.camera.Camera` asks.

        :raises CameraError: if the camera is absent or busy, vanishes, or gives no frame for two seconds.
        """
        return self._opened()

    def close(self) -> None:
        """Do nothing: what was opened is closed already."""

    @contextmanager
    def _opened(self) -> Generator[Iterator[Frame]]:
        capture = self._open_capture()
        if not capture.isOpened():
            capture.release()
            what = f"{self._device}: cannot be opened as a camera"
            mend = "close the program that uses it; your user must be in the group video; or "
            raise CameraError(what, mend=mend + _name_another(webcams()))
        newest = _Newest(capture)
        frames = self._frames(newest)
        try:
            yield frames
        finally:
            frames.close()
            newest.close()

    def _frames(self, newest: "_Newest") -> Generator[Frame]:
        while True:
            frame = newest.take(STALL_SECONDS)
            if frame is None and newest.ended:
                what = f"{self._device}: the camera vanished while it was in use"
                raise CameraError(what, mend="check its plug and its power supply")
            if frame is None:
                what = f"{self._device}: the camera stalled, no frame came for {STALL_SECONDS:g} s"
                raise CameraStalledError(what, mend="unplug the camera and plug it in again")
            yield frame

    def _open_device(self) -> Capture:
        if not Path(self._device).exists():
            found = webcams()
            what = f"{self._device}: there is no such camera (present: {', '.join(found) or 'none'})"
            raise CameraError(what, mend=f"plug the camera in, or {_name_another(found)}")
        capture = cv2.VideoCapture(str(Path(self._device).resolve()), cv2.CAP_V4L2)  # a lasting name is a link
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        capture.set(cv2.CAP_PROP_FPS, self._frames_per_second)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture


def _name_another(found: Sequence[str]) -> str:
    """Say how to name a camera, one that is there if there is one."""
    device = next(iter(found), "FILE")
    listed = "" if found else "; cameras: ls /dev/v4l/by-id"
    return f"name another: sudo mien config set camera.device {device}, and sudo systemctl restart mien{listed}"


class _Newest:
    """Reads a capture in a thread of its own and hands out the newest frame, each at most once."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._closing = False
        self.ended = False
        self._thread = threading.Thread(target=self._read, name="v4l2 camera", daemon=True)
        self._thread.start()

    def take(self, at_most_seconds: float) -> Frame | None:
        """Wait for a frame that was not taken yet; None if none came, ``ended`` saying whether one still may."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self.ended, at_most_seconds)
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """Stop reading; a read that hangs releases the device when it returns."""
        self._closing = True
        self._thread.join(_CLOSE_SECONDS)

    def _read(self) -> None:
        try:
            broken = 0
            while not self._closing:
                there, picture = self._capture.read()
                broken = 0 if there else broken + 1
                if broken > _MOST_BROKEN:
                    break
                if not there:
                    continue
                frame = Frame(grey(picture), time.monotonic())
                with self._changed:
                    self._frame = frame
                    self._changed.notify()
        finally:
            self._capture.release()
            with self._changed:
                self.ended = True
                self._changed.notify()
