"""The real daemon in a process of its own, driven over its socket."""

import csv
import json
import lzma
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from device.appliance.drivers import build_detector
from device.camera.recorded_camera import RecordedCamera
from device.emotion.labels import FACE_LABELS
from device.errors import ControlError
from device.settings.sections import FaceSettings
from device.status.control_socket import ask
from tests.waiting import LASTING_SECONDS, PATIENCE_SECONDS, wait_until

REPOSITORY = Path(__file__).parents[2]
RELEASE = REPOSITORY / "models"
MUSIC = RELEASE / "demo_library"

FRAMES_PER_SECOND = 10
CLIP_SECONDS = 16


@dataclass
class Box:
    """One daemon: its folder, its settings, its process."""

    folder: Path
    settings: dict[str, dict[str, Any]]
    process: subprocess.Popen[str] | None = None
    wrapper: list[str] = field(default_factory=list)
    broken_line: str = ""

    @property
    def socket(self) -> Path:
        return self.folder / "control.sock"

    @property
    def heard(self) -> Path:
        return self.folder / "state" / "heard.wav"

    @property
    def settings_file(self) -> Path:
        path = self.folder / "mien.toml"
        lines = []
        for section, values in self.settings.items():
            lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
        lines.append(self.broken_line)
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def observe_for_long(self) -> None:
        """Before it starts: let its next observation last as long as one can, however short the clip is."""
        self.settings["camera"] |= {"paced": True, "loop": True}
        self.settings["observation"] = {"seconds": 120.0}

    def mien(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one verb with this box's settings."""
        command = [sys.executable, "-m", "device", *arguments, "--config", str(self.settings_file)]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)

    def start(self) -> dict[str, Any]:
        """Start the daemon; return its first status."""
        command = [*self.wrapper, sys.executable, "-m", "device", "run", "--config", str(self.settings_file)]
        with (self.folder / "daemon.log").open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, text=True, cwd=self.folder)
        return wait_until(self._first_status, "a daemon that answers", seen=self.log)

    def log(self) -> str:
        return (self.folder / "daemon.log").read_text()

    def status(self) -> dict[str, Any]:
        return ask(self.socket, {"command": "status"})

    def press(self, hold_seconds: float = 0) -> None:
        ask(self.socket, {"command": "press", "hold_seconds": hold_seconds})

    def wait_for(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait until the status is as wanted, and return it."""

        def status_if_wanted() -> dict[str, Any] | None:
            status = self.status()
            return status if wanted(status) else None

        return wait_until(status_if_wanted, "another status", seen=lambda: (self.status(), self.log()))

    def observe(self) -> dict[str, Any]:
        """Press, and return the status after the observation has led somewhere."""
        before = self.status()["observations"]
        self.press()
        return self.wait_for(lambda s: s["observations"] > before and s["state"] not in {"observing", "recommending"})

    def stop(self) -> int:
        """Send SIGTERM, and return the exit code."""
        assert self.process is not None
        os.kill(self._daemon_pid(), signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def _first_status(self) -> dict[str, Any] | None:
        assert self.process is not None
        assert self.process.poll() is None, f"the daemon did not start:\n{self.log()}"
        try:
            return self.status()
        except ControlError:
            return None

    def _daemon_pid(self) -> int:
        assert self.process is not None
        if not self.wrapper:
            return self.process.pid
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])


@pytest.fixture
def make_box(tmp_path: Path) -> Iterator[Callable[..., Box]]:
    """Make a box that watches ``clip``; keyword arguments override whole sections' keys."""
    boxes = []

    def make(clip: Path, **sections: dict[str, Any]) -> Box:
        settings: dict[str, dict[str, Any]] = {
            "paths": {
                "release_folder": str(RELEASE),
                "music_folder": str(MUSIC),
                "state_folder": "state",
                "control_socket": "control.sock",
            },
            "camera": {"driver": "recorded", "recording": str(clip), "paced": False},
            "sound": {"output": "file", "recording": "state/heard.wav"},
            "panel": {"driver": "simulated", "power_off": False},
        }
        for name, values in sections.items():
            settings.setdefault(name, {}).update(values)
        (tmp_path / "state").mkdir(exist_ok=True)
        box = Box(tmp_path, settings)
        boxes.append(box)
        return box

    yield make
    for box in boxes:
        if box.process is not None and box.process.poll() is None:
            box.process.kill()
            box.process.wait()


@pytest.fixture(scope="session")
def face_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real person's face throughout: 16 s of a clip of 24 frames per second, thinned to ten to save time."""
    clips = os.environ.get("MIEN_CLIPS")
    original = Path(clips or ".") / "WolfgangLanger_Pexels.mp4"
    if not clips or not original.is_file():
        pytest.skip("MIEN_CLIPS does not name a folder with WolfgangLanger_Pexels.mp4; make test fetches it")
    wanted, frames = 0.0, []
    with RecordedCamera(original, paced=False, loop=False).open() as recorded:
        for frame in recorded:
            if frame.timestamp >= wanted:
                frames.append(frame.luma)
                wanted += 1 / FRAMES_PER_SECOND
            if wanted >= CLIP_SECONDS:
                return write_clip(tmp_path_factory.mktemp("clips") / "face.avi", frames)
    pytest.fail("the clip is shorter than it was")


@pytest.fixture(scope="session")
def long_songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo library's names, and under each a song that plays until it is stopped, however long a test takes."""
    soundfile = pytest.importorskip("soundfile")
    folder = tmp_path_factory.mktemp("music")
    song, rate = folder / "song", 22_050  # of a slower one libvlc counts too few buffers
    second = 0.1 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    with soundfile.SoundFile(song, "w", rate, 1, format="OGG", subtype="VORBIS") as file:
        for _ in range(round(LASTING_SECONDS)):
            file.write(second)
    for name in MUSIC.glob("*.ogg"):
        (folder / name.name).hardlink_to(song)
    song.unlink()
    return folder


@pytest.fixture(scope="session")
def empty_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wall with a slow change of light, and nobody before it."""
    ramp = np.tile(np.linspace(60, 180, 640, dtype=np.uint8), (480, 1))
    frames = [np.roll(ramp, 4 * index, axis=1) for index in range(CLIP_SECONDS * FRAMES_PER_SECOND)]
    return write_clip(tmp_path_factory.mktemp("clips") / "empty.avi", frames)


@pytest.fixture(scope="session")
def posed_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a clip of held-out pictures on which the raters agreed, all of one expression."""
    data = os.environ.get("MIEN_DATA")
    path = Path(data or ".") / "face" / "ferplus.csv.xz"
    if not data or not path.is_file():
        pytest.skip("MIEN_DATA does not name a folder with face/ferplus.csv.xz (FERPlus in the field's csv form)")
    folder = tmp_path_factory.mktemp("posed")

    def make(label: str) -> Path:
        pictures = _found_faces(path, label, count=16)
        frames = [_framed(picture) for picture in pictures for _ in range(FRAMES_PER_SECOND)]
        return write_clip(folder / f"{label}.avi", frames)

    return make


def write_clip(path: Path, frames: list[NDArray[np.uint8]]) -> Path:
    height, width = frames[0].shape
    code = cv2.VideoWriter_fourcc(*"MJPG")  # type: ignore[attr-defined]
    writer = cv2.VideoWriter(str(path), code, FRAMES_PER_SECOND, (width, height), isColor=False)
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def _found_faces(path: Path, label: str, *, count: int) -> list[NDArray[np.uint8]]:
    """Pictures of the held-out split whose raters agreed by 90 %, and in which the box's own detector sees the face."""
    detector, found = build_detector(FaceSettings()), []
    with lzma.open(path, "rt", encoding="ascii") as file:
        for row in csv.DictReader(file):
            agreed = row["Usage"] == "PublicTest" and float(row[f"p_{label}"]) >= 0.9
            if not agreed or int(row["emotion"]) != FACE_LABELS.index(label):
                continue
            picture = np.array(row["pixels"].split(), dtype=np.uint8).reshape(48, 48)
            if detector.detect(_framed(picture)):
                found.append(picture)
            if len(found) == count:
                return found
    pytest.fail(f"only {len(found)} pictures of {label}")


def _framed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Set a 48 × 48 face into a frame of 640 × 480, its edges drawn out so that no new edges appear."""
    face = cv2.resize(picture, (240, 240), interpolation=cv2.INTER_CUBIC)
    framed = cv2.copyMakeBorder(face, 120, 120, 200, 200, cv2.BORDER_REPLICATE)
    return np.asarray(framed, dtype=np.uint8)
