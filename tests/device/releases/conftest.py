"""Small releases in a folder of their own, and the store that holds them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from device.releases.manifest import Manifest, describe_file, write_manifest
from device.releases.store import ReleaseStore

CONTENTS = {"face_emotion/model.tflite": b"model of ", "songs.sqlite": b"songs of "}


@pytest.fixture
def write_release() -> Callable[..., Path]:
    """Write a whole release of two files into a folder; its content tells its id."""

    def write(folder: Path, release_id: str | None = None, created: str = "2026-11-01T12:00:00+00:00") -> Path:
        name = release_id or folder.name
        for path, content in CONTENTS.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content + name.encode())
        files = {path: describe_file(folder / path) for path in CONTENTS}
        write_manifest(folder, Manifest(name, created, files, versions={"mien": "1"}, labels={}))
        return folder

    return write


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    """A store without releases, on a box without signatures."""
    return ReleaseStore(tmp_path / "releases", tmp_path / "state")


@pytest.fixture
def stored(store: ReleaseStore, write_release: Callable[..., Path]) -> Callable[..., Path]:
    """Write a release in its place in the store."""
    return lambda release_id, **values: write_release(store.folder / release_id, **values)
