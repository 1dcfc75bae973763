"""What every camera promises, whatever it is made of."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.camera import Camera
from device.camera.picamera2_camera import Picamera2Camera
from device.camera.recorded_camera import RecordedCamera
from device.camera.simulated_camera import SimulatedCamera
from device.camera.v4l2_camera import V4L2Camera

USB = "/dev/video0"


def recorded_clip(request: pytest.FixtureRequest) -> Camera:
    # Looped, or a reader who is late would find its end; so are the pictures.
    return RecordedCamera(request.getfixturevalue("clip"), paced=True, loop=True)


def recorded_pictures(request: pytest.FixtureRequest) -> Camera:
    return RecordedCamera(request.getfixturevalue("pictures"), paced=True, loop=True, frames_per_second=20)


def looped_unpaced_clip(request: pytest.FixtureRequest) -> Camera:
    return RecordedCamera(request.getfixturevalue("clip"), paced=False, loop=True)


def v4l2_over_a_clip(request: pytest.FixtureRequest) -> Camera:
    path = str(request.getfixturevalue("clip"))

    class Endless:
        """A clip that begins again, in the place of a USB camera."""

        def __init__(self) -> None:
            self.capture = cv2.VideoCapture(path)

        def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
            return self.capture.isOpened()

        def read(self) -> tuple[bool, cv2.typing.MatLike]:
            there, picture = self.capture.read()
            if not there:
                self.capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
                there, picture = self.capture.read()
            return there, picture

        def release(self) -> None:
            self.capture.release()

    return V4L2Camera(USB, width=64, height=48, frames_per_second=20, open_capture=Endless)


def usb_camera(_: pytest.FixtureRequest) -> Camera:
    if not Path(USB).exists():
        pytest.skip(f"there is no {USB}")
    return V4L2Camera(USB, width=640, height=480, frames_per_second=15)


def raspberry_pi_camera(_: pytest.FixtureRequest) -> Camera:
    pytest.importorskip("picamera2", reason="picamera2 comes with Raspberry Pi OS")
    return Picamera2Camera(
        slowest_frames_per_second=None, search_width=320, keep_ready=True, width=640, height=480, frames_per_second=15
    )


def simulated(_: pytest.FixtureRequest) -> Camera:
    return SimulatedCamera(frames_per_second=50)


CAMERAS: list[Callable[[pytest.FixtureRequest], Camera]] = [
    simulated,
    recorded_clip,
    recorded_pictures,
    looped_unpaced_clip,
    v4l2_over_a_clip,
    usb_camera,
    raspberry_pi_camera,
]


@pytest.fixture(params=CAMERAS, ids=lambda make: make.__name__)
def camera(request: pytest.FixtureRequest) -> Camera:
    return request.param(request)


def read_one_frame_and_fail(camera: Camera) -> None:
    with camera.open() as frames:
        next(frames)
        raise KeyError


def test_frames_are_grey_bytes_of_one_size(camera: Camera) -> None:
    with camera.open() as frames:
        lumas = [frame.luma for frame in islice(frames, 5)]
    assert {(luma.ndim, luma.dtype, luma.shape) for luma in lumas} == {(2, np.dtype(np.uint8), lumas[0].shape)}


def test_timestamps_rise(camera: Camera) -> None:
    with camera.open() as frames:
        times = [frame.timestamp for frame in islice(frames, 5)]
    assert (np.diff(times) > 0).all()


def test_a_frame_that_was_kept_does_not_change(camera: Camera) -> None:
    with camera.open() as frames:
        kept = next(frames).luma
        copy = kept.copy()
        for _ in islice(frames, 4):
            pass
    assert np.array_equal(kept, copy)


def test_no_frame_comes_after_leaving(camera: Camera) -> None:
    with camera.open() as frames:
        next(frames)
    assert next(frames, None) is None


def test_it_can_be_opened_again_also_after_a_failure(camera: Camera) -> None:
    with pytest.raises(KeyError):
        read_one_frame_and_fail(camera)
    with camera.open() as frames:
        assert next(frames).luma.size > 0


def test_it_can_be_opened_and_left_without_a_frame(camera: Camera) -> None:
    with camera.open():
        pass
    with camera.open() as frames:
        assert next(frames).luma.size > 0


def test_it_can_be_prepared_and_closed_at_any_time(camera: Camera) -> None:
    camera.close()
    camera.prepare()
    with camera.open() as frames:
        assert next(frames).luma.size > 0
    camera.close()
    with camera.open() as frames:
        assert next(frames).luma.size > 0


def test_a_smaller_plane_is_smaller(camera: Camera) -> None:
    with camera.open() as frames:
        frame = next(frames)
    assert frame.lores is None or frame.lores.size < frame.luma.size
