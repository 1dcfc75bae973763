"""Asking the real daemon over its socket, as its owner, a monitoring system and Prometheus do."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from device.emotion.labels import FACE_LABELS
from device.session.history import read_history
from device.session.states import State
from tests.waiting import PATIENCE_SECONDS


def test_every_way_of_asking_answers(make_box: Callable[..., Any], face_clip: Path, long_songs: Path) -> None:
    box = make_box(face_clip, paths={"music_folder": str(long_songs)})
    box.start()
    box.observe()
    box.wait_for(lambda s: s["latencies"]["press_to_first_sound_seconds"] is not None)
    box.press()
    box.wait_for(lambda s: s["programme"]["plays"] and s["programme"]["songs_before"] == 1)
    box.press(hold_seconds=1)
    status = box.wait_for(lambda s: s["state"] == "idle")
    assert status["problems"] == []
    moments = ["streaming", "first_frame", "first_credited", "observed", "first_sound"]
    times = [status["latencies"][f"press_to_{moment}_seconds"] for moment in moments]
    assert times == sorted(times)

    lines = box.mien("status").stdout.splitlines()
    assert lines[0] == "well       nothing needs mending"
    assert len(lines) <= 23
    assert all(len(line) <= 80 for line in lines)

    check = box.mien("status", "--check")
    assert check.returncode == 0
    assert check.stdout.startswith("MIEN OK - idle, ")
    assert check.stdout.count("\n") == 1

    schema = json.loads(box.mien("status", "--schema").stdout)
    document = json.loads(box.mien("status", "--json").stdout)
    assert set(document) == set(schema["properties"])
    assert document["schema"] == schema["properties"]["schema"]["const"]

    metrics = box.mien("metrics", "--out", str(box.folder / "mien.prom"))
    assert metrics.returncode == 0, metrics.stderr
    text = (box.folder / "mien.prom").read_text(encoding="utf-8")
    assert "mien_up 1\n" in text
    assert all(f'mien_state{{state="{state.value}"}}' in text for state in State)

    ranked = status["last_recommendation"]["ranked"]
    second = ranked[status["last_recommendation"]["position"]]
    entries = json.loads(box.mien("history", "--json").stdout)["entries"]
    assert [entry["song_id"] for entry in entries] == [second["id"], ranked[0]["id"]]
    assert [entry["ended"] for entry in entries] == ["faded", "skipped"], "the last word of a song is not waited for"
    file = read_history(box.folder / "state" / "history.sqlite", 5)
    assert [entry.song_id for entry in file] == [second["id"], ranked[0]["id"]]
    box.broken_line = "chimes = True"
    broken = box.mien("status").stdout.replace("\n           ", " ")
    assert broken.startswith("warning    the settings file is broken, and mien would not start again: ")
    assert "\n  mend     write chimes = true" in broken
    assert box.mien("history").returncode == 0
    box.broken_line = ""
    box.stop()
    history = box.mien("history", "--count", "1")
    assert second["title"] in history.stdout
    assert len(history.stdout.splitlines()) == 2


@pytest.mark.parametrize("running", [True, False])
def test_a_history_is_cleared_for_good_once_somebody_agrees(
    make_box: Callable[..., Any], face_clip: Path, long_songs: Path, *, running: bool
) -> None:
    box = make_box(face_clip, paths={"music_folder": str(long_songs)})
    box.start()
    box.observe()
    box.press(hold_seconds=1)
    box.wait_for(lambda s: s["state"] == "idle")
    if not running:
        box.stop()
    [entry] = json.loads(box.mien("history", "--json").stdout)["entries"]

    unasked = box.mien("history", "--clear")
    assert unasked.returncode == 1
    assert "nobody is here to answer" in unasked.stderr
    assert answered(box, "n\n").endswith("Nothing was removed.")
    assert len(json.loads(box.mien("history", "--json").stdout)["entries"]) == 1

    assert answered(box, "y\n").endswith("Removed 1 entry for good.")
    assert box.mien("history").stdout == "Nothing was observed yet.\n"
    left = b"".join(path.read_bytes() for path in (box.folder / "state").glob("history*"))
    assert entry["song"].encode() not in left
    assert box.mien("history", "--clear", "--yes").stdout == "Removed 0 entries for good.\n"
    log = box.log()
    assert [word for word in (*FACE_LABELS, entry["song"]) if word in log] == []
    if running:
        assert box.status()["last_observation"] is None


def answered(box: Any, answer: str) -> str:
    """Clear the history on a terminal, and return what was shown there."""
    person, terminal = pty.openpty()
    command = [sys.executable, "-m", "device", "history", "--clear", "--config", str(box.settings_file)]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal) as process:
        os.close(terminal)
        os.write(person, answer.encode())
        shown = b""
        with suppress(OSError):  # EIO: everybody left
            while read := os.read(person, 4096):
                shown += read
        assert process.wait(PATIENCE_SECONDS) in {0, 1}
    os.close(person)
    return shown.decode().strip()


def test_a_daemon_that_does_not_run_is_told_to_everybody(make_box: Callable[..., Any], empty_clip: Path) -> None:
    box = make_box(empty_clip)
    check = box.mien("status", "--check")
    assert check.returncode == 2
    assert check.stdout.startswith("MIEN CRITICAL - ")
    metrics = box.mien("metrics")
    assert metrics.returncode == 0
    assert metrics.stdout.endswith("mien_up 0\n")
    history = box.mien("history")
    assert history.returncode == 0
    assert history.stdout == "Nothing was observed yet.\n"
    assert box.mien("history", "--count", "0").returncode == 2


def test_settings_that_cannot_be_read_are_unknown_to_monitoring(make_box: Callable[..., Any], empty_clip: Path) -> None:
    box = make_box(empty_clip, nonsense={"key": 1})
    check = box.mien("status", "--check")
    assert check.returncode == 3
    assert check.stdout.startswith("MIEN UNKNOWN - ")


def test_a_damaged_history_is_told_by_status_and_doctor_and_costs_nothing_else(
    make_box: Callable[..., Any], face_clip: Path
) -> None:
    box = make_box(face_clip, programme={"after_song": "stop"})
    path = box.folder / "state" / "history.sqlite"
    path.write_bytes(b"no database" * 1000)
    box.start()
    box.observe()
    lines = box.mien("status").stdout.splitlines()
    assert lines[0].startswith("warning    the history was damaged")
    assert box.mien("status", "--check").returncode == 1
    assert "history.sqlite.damaged" in box.mien("doctor").stdout
    assert len(json.loads(box.mien("history", "--json").stdout)["entries"]) == 1


def test_the_history_outlives_a_pulled_plug(make_box: Callable[..., Any], face_clip: Path) -> None:
    box = make_box(face_clip, programme={"after_song": "stop"})
    box.start()
    first = box.observe()["last_recommendation"]["ranked"][0]["id"]
    assert box.process is not None
    box.process.kill()
    box.process.wait()
    (box.folder / "control.sock").unlink()
    box.start()
    ranked = box.observe()["last_recommendation"]["ranked"]
    assert first not in [song["id"] for song in ranked]
    assert len(json.loads(box.mien("history", "--json").stdout)["entries"]) == 2
