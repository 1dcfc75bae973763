"""Starting, stopping, and what the daemon leaves behind."""

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE_SECONDS, wait_until

BoxMaker = Callable[..., Any]


@pytest.mark.parametrize("state", ["idle", "observing", "playing", "fault"])
def test_sigterm_ends_it_cleanly_without_waiting_for_what_it_does(
    make_box: BoxMaker, face_clip: Path, long_songs: Path, tmp_path: Path, state: str
) -> None:
    """Observation and song would outlast the test's patience; how soon it ends is measured by benchmarks/daemon.py."""
    clip = tmp_path / "missing.mp4" if state == "fault" else face_clip
    box = make_box(clip, paths={"music_folder": str(long_songs)})
    if state == "observing":
        box.observe_for_long()
    box.start()
    if state != "idle":
        box.press()
    box.wait_for(lambda s: s["state"] == state)
    assert box.stop() == 0, box.log()
    assert not box.socket.exists()


def test_systemd_is_told_when_it_is_ready_alive_and_stopping(
    make_box: BoxMaker, empty_clip: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("systemd.daemon", reason="systemd-python is not installed for this Python")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifications:
        address = str(tmp_path / "notify")
        notifications.bind(address)
        notifications.settimeout(PATIENCE_SECONDS)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        box = make_box(empty_clip)
        box.start()
        assert notifications.recv(4096).startswith(b"READY=1")
        assert notifications.recv(4096) == b"WATCHDOG=1"
        box.stop()
        words = b""
        while words != b"STOPPING=1":
            words = notifications.recv(4096)


def test_a_second_daemon_is_refused(make_box: BoxMaker, empty_clip: Path) -> None:
    box = make_box(empty_clip)
    box.start()
    second = box.mien("run")
    assert second.returncode == 69
    assert "another mien daemon" in second.stderr


def test_the_camera_is_closed_outside_an_observation(make_box: BoxMaker, face_clip: Path) -> None:
    box = make_box(face_clip)
    box.observe_for_long()
    box.start()

    def clip_is_open() -> bool:
        assert box.process is not None
        links = Path(f"/proc/{box.process.pid}/fd").iterdir()
        return any(link.readlink() == face_clip.resolve() for link in links if link.is_symlink())

    # Once at the start it is seen whether the camera works.
    box.wait_for(lambda s: s["light"] == "off" and any(finding["check"] == "camera" for finding in s["findings"]))
    assert not clip_is_open()
    box.press()
    box.wait_for(lambda s: s["watching"] and s["watching"]["elapsed_seconds"] > 0.5)
    wait_until(clip_is_open, "an open clip")  # at the end of a round it is opened again
    assert box.status()["light"] == "on"
    box.press(hold_seconds=1)
    box.wait_for(lambda s: s["state"] == "idle" and s["light"] == "off")
    assert not clip_is_open()


WRITING = re.compile(r'open(?:at)?\((?:AT_FDCWD, )?"([^"]+)", [^)]*O_(?:WRONLY|RDWR|CREAT)')
NETWORK = re.compile(r"socket\((?!AF_UNIX|PF_UNIX|AF_LOCAL)(\w+)")
HARMLESS = re.compile(r"^/dev/(null|tty|shm/)|^/proc/self/")


def test_it_writes_only_into_its_state_folder_and_opens_no_network_socket(
    make_box: BoxMaker, face_clip: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    trace.mkdir()
    box = make_box(face_clip)
    calls = "trace=open,openat,creat,socket,mkdir,mkdirat,rename,renameat,renameat2"
    box.wrapper = ["strace", "-f", "-ff", "-qq", "-e", calls, "-o", str(trace / "calls")]
    box.start()
    box.observe()
    box.wait_for(lambda s: s["latencies"]["press_to_first_sound_seconds"] is not None)
    box.press(hold_seconds=1)
    box.wait_for(lambda s: s["state"] == "idle")
    box.stop()

    text = "\n".join(path.read_text(errors="replace") for path in trace.iterdir())
    assert "socket(AF_UNIX" in text, "the trace saw the daemon"
    families = set(NETWORK.findall(text))
    assert families == set(), f"socket families {families}"

    allowed = (str(tmp_path / "state"), str(box.socket))
    written = {path for path in WRITING.findall(text) if not HARMLESS.match(path)}
    elsewhere = {path for path in written if not (tmp_path / path).as_posix().startswith(allowed)}
    assert elsewhere == set()
    kinds = {path.suffix for path in (tmp_path / "state").rglob("*") if path.is_file()}
    assert kinds <= {".sqlite", ".wav"}, "numbers and the recorded song, no picture"
