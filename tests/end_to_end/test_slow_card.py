"""A memory card that takes no end of time for fsync, under the real daemon: the libc's own call is held up."""

import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from device.session.history import read_history
from tests.waiting import PATIENCE_SECONDS, wait_until

SLOW_SYNC = """
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_the_card(void)
{
    const char *stalls = getenv("CARD_STALLS"), *held = getenv("CARD_HOLDS");
    while (stalls && held && access(stalls, F_OK) == 0) {
        int file = open(held, O_CREAT | O_WRONLY, 0600);
        if (file >= 0)
            close(file);
        usleep(10000);
    }
}

int fsync(int file) { wait_for_the_card(); return syscall(SYS_fsync, file); }
int fdatasync(int file) { wait_for_the_card(); return syscall(SYS_fdatasync, file); }
"""

WATCHDOG_TURNS = 12
"""How often the daemon is seen to feed its watchdog, once a second: for longer than WatchdogSec= lets it be silent."""


@pytest.fixture
def slow_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Preload a slow fsync; the card stalls while the first file is there, and holds somebody once the second is."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("there is no C compiler; tests/device/appliance/test_stalled_card.py shows the same without one")
    source, library = tmp_path / "slowsync.c", tmp_path / "slowsync.so"
    source.write_text(SLOW_SYNC, encoding="ascii")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", str(library), str(source)], check=True, timeout=PATIENCE_SECONDS
    )
    stalls, holds = tmp_path / "stalls", tmp_path / "holds"
    for name, value in (("LD_PRELOAD", library), ("CARD_STALLS", stalls), ("CARD_HOLDS", holds)):
        monkeypatch.setenv(name, str(value))
    return stalls, holds


def test_a_card_that_stalls_costs_no_music_no_press_and_no_watchdog(
    make_box: Callable[..., Any],
    face_clip: Path,
    long_songs: Path,
    slow_card: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("systemd.daemon", reason="systemd-python is not installed for this Python")
    stalls, holds = slow_card
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifications:
        address = str(tmp_path / "notify")
        notifications.bind(address)
        notifications.settimeout(PATIENCE_SECONDS)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        box = make_box(face_clip, paths={"music_folder": str(long_songs)})
        box.start()
        stalls.touch()
        box.press()
        box.wait_for(lambda s: _heard(notifications) and s["state"] == "playing")
        wait_until(lambda: _heard(notifications) and holds.exists(), "a card that holds the writer")
        notifications.settimeout(10)  # the unit's WatchdogSec
        for _ in range(WATCHDOG_TURNS):
            assert _word(notifications) == b"WATCHDOG=1"
        assert box.status()["state"] == "playing", (box.status()["fault"], box.log())
        assert "memory card is slow" in box.status()["history"]["trouble"]
        box.press()
        second = box.wait_for(
            lambda s: _heard(notifications) and s["programme"]["plays"] and s["programme"]["songs_before"] == 1
        )
        box.press(hold_seconds=1)
        assert box.wait_for(lambda s: _heard(notifications) and s["state"] == "idle")["light"] == "off"
        notifications.settimeout(PATIENCE_SECONDS)
        box.process.terminate()
        while _word(notifications) != b"STOPPING=1":
            pass
        assert _word(notifications) == b"WATCHDOG=1", "while the last write is waited for"
        stalls.unlink()
        assert box.process.wait(PATIENCE_SECONDS) == 0, box.log()
    recommendation = second["last_recommendation"]
    kept = read_history(tmp_path / "state" / "history.sqlite", 5)
    assert len(kept) == 2
    assert kept[0].song.startswith(recommendation["ranked"][recommendation["position"]]["title"])


def _heard(notifications: socket.socket) -> bool:
    """Hear all that was said so far, and return True: of a socket that nobody reads, the eleventh word waits."""
    notifications.settimeout(0)
    while _word(notifications):
        pass
    return True


def _word(notifications: socket.socket) -> bytes:
    try:
        return notifications.recv(4096)
    except BlockingIOError:
        return b""
