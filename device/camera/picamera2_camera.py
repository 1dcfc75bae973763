"""The Raspberry Pi's own camera, by picamera2 from Raspberry Pi OS."""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import numpy as np

from device.camera.camera import STALL_SECONDS, Frame, Luma
from device.camera.camera_modules import close_module, open_module
from device.camera.webcams import mend_by_webcam, webcams
from device.errors import CameraError, CameraStalledError

_log = logging.getLogger(__name__)

_MICROSECONDS = 1_000_000
_NANOSECONDS = 1_000_000_000
_CONVERGED = 2  # AeStateConverged of libcamera 0.5 and later; earlier ones tell AeLocked
_AF_CONTINUOUS = 2  # AfModeContinuous of libcamera
_FLICKER_MANUAL = 1  # FlickerManual of libcamera
_CABLE = "push the camera's ribbon cable home at both ends"
_BROKEN = (RuntimeError, ValueError, OSError)


class Picamera2Camera:
    """Gives the luma planes of two streams; timestamps are the sensor's, in seconds since the machine booted.

    Grey costs nothing: in YUV420 the luma is the first plane. The large stream is for the faces' crops; the small one,
    which the Pi scales while it streams, is what faces are searched in. picamera2 keeps the newest frame and drops
    those that nobody took in time.

    Loading picamera2 and configuring the camera take seconds on a small Pi, starting the stream a fraction of one. So
    the camera stays configured between observations, but does not stream: nothing is exposed, read or kept, and the
    sensor is in standby. Whoever wants it for other programs in between sets ``keep_ready`` to false. A camera that was
    unplugged meanwhile fails as it is started or gives no frame; the first is answered here by opening it again, the
    second by whoever restarts a stalled camera: a camera that failed is never kept.

    What is relied on stands in libcamera's control_ids_core.yaml and its Python bindings, and is the same from 0.3 to
    0.5: AfMode 2 focuses continuously; AeFlickerMode 1 avoids the period that AeFlickerPeriod gives in µs, 10,000 for
    50 Hz; a configuration's Transform takes ``hflip`` and ``vflip``, and nothing by a quarter turn.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that a camera can be asked for
        self,
        *,
        width: int,
        height: int,
        frames_per_second: float,
        slowest_frames_per_second: float | None,
        search_width: int,
        keep_ready: bool,
        upside_down: bool = False,
        mirror: bool = False,
        mains_hertz: int = 0,
        module: str = "",
        pixel_format: str = "YUV420",
        open_picamera2: Callable[[], Any] | None = None,
        make_transform: Callable[..., Any] | None = None,
    ) -> None:
        """Say what to ask of the camera; nothing is opened yet.

        :param width: of a frame in pixels, even, as is ``height``.
        :param frames_per_second: the pace in good light.
        :param slowest_frames_per_second: the pace down to which poor light may bring the camera, which then exposes
            each frame for longer; None for none slower.
        :param search_width: of the small stream, whose shape is the large one's; there is none if this is no smaller.
        :param keep_ready: whether the camera stays configured between observations.
        :param upside_down: whether the camera is to turn its pictures by 180°.
        :param mirror: whether it is to mirror them left to right.
        :param mains_hertz: frequency of the lamps' mains; 0 if the camera need not know.
        :param module: which of the Pi's own cameras, as :func:`device.camera.camera_modules.open_module` takes it.
        :param pixel_format: a format whose first plane is the luma; libcamera's virtual camera knows only NV12.
        :param open_picamera2: makes the ``Picamera2`` object, by default that of the named camera.
        :param make_transform: makes libcamera's ``Transform``, by default libcamera's own.
        """
        self._streams = {"main": {"size": (width, height), "format": pixel_format}}
        if search_width < width:
            small = search_width - search_width % 2, 2 * round(search_width * height / width / 2)
            self._streams["lores"] = {"size": small, "format": pixel_format}
        slowest = min(slowest_frames_per_second or frames_per_second, frames_per_second)
        self._frame_microseconds = round(_MICROSECONDS / frames_per_second), round(_MICROSECONDS / slowest)
        self._keep_ready = keep_ready
        self._flips = {"hflip": upside_down is not mirror, "vflip": upside_down}
        self._make_transform = make_transform or _libcamera_transform
        self._mains_hertz = mains_hertz
        self._open_picamera2 = open_picamera2 or partial(_open_own_camera, module)
        self._kept: Any = None

    def prepare(self) -> None:
        """Load picamera2 and configure the camera, if it is to be kept ready; what fails is logged."""
        if not self._keep_ready or self._kept is not None:
            return
        try:
            self._kept = self._configured()
        except CameraError as error:
            _log.warning("%s; mend: %s", error.what, error.mend)

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        """Stream on entering, as :class:`device.camera.camera.Camera` asks.

        :raises CameraError: if picamera2 or the camera is missing or busy, or if no frame comes for two seconds.
        """
        return self._opened()

    def close(self) -> None:
        """Let other programs have the camera."""
        kept, self._kept = self._kept, None
        if kept is not None:
            close_module(kept)

    @contextmanager
    def _opened(self) -> Generator[Iterator[Frame]]:
        camera = self._started()
        frames, keep = self._frames(camera), self._keep_ready
        try:
            yield frames
        except CameraError:
            keep = False
            raise
        finally:
            frames.close()
            self._stop(camera, keep=keep)

    def _started(self) -> Any:  # noqa: ANN401 - picamera2 is not there where types are checked
        """Start the camera that was kept, or else one opened again."""
        kept, self._kept = self._kept, None
        if kept is not None:
            try:
                self._start(kept)
            except _BROKEN as error:
                _log.warning("the camera cannot be started any more (%s): opening it again", error)
                close_module(kept)
            else:
                return kept
        camera = self._configured()
        try:
            self._start(camera)
        except _BROKEN as error:
            close_module(camera)
            what = f"the camera cannot be started ({error})"
            raise CameraError(what, mend=_CABLE) from error
        return camera

    def _start(self, camera: Any) -> None:  # noqa: ANN401
        controls: dict[str, Any] = {"FrameDurationLimits": self._frame_microseconds}
        there = camera.camera_controls
        if "AfMode" in there:  # else the lens stays where its tuning file leaves it
            controls["AfMode"] = _AF_CONTINUOUS
        if self._mains_hertz and {"AeFlickerMode", "AeFlickerPeriod"}.issubset(there):
            # A lamp flickers twice in each period of the mains.
            controls["AeFlickerMode"] = _FLICKER_MANUAL
            controls["AeFlickerPeriod"] = round(_MICROSECONDS / (2 * self._mains_hertz))
        camera.set_controls(controls)  # every start forgets them
        camera.start()

    def _configured(self) -> Any:  # noqa: ANN401
        camera = self._open_picamera2()
        try:
            # The preview's colour space gives luma its full range of 0–255; the video one's would be 16–235.
            # The raw size picks the sensor's mode: at half its resolution the common ones show their whole field of
            # view, while a mode near 640 × 480 would crop its middle.
            turned = {"transform": self._make_transform(**self._flips)} if any(self._flips.values()) else {}
            sensor_width, sensor_height = camera.sensor_resolution
            configuration = camera.create_preview_configuration(
                **self._streams,
                raw={"size": (sensor_width // 2, sensor_height // 2)},
                **turned,
            )
            camera.configure(configuration)
        except _BROKEN as error:
            close_module(camera)
            (width, height), pixel_format = self._streams["main"].values()
            what = f"the camera cannot give {width} × {height} {pixel_format} frames ({error})"
            raise CameraError(what, mend="set an even width and height that the camera has, under [camera]") from error
        return camera

    def _frames(self, camera: Any) -> Generator[Frame]:  # noqa: ANN401
        while True:
            try:
                request = camera.capture_request(wait=STALL_SECONDS)
            except TimeoutError as error:
                camera.cancel_all_and_flush()  # or closing would wait for ever behind the unanswered request
                what = f"the camera stalled, no frame came for {STALL_SECONDS:g} s"
                raise CameraStalledError(what, mend=_CABLE) from error
            except _BROKEN as error:
                what = f"the camera vanished while it was in use ({error})"
                raise CameraError(what, mend=_CABLE) from error
            try:
                lores = _luma(request, "lores") if "lores" in self._streams else None
                frame = _frame(_luma(request, "main"), lores, request.get_metadata())
            finally:
                request.release()
            yield frame

    def _stop(self, camera: Any, *, keep: bool) -> None:  # noqa: ANN401
        if keep:
            try:
                camera.stop()
            except _BROKEN as error:
                _log.warning("the camera cannot be stopped (%s): closing it", error)
            else:
                self._kept = camera
                return
        close_module(camera)  # stops the stream as well


def _frame(luma: Luma, lores: Luma | None, metadata: Mapping[str, Any]) -> Frame:
    """Join the planes with what libcamera tells of the exposure, which depends on its version and on the sensor."""
    settled = metadata.get("AeLocked")
    if "AeState" in metadata:
        settled = metadata["AeState"] == _CONVERGED
    exposure = metadata.get("ExposureTime")
    if exposure is not None:
        exposure = exposure / _MICROSECONDS * metadata.get("AnalogueGain", 1.0) * metadata.get("DigitalGain", 1.0)
    timestamp = metadata["SensorTimestamp"] / _NANOSECONDS
    return Frame(luma, timestamp, lores, settled, exposure, metadata.get("Lux"))


def _luma(request: Any, stream: str) -> Luma:  # noqa: ANN401
    """Cut the luma out of a frame's buffer, whose rows may be padded to the stride."""
    layout = request.config[stream]
    width, height = layout["size"]
    plane = request.make_buffer(stream)[: height * layout["stride"]]
    return np.ascontiguousarray(plane.reshape(height, layout["stride"])[:, :width])


def _libcamera_transform(**flips: bool) -> Any:  # noqa: ANN401
    from libcamera import Transform  # noqa: PLC0415 - comes with picamera2

    return Transform(**flips)


def _open_own_camera(module: str) -> Any:  # noqa: ANN401
    try:
        from picamera2 import Picamera2  # noqa: PLC0415 - only Raspberry Pi OS has it
    except (ImportError, ValueError) as error:  # ValueError: built for another numpy
        what = f"picamera2 cannot be loaded ({error})"
        mend = (
            f"with a USB camera: {mend_by_webcam(webcams())}; "
            "with the Pi's own: sudo apt install python3-picamera2, of Raspberry Pi OS, and the installer once more"
        )
        raise CameraError(what, mend=mend) from error
    return open_module(Picamera2, module)
