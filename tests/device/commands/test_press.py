"""The button for a hand that is not there."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from device.commands._outcome import outcome, settled
from device.status.control_server import ControlServer
from tests.waiting import PATIENCE_SECONDS

STATUS = {"state": "idle", "observations": 0, "last_recommendation": None, "fault": None, "notice": ""}


@contextmanager
def a_daemon(
    folder: Path, answer: dict[str, Any], heard: list[dict[str, Any]], after: dict[str, Any] = STATUS
) -> Iterator[None]:
    """Answers a press, and from then on with the status ``after``."""

    def serve(request: dict[str, Any]) -> dict[str, Any]:
        heard.append(request)
        if request["command"] == "press":
            return answer
        return after if any(earlier["command"] == "press" for earlier in heard) else STATUS

    server = ControlServer(folder / "control.sock", serve)
    server.start()
    yield
    server.close()


def press(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = folder / "mien.toml"
    settings.write_text('[paths]\ncontrol_socket = "control.sock"\n', encoding="utf-8")
    command = [sys.executable, "-m", "device", "press", *arguments, "--config", str(settings)]
    repository = Path(__file__).parents[3]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False, cwd=repository
    )


@pytest.mark.parametrize(("arguments", "seconds"), [([], 0.0), (["--hold", "5"], 5.0)])
def test_a_press_says_how_long_it_holds(tmp_path: Path, arguments: list[str], seconds: float) -> None:
    heard: list[dict[str, Any]] = []
    with a_daemon(tmp_path, {"pressed": True}, heard):
        finished = press(tmp_path, *arguments)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert {"command": "press", "hold_seconds": seconds} in heard
    assert finished.stdout.startswith("Held for long" if seconds else "Nothing changes: the box is idle")


def test_a_press_that_ends_in_a_fault_ends_with_1(tmp_path: Path) -> None:
    fault = {"what": "no songs", "mend": "copy some"}
    with a_daemon(tmp_path, {"pressed": True}, [], {**STATUS, "state": "fault", "fault": fault}):
        finished = press(tmp_path)
    assert (finished.returncode, finished.stdout) == (1, "It cannot: no songs. What to do: copy some\n")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {"state": "observing", "observations": 1}, "reads your face"),
        ({}, {"state": "fault", "fault": {"what": "no camera", "mend": "plug it in"}}, "no camera. What to do: plug"),
        ({"state": "playing"}, {}, "Stopped."),
        ({"state": "observing"}, {}, "Cancelled"),
        ({"state": "observing"}, {"state": "observing"}, "Nothing changes: the box is observing"),
        ({}, {"notice": "4 faces are kept"}, "It cannot: 4 faces are kept."),
        ({"notice": "too dark"}, {"notice": "too dark"}, "Nothing changes: the box is idle"),
    ],
)
def test_a_press_says_what_came_of_it(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    assert words in outcome({**STATUS, **before}, {**STATUS, **after})


@pytest.mark.parametrize("state", ["observing", "calibrating"])
def test_a_camera_that_refuses_at_once_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    refused = {**STATUS, "state": "fault", "fault": {"what": "no camera", "mend": "plug it in"}}
    opening = {**STATUS, "state": state, "watching": {"settling": True}}
    answers = iter([{**opening, "watching": None}, opening, refused])
    monkeypatch.setattr("device.commands._outcome.ask", lambda *_: next(answers))
    assert settled(tmp_path, STATUS) == refused


def test_a_press_that_does_not_count_is_told(tmp_path: Path) -> None:
    with a_daemon(tmp_path, {"pressed": False}, []):
        finished = press(tmp_path)
    assert finished.returncode == 69
    assert "the button is held down at the box" in finished.stderr
