"""What mien doctor says of the folder that the daemon writes to, to whoever asks, and of a box that is simulated."""

import os
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from device.appliance import doctor
from device.errors import ControlError, GivenUpError, NotRunningError
from device.settings.sections import CameraSettings, HistorySettings, PathSettings, Settings
from device.status import control_socket
from tests.device.simulated_box import MakeBox

State = Callable[..., doctor.Finding]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    """The finding on a folder of one user, asked by another who can or cannot write there."""

    def look(*, owner: int, asked_by: int, writable: bool) -> doctor.Finding:
        found = tmp_path.stat()
        monkeypatch.setattr(Path, "exists", lambda path: path == tmp_path)
        monkeypatch.setattr(Path, "stat", lambda _: os.stat_result((*found[:4], owner, *found[5:])))
        monkeypatch.setattr(os, "geteuid", lambda: asked_by)
        monkeypatch.setattr(os, "access", lambda *_: writable)
        settings = Settings(paths=PathSettings(state_folder=tmp_path))
        return doctor._finding("state folder", doctor._state_folder, settings)

    return look


def test_its_owner_needs_to_be_able_to_write(state: State, tmp_path: Path) -> None:
    assert state(owner=65534, asked_by=65534, writable=True).detail == str(tmp_path)
    assert state(owner=65534, asked_by=65534, writable=False).mend.startswith("sudo chown -R mien")


def test_a_folder_of_the_services_user_is_well_whoever_asks(state: State, tmp_path: Path) -> None:
    found = state(owner=65534, asked_by=12345, writable=False)
    assert (found.ok, found.detail) == (True, f"{tmp_path}, where the user nobody writes")
    assert state(owner=54321, asked_by=12345, writable=False).detail.endswith("where the user 54321 writes")


def test_a_folder_of_roots_is_not(state: State) -> None:
    assert "cannot be written by this user" in state(owner=0, asked_by=12345, writable=False).detail


def test_a_simulated_box_is_well_without_a_camera_a_model_or_a_sound_card(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, faces={"somebody": False}, emotion={"expression": "fear"}) as box:
        found = {finding.check: finding for finding in doctor.examine(box.settings)}
    assert {check: finding.mend for check, finding in found.items() if not finding.ok} == {}
    assert {check: finding.detail for check, finding in found.items() if finding.detail.startswith("simulated")} == {
        "clock": "simulated, it moves only while the simulated camera waits",
        "faces": "simulated, none in every frame",
        "face model": "simulated, reads fear from every face",
        "camera": "simulated, 64 × 48: a picture of 64 × 48",
        "sound": "simulated, nothing is heard",
        "button": "simulated, use mien press",
    }


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (NotRunningError("nobody is there", mend="start it"), ""),
        (ControlError("nobody answers within 10 s", mend="start it again"), "start it again"),
        (GivenUpError("it was given up", mend="copy the songs"), "copy the songs"),
    ],
)
def test_a_daemon_that_hangs_is_not_one_that_nobody_started(
    make_box: MakeBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: ControlError, mend: str
) -> None:
    def refuse(*_: object) -> None:
        raise error

    with make_box(tmp_path) as box:
        monkeypatch.setattr(doctor, "ask", refuse)
        found = {finding.check: finding for finding in doctor.examine(box.settings)}
        assert found["daemon"].mend == mend
        assert ("camera" in found) == (type(error) is not ControlError), "a daemon that is there has its camera in hand"
        box.settings.paths.control_socket.touch()  # as one that was killed leaves it
        assert not {finding.check: finding for finding in doctor.examine(box.settings)}["daemon"].ok


def test_nothing_is_said_of_simulation_where_nothing_is_simulated() -> None:
    assert list(doctor._simulated_parts(Settings())) == []


LIMITED = {"locked": False, "swapped_bytes": 0, "why_not": "this process may lock 64 KiB and no more"}


@pytest.mark.parametrize(
    ("driver", "state", "areas", "words", "mend"),
    [
        ("picamera2", {"locked": True, "swapped_bytes": 0, "why_not": ""}, ["/var/swap"], "locked", ""),
        ("picamera2", {"locked": True, "swapped_bytes": 4096, "why_not": ""}, ["/var/swap"], "4096 bytes", "restart"),
        ("picamera2", LIMITED, [], "not locked (this process may lock 64 KiB and no more), but", ""),
        ("picamera2", LIMITED, ["/var/swap"], "swaps to /var/swap: a picture may get there", "as its service"),
        ("simulated", LIMITED, ["/var/swap"], "not locked", ""),
        ("picamera2", None, ["/var/swap"], "older one", ""),
    ],
)
def test_it_says_where_a_picture_may_be_swapped_out_and_why(
    monkeypatch: pytest.MonkeyPatch,
    driver: str,
    state: dict[str, object] | None,
    areas: list[str],
    words: str,
    mend: str,
) -> None:
    monkeypatch.setattr(doctor, "swap_areas", lambda: areas)
    found = doctor._memory(state, Settings(camera=CameraSettings(driver=driver)))
    assert words in found.detail
    assert (mend in found.mend) if mend else found.ok


def test_a_history_that_is_switched_off_and_still_there_is_told(tmp_path: Path) -> None:
    settings = Settings(paths=PathSettings(state_folder=tmp_path), history=HistorySettings(enabled=False))
    assert doctor._finding("history", doctor._history, settings).ok
    (tmp_path / "history.sqlite").touch()
    found = doctor._finding("history", doctor._history, settings)
    assert "still in" in found.detail
    assert "mien history --clear" in found.mend


@pytest.mark.parametrize("answer", [b"", b"hello\n"])
def test_a_daemon_that_hangs_is_to_be_mended_and_its_parts_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(control_socket, "_TIMEOUT_SECONDS", 0.2)
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as hanging:
        path = Path(folder) / "control.sock"
        hanging.bind(str(path))
        hanging.listen()
        threading.Thread(target=_say, args=(hanging, answer), daemon=True).start()
        settings = Settings(paths=replace(PathSettings(), control_socket=path, state_folder=Path(folder) / "state"))
        *_, last = doctor.examine(settings)
    assert last.check == "daemon"
    assert last.mend.endswith("sudo systemctl restart mien")
    assert ("can be understood" if answer else "no mien daemon answers within") in last.detail


def _say(listening: socket.socket, answer: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.sendall(answer)
        while connection.recv(1 << 16):  # until the other side lets go
            pass
