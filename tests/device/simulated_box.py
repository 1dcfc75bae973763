"""A small release, settings that simulate every part, and the levers of the box that the real root builds of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np

from device.appliance.daemon import Box, build_box, serve
from device.appliance.loop.appliance import Appliance
from device.appliance.simulated_host import SimulatedClock, SimulatedPower
from device.camera.simulated_camera import SimulatedCamera
from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier
from device.emotion.vectors import song_vectors
from device.faces.simulated_face_detector import SimulatedFaceDetector
from device.panel.simulated_knob import SimulatedKnob
from device.panel.simulated_panel import SimulatedPanel
from device.player.simulated_player import SimulatedPlayer
from device.recommendation.song_table import Header, Song, write_song_table
from device.releases.manifest import SONG_TABLE, Manifest, describe_file, write_manifest
from device.session.events import Tick
from device.session.machine.session import Session
from device.settings.sections import (
    CameraSettings,
    ClockSettings,
    EmotionSettings,
    FaceSettings,
    PanelSettings,
    PathSettings,
    Settings,
    SoundSettings,
)
from tests.waiting import PATIENCE_SECONDS, wait_until

Part = TypeVar("Part")


def write_release(folder: Path) -> Path:
    """Write a release of eight songs, one for each octant and named like it, and without a model."""
    angles = np.deg2rad(157.5 - 45 * np.arange(len(SONG_LABELS)))
    valence, arousal = 0.6 * np.cos(angles), 0.6 * np.sin(angles)
    vectors = song_vectors(valence, arousal, sigma_valence=0.25, sigma_arousal=0.25)
    songs = []
    for row, label in enumerate(SONG_LABELS):
        place, vector = (float(valence[row]), float(arousal[row])), tuple(float(value) for value in vectors[row])
        songs.append(
            Song(
                row + 1,
                f"{label}.ogg",
                label,
                "",
                "",
                20.0,
                "",
                *place,
                vector,
                loudness=-14.0,
                true_peak=-1.0,
                leading_silence=0.75,
                trailing_silence=2.5,
            )
        )
    write_song_table(folder / SONG_TABLE, Header(1, 0.25, 0.25, "test"), songs)
    files = {SONG_TABLE: describe_file(folder / SONG_TABLE)}
    write_manifest(folder, Manifest("test", "2026-11-23", files, {"song_table": "1"}, {"face": FACE_LABELS}))
    return folder


def simulated_settings(folder: Path, release: Path) -> Settings:
    """Simulate every part of a box that keeps its music and its state in ``folder``."""
    paths = PathSettings(
        release_folder=release,
        music_folder=folder / "music",
        state_folder=folder / "state",
        control_socket=folder / "control.sock",
    )
    return Settings(
        paths=paths,
        camera=CameraSettings(driver="simulated", width=64, height=48, frames_per_second=10),
        faces=FaceSettings(detector="simulated"),
        emotion=EmotionSettings(classifier="simulated"),
        sound=SoundSettings(output="simulated"),
        panel=PanelSettings(driver="simulated", power_off=False),
        clock=ClockSettings(driver="simulated"),
    )


def _lever(part: object, kind: type[Part]) -> Part:
    assert isinstance(part, kind), f"{part} is not simulated"
    return part


@dataclass(frozen=True)
class SimulatedBox:
    """A box of simulated parts, and their levers."""

    box: Box
    settings: Settings

    @property
    def appliance(self) -> Appliance:
        return self.box.appliance

    @property
    def session(self) -> Session:
        return self.appliance.loop.session

    @property
    def clock(self) -> SimulatedClock:
        return _lever(self.box.parts.clock, SimulatedClock)

    @property
    def camera(self) -> SimulatedCamera:
        return _lever(self.box.parts.face_reader.camera, SimulatedCamera)

    @property
    def detector(self) -> SimulatedFaceDetector:
        return _lever(self.box.parts.face_reader.detector, SimulatedFaceDetector)

    @property
    def classifier(self) -> SimulatedEmotionClassifier:
        return _lever(self.box.parts.face_reader.classifier, SimulatedEmotionClassifier)

    @property
    def player(self) -> SimulatedPlayer:
        return _lever(self.box.parts.player, SimulatedPlayer)

    @property
    def panel(self) -> SimulatedPanel:
        return _lever(self.box.parts.panel, SimulatedPanel)

    @property
    def knob(self) -> SimulatedKnob:
        return _lever(self.box.parts.knob, SimulatedKnob)

    @property
    def power(self) -> SimulatedPower:
        return _lever(self.box.parts.power, SimulatedPower)

    @property
    def chimes(self) -> list[str]:
        return [path.stem for path in self.player.chimes]

    def press(self, hold_seconds: float = 0) -> None:
        """Press as ``mien press`` does."""
        assert serve(self.appliance, {"command": "press", "hold_seconds": hold_seconds}) == {"pressed": True}

    def until(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait for a condition on the status, and return that status."""
        seen: list[dict[str, Any]] = [{}]

        def look() -> object:
            seen[0] = serve(self.appliance, {"command": "status"})
            return wanted(seen[0])

        wait_until(look, "another status", seen=lambda: seen[0])
        return seen[0]

    def until_state(self, state: str) -> dict[str, Any]:
        return self.until(lambda status: status["state"] == state)

    def turn(self) -> None:
        """Let the running main loop take a turn that knows the present moment."""
        for _ in range(2):  # the first is dealt with when the second has been taken
            self.appliance.post(Tick())
        wait_until(self.appliance.loop.messages.empty, "a loop that has read its messages")

    def is_cancelled(self) -> bool:
        """Whether the observation under way was told to end."""
        watch = self.appliance.loop.camera.run
        return watch is not None and watch._cancelled.is_set()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Start the main loop, but let it turn only when the test turns it, in the test's own thread."""
        self.appliance.stop()
        self.box.run()  # up to the first message, which ends it
        try:
            yield
        finally:
            self.appliance.loop.camera.stop()
            self.appliance.loop.camera.thread.end()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the main loop in a thread of its own."""
        thread = threading.Thread(target=self.box.run)
        thread.start()
        try:
            wait_until(lambda: self.chimes[:1] == ["ready"], "the first chime")
            yield
        finally:
            self.appliance.stop()
            thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
        assert not self.camera.is_open


@contextmanager
def simulated_box(folder: Path, release: Path, **sections: dict[str, Any]) -> Iterator[SimulatedBox]:
    """Build a box by the real root; keywords change single settings of its sections."""
    settings = simulated_settings(folder, release)
    for name, values in sections.items():
        section = getattr(settings, name)
        changed = section | values if isinstance(section, dict) else replace(section, **values)
        settings = replace(settings, **{name: changed})
    for path in (settings.paths.music_folder, settings.paths.state_folder):
        path.mkdir(exist_ok=True)
    for label in SONG_LABELS:
        (settings.paths.music_folder / f"{label}.ogg").touch()
    with build_box(settings) as box:
        yield SimulatedBox(box, settings)


MakeBox = Callable[..., AbstractContextManager[SimulatedBox]]


class Gate:
    """Holds a box's camera between two frames as long as it is shut."""

    def __init__(self, box: SimulatedBox) -> None:
        self._open = threading.Event()
        self._pass_time = box.clock.advance
        box.camera.wait = self

    def __call__(self, seconds: float) -> None:
        self._open.wait()
        self._pass_time(seconds)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.open()

    def open(self) -> None:
        self._open.set()

    def open_when(self, wanted: Callable[[], object]) -> None:
        wait_until(wanted, "the moment to open")
        self.open()

    def shut(self) -> None:
        self._open.clear()
