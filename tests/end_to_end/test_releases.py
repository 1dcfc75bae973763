"""Changing releases from the command line."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device.release import read_manifest, write_manifest

RELEASE = Path(__file__).parents[2] / "models"

BoxMaker = Callable[..., Any]


@pytest.fixture
def box(make_box: BoxMaker, empty_clip: Path, tmp_path: Path) -> Any:
    """A box with the releases 1 and 2, the first of them active."""
    releases = tmp_path / "releases"
    for release_id in ("1", "2"):
        folder = releases / release_id
        shutil.copytree(RELEASE, folder, ignore=shutil.ignore_patterns("demo_library"))
        write_manifest(folder, replace(read_manifest(folder), release_id=release_id))
    box = make_box(empty_clip, paths={"release_folder": str(releases / "current")})
    assert box.mien("release", "activate", "1").returncode == 0
    return box


def test_a_release_is_activated_listed_verified_and_rolled_back(box: Any) -> None:
    assert box.mien("release", "activate", "2").returncode == 0
    assert box.mien("release", "list").stdout.splitlines() == ["  1", "* 2"]
    assert box.mien("release", "verify").stdout.startswith("2: ")
    assert box.start()["release"]["id"] == "2"
    assert box.mien("release", "rollback").returncode == 0
    assert box.mien("release", "list").stdout.splitlines() == ["* 1", "  2"]


def test_a_damaged_release_is_refused_and_the_old_one_stays(box: Any, tmp_path: Path) -> None:
    model = tmp_path / "releases" / "2" / "face_emotion" / "model.tflite"
    content = bytearray(model.read_bytes())
    content[1000] ^= 0xFF
    model.write_bytes(content)
    refused = box.mien("release", "activate", "2")
    assert refused.returncode == 65
    assert "model.tflite" in refused.stderr
    assert box.mien("release", "list").stdout.splitlines() == ["* 1", "  2"]


def test_a_missing_name_is_answered_with_the_names_there_are(box: Any) -> None:
    refused = box.mien("release", "activate")
    assert refused.returncode == 65
    assert "1, 2" in refused.stderr
