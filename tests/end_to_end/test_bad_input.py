"""Every bad input gets one clear error that names the thing and the mend."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device.releases.manifest import describe_file, read_manifest, write_manifest

BoxMaker = Callable[..., Any]
RELEASE = Path(__file__).parents[2] / "models"


def expect(finished: Any, code: int, *words: str) -> None:
    assert finished.returncode == code, finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr
    assert "mend:" in finished.stderr
    for word in words:
        assert word in finished.stderr


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A copy of the shipped release that a test may damage."""
    folder = tmp_path / "release"
    shutil.copytree(RELEASE, folder, ignore=shutil.ignore_patterns("demo_library"))
    return folder


def renew_manifest(folder: Path) -> None:
    """Describe the files as they are now, so that what is damaged is found by its reader, not by its hash."""
    manifest = read_manifest(folder)
    write_manifest(folder, replace(manifest, files={name: describe_file(folder / name) for name in manifest.files}))


@pytest.fixture
def box(make_box: BoxMaker, empty_clip: Path, release: Path) -> Any:
    return make_box(empty_clip, paths={"release_folder": str(release)})


def test_unreadable_configuration(box: Any) -> None:
    box.broken_line = "[camera"
    expect(box.mien("run"), 78, "mien.toml", "line")


def test_unknown_keys_are_all_named(box: Any) -> None:
    box.settings["camera"]["frame_per_second"] = 3
    box.settings["sond"] = {}
    expect(box.mien("run"), 78, "camera.frame_per_second", "'frames_per_second'", "[sond]", "'sound'")


def test_missing_model(box: Any, release: Path) -> None:
    (release / "face_emotion" / "model.tflite").unlink()
    expect(box.mien("run"), 65, "model.tflite")


def test_truncated_model_is_found_by_its_size(box: Any, release: Path) -> None:
    model = release / "face_emotion" / "model.tflite"
    model.write_bytes(model.read_bytes()[:5000])
    expect(box.mien("run"), 65, "model.tflite", "5000 bytes")


def test_truncated_model_is_found_by_the_runtime(box: Any, release: Path) -> None:
    model = release / "face_emotion" / "model.tflite"
    model.write_bytes(model.read_bytes()[:5000])
    renew_manifest(release)
    expect(box.mien("run"), 65, "model.tflite")


def test_song_table_of_another_schema(box: Any, release: Path) -> None:
    with closing(sqlite3.connect(release / "songs.sqlite")) as database, database:
        database.execute("UPDATE header SET value = '99' WHERE key = 'schema_version'")
    renew_manifest(release)
    expect(box.mien("run"), 65, "songs.sqlite", "schema 99", "mien-tools analyse")


def test_corrupt_song(make_box: BoxMaker, face_clip: Path, tmp_path: Path) -> None:
    music = tmp_path / "music"
    shutil.copytree(RELEASE / "demo_library", music)
    for song in music.glob("*.ogg"):
        song.write_bytes(b"no music at all" * 100)
    box = make_box(face_clip, paths={"music_folder": str(music)})
    box.start()
    box.press()
    status = box.wait_for(lambda s: s["fault"])
    assert status["fault"]["cause"] == "song file"
    last = status["last_recommendation"]
    assert last["ranked"][last["position"]]["path"] in status["fault"]["what"]
    assert status["fault"]["mend"]


def test_clip_that_ends_early(make_box: BoxMaker, empty_clip: Path) -> None:
    box = make_box(empty_clip, observation={"seconds": 60})
    expect(box.mien("observe"), 74, "empty.avi")
    box.start()
    box.press()
    status = box.wait_for(lambda s: s["state"] == "fault")
    assert status["fault"]["cause"] == "camera"
    assert "empty.avi" in status["fault"]["what"]


def test_vanished_camera(make_box: BoxMaker, empty_clip: Path) -> None:
    box = make_box(empty_clip, camera={"driver": "v4l2", "device": "/dev/video97"})
    expect(box.mien("observe"), 74, "/dev/video97")


def test_missing_music_is_a_fault_with_a_mend(make_box: BoxMaker, face_clip: Path, tmp_path: Path) -> None:
    box = make_box(face_clip, paths={"music_folder": str(tmp_path / "nowhere")})
    assert box.start()["songs"]["loaded"] == 0
    box.press()
    status = box.wait_for(lambda s: s["state"] == "fault")
    assert status["fault"]["cause"] == "no songs"


def test_doctor_finds_what_is_wrong_and_says_the_mend(make_box: BoxMaker, empty_clip: Path, release: Path) -> None:
    box = make_box(empty_clip, paths={"release_folder": str(release)})
    healthy = box.mien("doctor")
    assert healthy.returncode == 0, healthy.stdout
    assert "All is well." in healthy.stdout
    (release / "songs.sqlite").unlink()
    broken = box.mien("doctor")
    assert broken.returncode == 1
    assert "MEND  release" in broken.stdout
    assert "MEND  songs" in broken.stdout


def test_doctor_takes_the_word_of_a_running_daemon(make_box: BoxMaker, empty_clip: Path, tmp_path: Path) -> None:
    box = make_box(empty_clip)
    box.start()
    healthy = box.mien("doctor")
    assert healthy.returncode == 0, healthy.stdout
    assert "ok    daemon       idle, 23 songs" in healthy.stdout
    box.stop()
    box = make_box(tmp_path / "missing.mp4")
    box.start()
    box.press()
    box.wait_for(lambda s: s["state"] == "fault")
    broken = box.mien("doctor")
    assert broken.returncode == 1
    assert "MEND  camera       " in broken.stdout


def test_no_daemon_is_said_plainly(box: Any) -> None:
    for verb in ("status", "press"):
        expect(box.mien(verb), 69, "no mien daemon answers", "mien run")
