"""What systemd hears, on a socket that stands where its own would."""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from socket import AF_UNIX, SOCK_DGRAM, socket

import pytest

from device.appliance.systemd import NoSupervisor, SystemdSupervisor, find_supervisor, leave_word
from device.errors import MienError
from tests.waiting import PATIENCE_SECONDS

with_bindings = pytest.mark.skipif(
    find_spec("systemd") is None,
    reason="systemd's Python bindings (systemd-python, or apt's python3-systemd) are absent",
)


@pytest.fixture
def notify_socket(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket]:
    """Listen where NOTIFY_SOCKET points to, as systemd does."""
    with tempfile.TemporaryDirectory(prefix="mien") as folder, socket(AF_UNIX, SOCK_DGRAM) as listening:
        listening.bind(f"{folder}/notify")
        listening.settimeout(PATIENCE_SECONDS)
        monkeypatch.setenv("NOTIFY_SOCKET", f"{folder}/notify")
        yield listening


@with_bindings
def test_systemd_hears_that_the_daemon_is_ready_alive_and_stopping(notify_socket: socket) -> None:
    supervisor = find_supervisor()
    assert isinstance(supervisor, SystemdSupervisor)

    supervisor.ready("24 songs, release 2026.11.1")
    assert notify_socket.recv(1000) == b"READY=1\nSTATUS=24 songs, release 2026.11.1"

    supervisor.alive()
    assert notify_socket.recv(1000) == b"WATCHDOG=1"

    supervisor.stopping()
    assert notify_socket.recv(1000) == b"STOPPING=1"


@with_bindings
def test_systemd_keeps_the_last_words_of_a_daemon_that_cannot_go_on(notify_socket: socket) -> None:
    leave_word(MienError(["songs.sqlite: gone", "READY=1"], mend="copy it again"))
    assert notify_socket.recv(1000) == b"STATUS=songs.sqlite: gone; READY=1; mend: copy it again"
    leave_word(TypeError("what\nREADY=1"))
    assert notify_socket.recv(1000) == b"STATUS=TypeError: what; READY=1"


@with_bindings
def test_a_systemd_that_does_not_listen_stops_nothing(notify_socket: socket, caplog: pytest.LogCaptureFixture) -> None:
    supervisor = find_supervisor()
    notify_socket.close()

    supervisor.alive()
    assert "systemd does not hear 'WATCHDOG=1'" in caplog.text


def test_missing_bindings_are_told_where_systemd_waits(tmp_path: Path) -> None:
    (tmp_path / "systemd.py").touch()  # stands before the bindings, and has no daemon in it
    script = (
        "from device.errors import MienError\n"
        "from device.appliance.systemd import find_supervisor\n"
        "try:\n    find_supervisor()\nexcept MienError as error:\n    print(error)"
    )
    environment = os.environ | {
        "NOTIFY_SOCKET": "/run/systemd/notify",
        "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3]}",
    }

    heard = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert "Python bindings are missing" in heard.stdout
    assert "sudo apt install python3-systemd" in heard.stdout


@pytest.mark.parametrize("value", [None, ""])
def test_without_systemd_nobody_watches_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, value: str | None
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if value is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", value)
    supervisor = find_supervisor()
    assert isinstance(supervisor, NoSupervisor)

    with caplog.at_level(logging.INFO):
        supervisor.ready("24 songs")
        supervisor.alive()
        supervisor.stopping()
    assert [record.message for record in caplog.records] == ["ready: 24 songs", "stopping"]
