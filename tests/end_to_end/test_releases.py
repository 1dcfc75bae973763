"""Changing releases from the command line, under a real daemon."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device.releases.manifest import read_manifest, write_manifest

RELEASE = Path(__file__).parents[2] / "models"

BoxMaker = Callable[..., Any]


def copy_release(folder: Path) -> Path:
    shutil.copytree(RELEASE, folder, ignore=shutil.ignore_patterns("demo_library"))
    write_manifest(folder, replace(read_manifest(folder), release_id=folder.name))
    return folder


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """The releases 1 and 2."""
    for release_id in ("1", "2"):
        copy_release(tmp_path / "releases" / release_id)
    return tmp_path / "releases"


@pytest.fixture
def box(make_box: BoxMaker, empty_clip: Path, releases: Path) -> Any:
    """A box with the releases 1 and 2, the first of them active."""
    box = make_box(empty_clip, paths={"release_folder": str(releases / "current")})
    assert box.mien("release", "activate", "1").returncode == 0
    return box


def states(box: Any) -> dict[str, str]:
    listed = json.loads(box.mien("release", "list", "--json").stdout)
    return {release["id"]: ", ".join(release["states"]) for release in listed["releases"]}


def run_until_ready(box: Any) -> dict[str, Any]:
    box.start()
    status: dict[str, Any] = box.wait_for(lambda _: "ready" in box.log())
    box.stop()
    return status


def spoil(model: Path) -> None:
    content = bytearray(model.read_bytes())
    content[1000] ^= 0xFF
    model.write_bytes(content)


def test_a_release_is_activated_listed_verified_and_rolled_back(box: Any) -> None:
    run_until_ready(box)
    assert box.mien("release", "activate", "2").returncode == 0
    assert states(box) == {"1": "previous", "2": "current, unconfirmed"}
    assert box.mien("release", "verify").stdout.startswith("2: ")
    assert run_until_ready(box)["release"]["id"] == "2"
    assert states(box) == {"1": "previous", "2": "current"}
    lines = box.mien("release", "list").stdout.splitlines()
    heads = [line.split() for line in lines if not line.startswith("    ")]
    assert [head[:2] for head in heads] == [["1", "previous"], ["*", "2"]]
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d [\d.]+ MB", " ".join(head[-4:])) for head in heads)
    assert any("face_emotion" in line for line in lines)
    assert max(map(len, lines)) <= 80
    assert box.mien("release", "rollback").returncode == 0
    assert states(box) == {"1": "current, unconfirmed", "2": "previous"}


def test_a_release_is_brought_from_a_folder_and_old_ones_are_cleared_away(box: Any, tmp_path: Path) -> None:
    stick = copy_release(tmp_path / "stick" / "3")
    assert box.mien("release", "activate", str(stick)).returncode == 0
    assert states(box) == {"1": "previous", "2": "staged", "3": "current, unconfirmed"}
    assert box.mien("release", "verify", str(stick)).stdout.startswith("3: ")
    assert box.mien("release", "verify", "1").stdout.startswith("1: ")
    assert box.mien("release", "collect", "--keep", "0").stdout == "removed 2\n"
    assert states(box) == {"1": "previous", "3": "current, unconfirmed"}


def test_a_damaged_release_is_refused_and_the_old_one_stays(box: Any, releases: Path) -> None:
    spoil(releases / "2" / "face_emotion" / "model.tflite")
    refused = box.mien("release", "activate", "2")
    assert refused.returncode == 65
    assert "model.tflite" in refused.stderr
    assert states(box) == {"1": "current, unconfirmed", "2": "staged, damaged"}


def test_a_release_that_the_daemon_cannot_load_is_left_at_its_next_start(box: Any, releases: Path) -> None:
    run_until_ready(box)
    box.mien("release", "activate", "2")
    spoil(releases / "2" / "face_emotion" / "model.tflite")
    refused = box.mien("run")
    assert refused.returncode == 65
    assert "model.tflite" in refused.stderr
    assert states(box)["2"] == "current, unconfirmed, damaged"

    status = run_until_ready(box)
    assert status["release"]["id"] == "1"
    assert status["release"]["notice"].startswith("went back from release 2 to 1: it could not be loaded (")
    assert any("went back from release 2" in problem["what"] for problem in status["problems"])
    assert states(box) == {"1": "current", "2": "given up, damaged"}
    assert "went back from release 2 to 1" in box.log()
    assert "went back from release 2 to 1" in box.mien("release", "list").stdout


def test_the_units_step_before_each_start_goes_back_as_well(box: Any, releases: Path) -> None:
    run_until_ready(box)
    assert box.mien("release", "settle").stdout == ""
    box.mien("release", "activate", "2")
    assert box.mien("release", "settle").stdout == ""
    (releases / "2" / "songs.sqlite").unlink()
    assert box.mien("run").returncode == 65
    assert "went back from release 2 to 1" in box.mien("release", "settle").stdout
    assert states(box)["1"] == "current, unconfirmed"


def test_a_box_that_asks_for_signatures_refuses_a_release_without(
    make_box: BoxMaker, empty_clip: Path, releases: Path, tmp_path: Path
) -> None:
    signers = tmp_path / "allowed_signers"
    signers.write_text("", encoding="utf-8")
    signers.chmod(0o644)
    paths = {"release_folder": str(releases / "current")}
    refused = make_box(empty_clip, paths=paths, release={"allowed_signers": str(signers)}).mien(
        "release", "activate", "1"
    )
    assert refused.returncode == 65
    assert "not signed" in refused.stderr
    assert (
        make_box(empty_clip, paths=paths, release={"allowed_signers": "signers"})
        .mien("release", "activate", "1")
        .returncode
        == 78
    )


def test_a_missing_name_is_answered_with_the_names_there_are(box: Any) -> None:
    refused = box.mien("release", "activate")
    assert refused.returncode == 65
    assert "1, 2" in refused.stderr


def test_a_release_folder_that_is_one_release_holds_no_others(make_box: BoxMaker, empty_clip: Path) -> None:
    box = make_box(empty_clip)
    assert box.mien("release", "verify").returncode == 0
    refused = box.mien("release", "list")
    assert refused.returncode == 78
    assert "/current" in refused.stderr
