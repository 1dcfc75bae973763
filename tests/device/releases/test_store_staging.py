"""Taking a release in: only whole ones get a name, what is there is not copied again, and a full disk is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from device.errors import ReleaseError
from device.releases.manifest import MANIFEST, verify
from device.releases.store import MARGIN_BYTES, ReleaseStore
from tests.device.releases.folders import held_in

WriteRelease = Callable[..., Path]


@pytest.fixture
def source(tmp_path: Path, write_release: WriteRelease) -> Path:
    """A release on a stick, say."""
    return write_release(tmp_path / "stick" / "new", release_id="1")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def inodes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*.*") if path.is_file()}


def test_a_staged_release_is_the_same_under_its_id(store: ReleaseStore, source: Path) -> None:
    (source / "holiday.jpg").write_bytes(b"not part of the release")
    assert store.stage(source) == verify(store.folder / "1")
    (source / "holiday.jpg").unlink()
    assert contents(store.folder / "1") == contents(source)
    assert held_in(store.folder) == {"1"}
    assert store.current is None


def test_staging_what_is_here_already_copies_nothing(store: ReleaseStore, source: Path) -> None:
    store.stage(source)
    before = inodes(store.folder / "1" / "face_emotion")
    store.stage(source)
    store.stage(store.folder / "1")
    assert inodes(store.folder / "1" / "face_emotion") == before


def test_an_interrupted_copy_goes_on(store: ReleaseStore, source: Path) -> None:
    partial = store.folder / ".1.partial"
    shutil.copytree(source, partial)
    (partial / "songs.sqlite").write_bytes(b"half")
    (partial / ".songs.sqlite.unfinished").write_bytes(b"half")
    (partial / "of another try").write_bytes(b"")
    before = inodes(partial / "face_emotion")
    store.stage(source)
    assert contents(store.folder / "1") == contents(source)
    assert inodes(store.folder / "1" / "face_emotion") == before


def test_a_pusher_may_fill_the_partial_folder_itself(store: ReleaseStore, source: Path) -> None:
    partial = store.folder / ".1.partial"
    shutil.copytree(source, partial)
    before = inodes(partial)
    store.stage(partial)
    assert inodes(store.folder / "1") == before
    assert not partial.exists()


def test_a_partial_folder_that_is_not_whole_gets_no_name(store: ReleaseStore, source: Path) -> None:
    partial = store.folder / ".1.partial"
    shutil.copytree(source, partial)
    (partial / "songs.sqlite").unlink()
    with pytest.raises(ReleaseError, match="lacks"):
        store.stage(partial)
    assert store.release_ids() == []


@pytest.mark.parametrize("damaged", ["songs.sqlite", MANIFEST])
def test_a_damaged_release_is_mended_by_a_whole_copy(store: ReleaseStore, source: Path, damaged: str) -> None:
    store.stage(source)
    (store.folder / "1" / damaged).write_bytes(b"{")
    store.stage(source)
    assert contents(store.folder / "1") == contents(source)


def test_a_damaged_source_is_refused_before_anything_is_written(store: ReleaseStore, source: Path) -> None:
    (source / "songs.sqlite").write_bytes(b"songs of 7")
    with pytest.raises(ReleaseError, match="not the one that the manifest describes"):
        store.stage(source)
    assert held_in(store.folder) == set()


def test_another_release_with_the_same_id_is_refused(
    store: ReleaseStore, source: Path, tmp_path: Path, write_release: WriteRelease
) -> None:
    store.stage(source)
    before = contents(store.folder / "1")
    other = write_release(tmp_path / "other", release_id="1", created="2026-12-01T12:00:00+00:00")
    with pytest.raises(ReleaseError, match="another release with this id"):
        store.stage(other)
    assert contents(store.folder / "1") == before


def test_a_disk_too_full_is_refused_before_anything_is_written(
    store: ReleaseStore, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 100_000_000
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    size = free - MARGIN_BYTES - 1000  # it would fit, margin included, but not with its manifest
    manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"]["songs.sqlite"]["size"] = size
    manifest["labels"] = {"face": ["anger"] * 200}
    (source / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"needs [\d.]+ .B, a margin included, [\d.]+ .*more than free") as caught:
        store.stage(source)
    assert "collect" in caught.value.mend
    assert held_in(store.folder) == set()


def test_a_folder_that_is_no_release_is_told(store: ReleaseStore, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="not a release"):
        store.stage(tmp_path)
