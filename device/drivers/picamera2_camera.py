"""The Raspberry Pi's own camera, by picamera2 from Raspberry Pi OS."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from device.errors import CameraError, CameraStalledError
from device.faces import Luma
from device.interfaces import Frame

_FIRST_FRAME_SECONDS = 2.0  # starting the stream and settling the exposure takes its time
_NEXT_FRAME_SECONDS = 1.0
_MICROSECONDS = 1_000_000
_NANOSECONDS = 1_000_000_000


class Picamera2Camera:
    """Gives the luma plane of the main stream; timestamps are the sensor's, in seconds since the machine booted.

    Grey costs nothing: in YUV420 the luma is the first plane. picamera2 keeps the newest frame and drops those that
    nobody took in time.
    """

    def __init__(
        self,
        *,
        width: int,
        height: int,
        frames_per_second: float,
        pixel_format: str = "YUV420",
        open_picamera2: Callable[[], Any] | None = None,
    ) -> None:
        """Say what to ask of the camera; nothing is opened yet.

        :param width: of a frame in pixels, even, as is ``height``.
        :param frames_per_second: the sensor's fixed pace.
        :param pixel_format: a format whose first plane is the luma; libcamera's virtual camera knows only NV12.
        :param open_picamera2: makes the ``Picamera2`` object, by default that of the first camera.
        """
        self._size = width, height
        self._frame_microseconds = round(_MICROSECONDS / frames_per_second)
        self._pixel_format = pixel_format
        self._open_picamera2 = open_picamera2 or _open_first_camera

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        """Stream on entering, as ``interfaces.Camera`` asks.

        :raises CameraError: if picamera2 or the camera is missing or busy, or if no frame comes for a second.
        """
        return self._opened()

    @contextmanager
    def _opened(self) -> Generator[Iterator[Frame]]:
        camera = self._open_picamera2()
        frames = self._frames(camera)
        try:
            self._start(camera)
            yield frames
        finally:
            frames.close()
            camera.close()  # stops the stream as well

    def _start(self, camera: Any) -> None:  # noqa: ANN401 - picamera2 is not there where types are checked
        try:
            # The preview's colour space gives luma its full range of 0–255; the video one's would be 16–235.
            # The raw size picks the sensor's mode: at half its resolution the common ones show their whole field of
            # view, while a mode near 640 × 480 would crop its middle.
            sensor_width, sensor_height = camera.sensor_resolution
            configuration = camera.create_preview_configuration(
                main={"size": self._size, "format": self._pixel_format},
                raw={"size": (sensor_width // 2, sensor_height // 2)},
                controls={"FrameDurationLimits": (self._frame_microseconds, self._frame_microseconds)},
            )
            camera.configure(configuration)
            camera.start()
        except (RuntimeError, ValueError, OSError) as error:
            what = f"the camera cannot give {self._size[0]} × {self._size[1]} {self._pixel_format} frames ({error})"
            raise CameraError(what, mend="set an even width and height that the camera has, under [camera]") from error

    def _frames(self, camera: Any) -> Generator[Frame]:  # noqa: ANN401
        patience = _FIRST_FRAME_SECONDS
        while True:
            try:
                request = camera.capture_request(wait=patience)
            except TimeoutError as error:
                camera.cancel_all_and_flush()  # or closing would wait for ever behind the unanswered request
                what = f"the camera stalled, no frame came for {patience:g} s"
                raise CameraStalledError(what, mend="push the camera's ribbon cable home at both ends") from error
            try:
                frame = Frame(_luma(request), request.get_metadata()["SensorTimestamp"] / _NANOSECONDS)
            finally:
                request.release()
            yield frame
            patience = _NEXT_FRAME_SECONDS


def _luma(request: Any) -> Luma:  # noqa: ANN401
    """Cut the luma out of a frame's buffer, whose rows may be padded to the stride."""
    layout = request.config["main"]
    width, height = layout["size"]
    plane = request.make_buffer("main")[: height * layout["stride"]]
    return np.ascontiguousarray(plane.reshape(height, layout["stride"])[:, :width])


def _open_first_camera() -> Any:  # noqa: ANN401
    try:
        from picamera2 import Picamera2  # noqa: PLC0415 - only Raspberry Pi OS has it
    except (ImportError, ValueError) as error:  # ValueError: built for another numpy
        what = f"picamera2 cannot be loaded ({error})"
        mend = (
            "sudo apt install python3-picamera2, and make the environment with python3 -m venv --system-site-packages"
        )
        raise CameraError(what, mend=mend) from error
    try:
        return Picamera2()
    except (RuntimeError, IndexError, OSError) as error:
        what = f"no camera can be opened ({error})"
        mend = "push the ribbon cable home, close other camera programs, and look at: rpicam-hello --list-cameras"
        raise CameraError(what, mend=mend) from error
