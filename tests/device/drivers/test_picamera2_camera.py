"""The Pi's camera over a stand-in with picamera2's documented interface."""

from typing import Any

import numpy as np
import pytest

from device.drivers.picamera2_camera import Picamera2Camera
from device.errors import CameraError

STRIDE = 96  # rows of 64 pixels, padded


class Picamera2:
    """Gives frames 40 ms apart whose luma counts up and whose padding and chroma are 255; then it stalls."""

    sensor_resolution = (3280, 2464)

    def __init__(self, *, frames: int = 3, configures: bool = True) -> None:
        self.frames, self.configures = frames, configures
        self.calls: list[str] = []
        self.asked: dict[str, Any] = {}
        self.unreleased = 0

    def create_preview_configuration(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return asked

    def configure(self, configuration: dict[str, Any]) -> None:
        if not self.configures:
            raise RuntimeError
        self.config = {"main": {**configuration["main"], "stride": STRIDE}}

    def start(self) -> None:
        self.calls.append("start")

    def capture_request(self, *, wait: float) -> "Picamera2":
        if self.unreleased or not self.frames:
            raise TimeoutError
        self.frames, self.unreleased, self.waited = self.frames - 1, 1, wait
        return self

    def make_buffer(self, _: str) -> np.ndarray:
        rows = np.full((72, STRIDE), 255, dtype=np.uint8)
        rows[:48, :64] = self.frames
        return rows.reshape(-1)

    def get_metadata(self) -> dict[str, int]:
        return {"SensorTimestamp": 7_000_000_000 - self.frames * 40_000_000}

    def release(self) -> None:
        self.unreleased = 0

    def cancel_all_and_flush(self) -> None:
        self.calls.append("cancel")

    def close(self) -> None:
        self.calls.append("close")


def camera_of(picamera2: Picamera2, *, frames_per_second: float = 25) -> Picamera2Camera:
    return Picamera2Camera(width=64, height=48, frames_per_second=frames_per_second, open_picamera2=lambda: picamera2)


def read_one_frame_and_fail(camera: Picamera2Camera) -> None:
    with camera.open() as frames:
        next(frames)
        raise KeyError


def test_frames_are_the_luma_without_padding_at_the_sensors_times() -> None:
    with camera_of(Picamera2()).open() as frames:
        given = [next(frames) for _ in range(3)]
    assert [frame.luma.shape for frame in given] == [(48, 64)] * 3
    assert [(frame.luma.min(), frame.luma.max()) for frame in given] == [(2, 2), (1, 1), (0, 0)]
    assert [frame.timestamp for frame in given] == pytest.approx([6.92, 6.96, 7.0])


def test_the_whole_field_of_view_is_asked_for_at_the_wanted_pace() -> None:
    picamera2 = Picamera2()
    with camera_of(picamera2, frames_per_second=20).open():
        pass
    assert picamera2.asked["main"] == {"size": (64, 48), "format": "YUV420"}
    assert picamera2.asked["raw"] == {"size": (1640, 1232)}
    assert picamera2.asked["controls"] == {"FrameDurationLimits": (50_000, 50_000)}


def test_the_camera_streams_only_while_open_and_is_closed_whatever_happened() -> None:
    picamera2 = Picamera2()
    camera = camera_of(picamera2)
    assert picamera2.calls == []
    with pytest.raises(KeyError):
        read_one_frame_and_fail(camera)
    assert picamera2.calls == ["start", "close"]


def test_a_stall_cancels_the_open_request_before_closing() -> None:
    picamera2 = Picamera2(frames=1)
    with pytest.raises(CameraError, match="stalled, no frame came for 1 s"), camera_of(picamera2).open() as frames:
        for _ in frames:
            pass
    assert picamera2.calls == ["start", "cancel", "close"]


def test_a_size_that_the_camera_refuses_is_named() -> None:
    picamera2 = Picamera2(configures=False)
    with (
        pytest.raises(CameraError, match="cannot give 64 × 48 YUV420 frames"),
        camera_of(picamera2).open(),
    ):
        pass
    assert picamera2.calls == ["close"]


def test_without_picamera2_the_packages_are_named() -> None:
    try:
        import picamera2  # noqa: F401
    except ImportError:
        pass
    else:
        pytest.skip("picamera2 is installed here")
    with (
        pytest.raises(CameraError, match="picamera2 cannot be loaded") as caught,
        Picamera2Camera(width=640, height=480, frames_per_second=15).open(),
    ):
        pass
    assert "apt install python3-picamera2" in caught.value.mend
    assert "--system-site-packages" in caught.value.mend
