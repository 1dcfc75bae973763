"""The Pi's camera over a stand-in with picamera2's documented interface."""

from typing import Any

import numpy as np
import pytest

from device.camera.camera import Frame
from device.camera.picamera2_camera import Picamera2Camera
from device.errors import CameraError, CameraStalledError

STRIDE = 96  # rows of 64 pixels, padded


class Picamera2:
    """Gives frames 40 ms apart whose luma counts down and whose padding and chroma are 255; then it stalls."""

    sensor_resolution = (3280, 2464)
    camera_controls: tuple[str, ...] = ()

    def __init__(self, *, frames: int = 3, broken: str = "", metadata: dict[str, Any] | None = None) -> None:
        self.frames, self.broken, self.metadata = frames, broken, metadata or {}
        self.calls: list[str] = []
        self.asked: dict[str, Any] = {}
        self.controls: dict[str, Any] = {}
        self.unreleased = 0
        self.is_open = self.closes = True

    def create_preview_configuration(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return asked

    def configure(self, configuration: dict[str, Any]) -> None:
        self.work("configure")
        streams = ("main", "lores") if "lores" in configuration else ("main",)
        self.config = {name: {**configuration[name], "stride": STRIDE} for name in streams}

    def set_controls(self, controls: dict[str, Any]) -> None:
        self.controls = controls

    def start(self) -> None:
        self.work("start")
        self.started_with, self.controls = self.controls, {}

    def stop(self) -> None:
        self.work("stop")

    def capture_request(self, *, wait: float) -> "Picamera2":
        if self.broken == "capture":
            raise RuntimeError
        if self.unreleased or not self.frames:
            raise TimeoutError
        self.frames, self.unreleased, self.waited = self.frames - 1, 1, wait
        return self

    def make_buffer(self, stream: str) -> np.ndarray:
        width, height = self.config[stream]["size"]
        rows = np.full((height * 3 // 2, STRIDE), 255, dtype=np.uint8)
        rows[:height, :width] = self.frames
        return rows.reshape(-1)

    def get_metadata(self) -> dict[str, Any]:
        return {"SensorTimestamp": 7_000_000_000 - self.frames * 40_000_000} | self.metadata

    def release(self) -> None:
        self.unreleased = 0

    def cancel_all_and_flush(self) -> None:
        self.calls.append("cancel")

    def close(self) -> None:
        self.calls.append("close")
        if not self.closes:
            raise RuntimeError

    def work(self, call: str) -> None:
        self.calls.append(call)
        if call == self.broken:
            raise RuntimeError


def camera_of(*cameras: Picamera2, keep_ready: bool = False, **asked: Any) -> Picamera2Camera:
    """A camera that is opened as one stand-in after the other."""
    there = iter(cameras)
    asked = {"frames_per_second": 25, "slowest_frames_per_second": None, "search_width": 32} | asked
    return Picamera2Camera(width=64, height=48, keep_ready=keep_ready, open_picamera2=lambda: next(there), **asked)


def read_one_frame_and_fail(camera: Picamera2Camera, error: Exception) -> None:
    with camera.open() as frames:
        next(frames)
        raise error


def one_frame(camera: Picamera2Camera) -> Frame:
    with camera.open() as frames:
        return next(frames)


def test_frames_are_the_luma_without_padding_at_the_sensors_times() -> None:
    with camera_of(Picamera2()).open() as frames:
        given = [next(frames) for _ in range(3)]
    assert [frame.luma.shape for frame in given] == [(48, 64)] * 3
    assert [(frame.luma.min(), frame.luma.max()) for frame in given] == [(2, 2), (1, 1), (0, 0)]
    assert [frame.timestamp for frame in given] == pytest.approx([6.92, 6.96, 7.0])


def test_faces_are_searched_in_a_small_stream_of_the_same_picture() -> None:
    frame = one_frame(camera_of(Picamera2()))
    assert frame.lores is not None
    assert frame.lores.shape == (24, 32)
    assert (frame.lores.min(), frame.lores.max()) == (2, 2)


def test_there_is_no_small_stream_that_would_be_no_smaller() -> None:
    picamera2 = Picamera2()
    assert one_frame(camera_of(picamera2, search_width=64)).lores is None
    assert "lores" not in picamera2.asked


def test_the_whole_field_of_view_is_asked_for_at_the_wanted_pace() -> None:
    picamera2 = Picamera2()
    one_frame(camera_of(picamera2, frames_per_second=20))
    assert picamera2.asked["main"] == {"size": (64, 48), "format": "YUV420"}
    assert picamera2.asked["raw"] == {"size": (1640, 1232)}
    assert picamera2.started_with == {"FrameDurationLimits": (50_000, 50_000)}


def test_poor_light_may_slow_the_camera_so_that_it_exposes_longer() -> None:
    picamera2 = Picamera2()
    one_frame(camera_of(picamera2, frames_per_second=20, slowest_frames_per_second=5))
    assert picamera2.started_with == {"FrameDurationLimits": (50_000, 200_000)}


@pytest.mark.parametrize(
    ("metadata", "settled"),
    [
        ({}, None),
        ({"AeLocked": False}, False),
        ({"AeLocked": True}, True),
        ({"AeState": 1}, False),
        ({"AeState": 2}, True),
    ],
)
def test_libcameras_word_on_the_exposure_is_passed_on(metadata: dict[str, Any], settled: bool | None) -> None:  # noqa: FBT001
    assert one_frame(camera_of(Picamera2(metadata=metadata))).settled is settled


def test_exposure_and_light_are_passed_on() -> None:
    told = {"ExposureTime": 60_000, "AnalogueGain": 4.0, "DigitalGain": 1.5, "Lux": 12.5}
    frame = one_frame(camera_of(Picamera2(metadata=told)))
    assert frame.exposure == pytest.approx(0.36)
    assert frame.lux == 12.5
    silent = one_frame(camera_of(Picamera2()))
    assert (silent.exposure, silent.lux) == (None, None)


def test_a_camera_that_is_not_kept_is_closed_whatever_happened() -> None:
    picamera2 = Picamera2()
    camera = camera_of(picamera2)
    camera.prepare()
    assert picamera2.calls == []
    with pytest.raises(KeyError):
        read_one_frame_and_fail(camera, KeyError())
    assert picamera2.calls == ["configure", "start", "close"]


def test_a_camera_that_is_kept_is_configured_once_and_streams_only_while_open() -> None:
    picamera2 = Picamera2()
    camera = camera_of(picamera2, keep_ready=True)
    camera.prepare()
    camera.prepare()
    assert picamera2.calls == ["configure"]
    one_frame(camera)
    with pytest.raises(KeyError):  # as when the person cancels
        read_one_frame_and_fail(camera, KeyError())
    assert picamera2.calls == ["configure", "start", "stop", "start", "stop"]
    assert "FrameDurationLimits" in picamera2.started_with  # which every start forgets
    camera.close()
    camera.close()
    assert picamera2.calls[-2:] == ["stop", "close"]


def test_a_kept_camera_that_cannot_be_started_any_more_is_opened_again() -> None:
    unplugged, plugged_in = Picamera2(broken="start"), Picamera2()
    camera = camera_of(unplugged, plugged_in, keep_ready=True)
    camera.prepare()
    assert one_frame(camera).luma.shape == (48, 64)
    assert unplugged.calls == ["configure", "start", "close"]
    assert plugged_in.calls == ["configure", "start", "stop"]


def test_a_camera_that_was_pulled_out_and_cannot_be_closed_is_forgotten() -> None:
    unplugged, plugged_in = Picamera2(broken="start"), Picamera2()
    unplugged.closes = False
    camera = camera_of(unplugged, plugged_in, keep_ready=True)
    camera.prepare()
    assert one_frame(camera).luma.shape == (48, 64)
    assert not unplugged.is_open


def test_a_kept_camera_that_stalls_is_closed_and_the_next_opening_has_another() -> None:
    stalled, fresh = Picamera2(frames=1), Picamera2()
    camera = camera_of(stalled, fresh, keep_ready=True)
    camera.prepare()
    with pytest.raises(CameraStalledError), camera.open() as frames:
        for _ in frames:
            pass
    assert stalled.calls == ["configure", "start", "cancel", "close"]
    assert one_frame(camera).luma.shape == (48, 64)


def test_a_camera_that_cannot_be_stopped_is_closed_instead() -> None:
    stubborn = Picamera2(broken="stop")
    one_frame(camera_of(stubborn, keep_ready=True))
    assert stubborn.calls == ["configure", "start", "stop", "close"]


def test_preparing_an_absent_camera_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    camera_of(Picamera2(broken="configure"), keep_ready=True).prepare()
    assert "cannot give 64 × 48" in caplog.text


def test_a_stall_cancels_the_open_request_before_closing() -> None:
    picamera2 = Picamera2(frames=1)
    with (
        pytest.raises(CameraStalledError, match="stalled, no frame came for 2 s"),
        camera_of(picamera2).open() as frames,
    ):
        for _ in frames:
            pass
    assert picamera2.calls == ["configure", "start", "cancel", "close"]


def test_a_camera_that_vanishes_or_cannot_be_started_is_named() -> None:
    for broken, message in (("capture", "vanished while it was in use"), ("start", "cannot be started")):
        picamera2 = Picamera2(broken=broken)
        with pytest.raises(CameraError, match=message):
            one_frame(camera_of(picamera2, keep_ready=True))
        assert picamera2.calls[-1] == "close"


def test_a_size_that_the_camera_refuses_is_named() -> None:
    picamera2 = Picamera2(broken="configure")
    with pytest.raises(CameraError, match="cannot give 64 × 48 YUV420 frames"):
        one_frame(camera_of(picamera2))
    assert picamera2.calls == ["configure", "close"]


def test_without_picamera2_the_packages_are_named() -> None:
    try:
        import picamera2  # noqa: F401
    except ImportError:
        pass
    else:
        pytest.skip("picamera2 is installed here")
    with pytest.raises(CameraError, match="picamera2 cannot be loaded") as caught:
        one_frame(
            Picamera2Camera(
                slowest_frames_per_second=None,
                search_width=320,
                keep_ready=True,
                width=640,
                height=480,
                frames_per_second=15,
            )
        )
    assert "apt install python3-picamera2" in caught.value.mend
    assert "sudo mien config set camera.driver v4l2" in caught.value.mend


@pytest.mark.parametrize(
    ("asked", "flips"),
    [
        ({}, None),
        ({"upside_down": True}, {"hflip": True, "vflip": True}),
        ({"mirror": True}, {"hflip": True, "vflip": False}),
        ({"upside_down": True, "mirror": True}, {"hflip": False, "vflip": True}),
    ],
)
def test_the_camera_itself_turns_and_mirrors(asked: dict[str, bool], flips: dict[str, bool] | None) -> None:
    picamera2 = Picamera2()
    one_frame(camera_of(picamera2, make_transform=lambda **flips: flips, **asked))
    assert picamera2.asked.get("transform") == flips


def test_a_camera_that_can_focus_and_knows_of_lamps_is_told_at_every_start() -> None:
    picamera2 = Picamera2()
    picamera2.camera_controls = ("AfMode", "AeFlickerMode", "AeFlickerPeriod")
    one_frame(camera_of(picamera2, mains_hertz=50))
    told = {"AfMode": 2, "AeFlickerMode": 1, "AeFlickerPeriod": 10_000}  # continuous; by hand; half a period in µs
    assert picamera2.started_with.items() >= told.items()
    plain = Picamera2()
    one_frame(camera_of(plain, mains_hertz=50))
    assert set(plain.started_with) == {"FrameDurationLimits"}
