"""The USB camera: what can be seen of it without one, and its thread over a stand-in for OpenCV's capture."""

import math
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from device.camera import v4l2_camera
from device.camera.v4l2_camera import V4L2Camera
from device.errors import CameraError
from tests.waiting import PATIENCE_SECONDS


class Capture:
    """A camera of 100 frames a second; frame ``n`` is grey of level ``n``, and after ``frames`` it is gone."""

    def __init__(self, *, frames: float = math.inf, opens: bool = True) -> None:
        self.frames = frames
        self.opens = opens
        self.given = 0
        self.held_after = math.inf
        """Lever: how many frames come until the next one is held back."""
        self.broken: set[int] = set()
        """Lever: the numbers of the frames that do not decode."""
        self.released = threading.Event()
        self.stalled = threading.Event()
        self.holds = threading.Event()
        self.goes_on = threading.Event()

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.opens

    def read(self) -> tuple[bool, np.ndarray]:
        if self.stalled.is_set():
            self.released.wait(PATIENCE_SECONDS)  # as OpenCV's read, which hangs for ten seconds
            return False, np.empty(0)
        if self.given >= self.held_after:
            self.holds.set()
            self.goes_on.wait(PATIENCE_SECONDS)
        time.sleep(0.01)
        self.given += 1
        return self.given <= self.frames and self.given not in self.broken, np.full(
            (48, 64, 3), self.given % 256, dtype=np.uint8
        )

    def release(self) -> None:
        self.released.set()


def camera_of(capture: Capture) -> V4L2Camera:
    return V4L2Camera("/dev/video7", width=64, height=48, frames_per_second=100, open_capture=lambda: capture)


def read_one_frame_and_fail(camera: V4L2Camera) -> None:
    with camera.open() as frames:
        next(frames)
        raise KeyError


def test_frames_are_grey_and_their_times_rise() -> None:
    with camera_of(Capture()).open() as frames:
        given = [next(frames) for _ in range(5)]
    assert given[0].luma.shape == (48, 64)
    assert given[0].luma.dtype == np.uint8
    assert (np.diff([frame.timestamp for frame in given]) > 0).all()


def test_a_late_reader_is_given_the_newest_frame() -> None:
    capture = Capture()
    with camera_of(capture).open() as frames:
        next(frames)
        capture.held_after = capture.given + 10
        assert capture.holds.wait(PATIENCE_SECONDS)  # it was asked for the next one, so that the last one has arrived
        assert next(frames).luma[0, 0] == capture.given % 256
        assert capture.given > 10
        capture.goes_on.set()


def test_the_device_is_released_on_leaving_whatever_happened() -> None:
    capture = Capture()
    with pytest.raises(KeyError):
        read_one_frame_and_fail(camera_of(capture))
    assert capture.released.wait(PATIENCE_SECONDS)


def test_a_camera_that_vanishes_is_named() -> None:
    capture = Capture(frames=3)
    with camera_of(capture).open() as frames, pytest.raises(CameraError, match="/dev/video7: the camera vanished"):
        for _ in frames:
            pass
    assert capture.released.is_set()


def test_a_few_pictures_that_do_not_decode_are_left_out() -> None:
    capture = Capture(frames=30)
    capture.broken = {2, 9, 10, 11, 12, 13, 20}
    levels: list[int] = []
    with camera_of(capture).open() as frames, pytest.raises(CameraError, match="vanished"):
        levels.extend(int(frame.luma[0, 0]) for frame in frames)
    assert capture.given == 36  # all thirty, and six in a row after them
    assert not capture.broken.intersection(levels)


def test_a_stall_is_noticed_after_two_seconds_while_the_read_still_hangs() -> None:
    capture = Capture()
    with camera_of(capture).open() as frames:
        next(frames)
        capture.stalled.set()
        with pytest.raises(CameraError, match="stalled, no frame came for 2 s"):
            for _ in frames:
                pass
        assert not capture.released.is_set()
        capture.released.set()  # what ends the hanging read


def test_an_absent_camera_is_named_with_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = V4L2Camera("/dev/video99", width=640, height=480, frames_per_second=15)
    with (
        pytest.raises(CameraError, match=r"/dev/video99: there is no such camera \(present: ") as caught,
        camera.open(),
    ):
        pass
    assert "sudo mien config set camera.device FILE, and sudo systemctl restart mien" in caught.value.mend
    monkeypatch.setattr(v4l2_camera, "webcams", lambda: ["/dev/v4l/by-id/usb-one-video-index0", "/dev/video4"])
    with pytest.raises(CameraError) as caught, camera.open():
        pass
    assert "(present: /dev/v4l/by-id/usb-one-video-index0, /dev/video4)" in caught.value.what
    assert "camera.device /dev/v4l/by-id/usb-one-video-index0, and" in caught.value.mend


def test_a_file_that_is_no_camera_is_named(tmp_path: Path) -> None:
    file = tmp_path / "video0"
    file.touch()
    camera = V4L2Camera(str(file), width=640, height=480, frames_per_second=15)
    with pytest.raises(CameraError, match="cannot be opened as a camera"), camera.open():
        pass


def test_a_busy_camera_is_released_again() -> None:
    capture = Capture(opens=False)
    with pytest.raises(CameraError, match="cannot be opened"), camera_of(capture).open():
        pass
    assert capture.released.is_set()
