"""The levers of the simulated camera."""

import numpy as np
import pytest

from device.appliance.simulated_host import SimulatedClock
from device.camera.simulated_camera import SimulatedCamera, plain_grey
from device.errors import CameraError


def test_fifteen_seconds_of_frames_take_no_time_with_a_simulated_clock() -> None:
    clock = SimulatedClock()
    camera = SimulatedCamera(frames_per_second=10, wait=clock.advance)
    with camera.open() as frames:
        while next(frames).timestamp < 15:
            pass
    assert clock() == pytest.approx(15)


def test_pictures_follow_the_script() -> None:
    clock = SimulatedClock()
    camera = SimulatedCamera(lambda seconds: np.full((4, 4), seconds * 100, np.uint8), wait=clock.advance)
    with camera.open() as frames:
        assert [int(next(frames).luma[0, 0]) for _ in range(3)] == [0, 10, 20]


def test_the_camera_is_open_only_inside_its_context() -> None:
    camera = SimulatedCamera()
    with camera.open():
        assert camera.is_open
    assert not camera.is_open
    assert camera.times_opened == 1


def test_a_camera_can_vanish_stall_and_come_back() -> None:
    clock = SimulatedClock()
    camera = SimulatedCamera(wait=clock.advance)
    for lever, trouble in ((camera.vanish, "vanished"), (camera.stall, "stalled")):
        with camera.open() as frames:
            next(frames)
            lever()
            with pytest.raises(CameraError, match=trouble):
                next(frames)
        camera.come_back()
    camera.vanish()
    with pytest.raises(CameraError, match="vanished"), camera.open():
        pass
    camera.come_back()
    with camera.open() as frames:
        assert next(frames).luma.shape == (480, 640)


def test_plain_grey_has_its_size_and_no_detail() -> None:
    picture = plain_grey(64, 48)(3.0)
    assert picture.shape == (48, 64)
    assert picture.min() == picture.max() == 128
