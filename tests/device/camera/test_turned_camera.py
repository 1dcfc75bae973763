"""Pictures turned upright: every turn, mirrored or not, on both planes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import pytest

from device.appliance.drivers import build_camera
from device.camera.camera import Frame, Turn
from device.camera.turned_camera import TurnedCamera
from device.settings.sections import CameraSettings

PICTURE = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8)


class Still:
    """One frame of six pixels, small plane and all."""

    def prepare(self) -> None:
        """Do nothing."""

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        return nullcontext(iter([Frame(PICTURE, 7.0, PICTURE[:, :2], lux=30.0)]))

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("rotation", "mirror", "seen"),
    [
        (0, True, [[3, 2, 1], [6, 5, 4]]),
        (90, False, [[4, 1], [5, 2], [6, 3]]),
        (90, True, [[1, 4], [2, 5], [3, 6]]),
        (180, False, [[6, 5, 4], [3, 2, 1]]),
        (270, False, [[3, 6], [2, 5], [1, 4]]),
    ],
)
def test_both_planes_are_turned_clockwise_and_then_mirrored(
    rotation: Turn, *, mirror: bool, seen: list[list[int]]
) -> None:
    with TurnedCamera(Still(), rotation=rotation, mirror=mirror).open() as frames:
        frame = next(frames)
    assert frame.luma.tolist() == seen
    assert frame.lores is not None
    assert sorted(frame.lores.flat) == [1, 2, 4, 5]
    assert (frame.timestamp, frame.lux) == (7.0, 30.0)


def test_the_settings_turn_a_camera_that_cannot_turn_itself() -> None:
    def turned(driver: str, rotation: Turn, *, mirror: bool = False) -> bool:
        settings = CameraSettings(driver=driver, rotation=rotation, mirror=mirror)
        return isinstance(build_camera(settings, search_width=320), TurnedCamera)

    assert [turned("v4l2", rotation) for rotation in (0, 90, 180, 270)] == [False, True, True, True]
    assert [turned("picamera2", rotation) for rotation in (0, 90, 180, 270)] == [False, True, False, True]
    assert turned("recorded", 0, mirror=True)
    assert not turned("picamera2", 180, mirror=True)
