"""Clips and folders in the place of a camera."""

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from device.appliance.simulated_host import SimulatedClock
from device.camera import recorded_camera
from device.camera.recorded_camera import RecordedCamera
from device.errors import CameraError

MakeClip = Callable[..., Path]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimulatedClock:
    """The time by which recordings are paced; it passes where they wait, and where a test says so."""
    clock = SimulatedClock()
    monkeypatch.setattr(recorded_camera, "time", SimpleNamespace(monotonic=clock, sleep=clock.advance))
    return clock


def test_unpaced_every_frame_comes_with_the_clips_own_times(make_clip: MakeClip) -> None:
    with RecordedCamera(make_clip(frames=10, frames_per_second=10), paced=False, loop=False).open() as frames:
        given = [next(frames) for _ in range(10)]
    assert [frame.timestamp for frame in given] == pytest.approx([n / 10 for n in range(10)], abs=0.002)
    assert [frame.luma.mean() for frame in given] == pytest.approx([10 * n for n in range(10)], abs=3)
    assert {(frame.luma.shape, frame.luma.dtype) for frame in given} == {((48, 64), np.dtype(np.uint8))}


def test_a_clip_that_ends_says_how_long_it_was_and_what_to_do(make_clip: MakeClip) -> None:
    with (
        RecordedCamera(make_clip(frames=12, frames_per_second=10), paced=False, loop=False).open() as frames,
        pytest.raises(CameraError, match=r"clip\.avi: the recording ended after 1\.2 s") as caught,
    ):
        for _ in frames:
            pass
    assert "loop = true" in caught.value.mend


def test_looped_times_rise_through_all_rounds(make_clip: MakeClip) -> None:
    with RecordedCamera(make_clip(frames=3, frames_per_second=10), paced=False, loop=True).open() as frames:
        times = [next(frames).timestamp for _ in range(8)]
    assert times == pytest.approx([n / 10 for n in range(8)], abs=0.002)


def test_paced_frames_come_when_their_time_has_come(make_clip: MakeClip, clock: SimulatedClock) -> None:
    with RecordedCamera(make_clip(frames=10, frames_per_second=20), paced=True, loop=False).open() as frames:
        for _ in range(8):
            assert next(frames).timestamp == pytest.approx(clock(), abs=0.002)
    assert clock() == pytest.approx(7 / 20, abs=0.002)


def test_a_late_reader_finds_the_newest_frame_and_nothing_queued(make_clip: MakeClip, clock: SimulatedClock) -> None:
    with RecordedCamera(make_clip(frames=25, frames_per_second=25), paced=True, loop=False).open() as frames:
        next(frames)
        clock.advance(0.5)
        assert next(frames).timestamp == pytest.approx(0.48, abs=0.002)
        assert next(frames).timestamp == pytest.approx(0.52, abs=0.002)


def test_a_reader_slower_than_any_pace_is_still_given_frames(make_clip: MakeClip, clock: SimulatedClock) -> None:
    with RecordedCamera(make_clip(frames=25, frames_per_second=10), paced=True, loop=False).open() as frames:
        next(frames)
        clock.advance(1.7)  # far more than may be dropped in a row
        assert next(frames).timestamp == pytest.approx(1.0, abs=0.11)


def test_a_camera_of_real_time_gives_no_frame_too_soon(make_clip: MakeClip) -> None:
    with RecordedCamera(make_clip(frames=10, frames_per_second=20), paced=True, loop=True).open() as frames:
        began = time.monotonic()
        last = [next(frames) for _ in range(8)][-1]
        assert time.monotonic() - began > last.timestamp - 0.02


def test_pictures_of_a_folder_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for number, name in enumerate(["b.png", "a.PNG", "c.jpg"]):
        cv2.imwrite(str(tmp_path / name), np.full((30, 40, 3), 60 * number, dtype=np.uint8))
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    with RecordedCamera(tmp_path, paced=False, loop=False, frames_per_second=4).open() as frames:
        given = [next(frames) for _ in range(3)]
    assert [frame.luma.mean() for frame in given] == pytest.approx([60, 0, 120], abs=2)
    assert [frame.timestamp for frame in given] == [0, 0.25, 0.5]


def test_a_missing_clip_is_named() -> None:
    with (
        pytest.raises(CameraError, match=r"gone\.mp4: there is no such clip"),
        RecordedCamera(Path("gone.mp4"), paced=True, loop=False).open(),
    ):
        pass


def test_a_file_that_is_no_clip_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no clip", encoding="utf-8")
    with (
        pytest.raises(CameraError, match=r"text\.mp4: not a clip"),
        RecordedCamera(tmp_path / "text.mp4", paced=True, loop=False).open(),
    ):
        pass


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="holds no pictures"), RecordedCamera(tmp_path, paced=True, loop=False).open():
        pass


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG nothing")
    with (
        RecordedCamera(tmp_path, paced=False, loop=False).open() as frames,
        pytest.raises(CameraError, match=r"broken\.png: not a picture"),
    ):
        next(frames)


def test_real_clips_begin_at_0_and_rise(face_clips: Path) -> None:
    for name in ("single_face.mp4", "face_noface.mov", "noface_face.mov"):
        with RecordedCamera(face_clips / name, paced=False, loop=False).open() as frames:
            times = [next(frames).timestamp for _ in range(40)]
        assert times[0] == 0
        assert (np.diff(times) > 0).all()
        assert 1 < times[-1] < 2
