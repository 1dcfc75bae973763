"""The status socket of the real unit, with its TasksMax=64: whoever comes, and whoever may not come."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from box import OWNER, Box

pytestmark = pytest.mark.timeout(2400)  # the first test makes the root, fetches wheels and installs

PROGRAM = Path(__file__).parent / "guest" / "crowd.py"
SOCKET = "/run/mien/control.sock"
GUEST = "guest"
JOIN = f"sudo usermod -aG mien {GUEST}, then log in anew"
ASKING = (
    ("status",),
    ("status", "--json"),
    ("press",),
    ("watch", "--lines"),
    ("explain",),
    ("observe",),
    ("metrics",),
    ("history",),
)


@contextmanager
def crowd(box: Box, count: int, kind: str) -> Iterator[None]:
    """Let so many connect, as the owner, and stay until the block ends."""
    box.write(Path("srv/crowd.py"), PROGRAM.read_text())
    command = box.inside(["python3", "/srv/crowd.py", str(count), kind], user=OWNER)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        yield
        assert process.poll() is None, "it stayed to the end"
        process.stdin.close()


def assert_unmoved(box: Box, daemon: int) -> None:
    """The daemon is the one that it was, and had no trouble."""
    assert box.main_process() == daemon
    assert box.show("NRestarts") == "0"
    assert int(box.show("TasksCurrent")) < 64
    assert "Traceback" not in box.journal("mien")


def test_more_connections_than_the_unit_may_have_tasks_hold_nobody_up(box: Box, measured: dict[str, float]) -> None:
    daemon, answered = box.main_process(), []
    assert box.show("TasksMax") == "64"
    for _ in range(3):
        with crowd(box, 150, "idle"):
            began = time.monotonic()
            assert box.status()
            answered.append(time.monotonic() - began)
    with crowd(box, 150, "idle"):
        box.mien("press")
        box.wait_for("playing")
        box.mien("press", "--hold", "1")
        box.wait_for("idle")
    measured["mien status among 150 connections"] = max(answered)
    assert_unmoved(box, daemon)


def test_a_song_plays_to_its_end_among_slow_writers(box: Box, measured: dict[str, float]) -> None:
    daemon, began, songs = box.main_process(), time.monotonic(), 0
    with crowd(box, 100, "slow"):
        while time.monotonic() - began < 60:
            box.mien("press")
            box.wait_for("playing")
            status = box.wait_for("idle")  # and not "fault", in which it would stay
            assert status["problems"] == []
            songs += 1
    measured["songs to their end among slow writers (a number)"] = songs
    assert_unmoved(box, daemon)


def test_a_socket_that_was_removed_is_there_again(box: Box) -> None:
    daemon = box.main_process()
    box.succeed(["rm", SOCKET])
    assert box.wait_until(box.status, "an answer")["state"] == "idle"
    box.succeed(["sh", "-c", "rm -r /run/mien/*"])
    assert box.wait_until(box.status, "an answer")["state"] == "idle"
    assert_unmoved(box, daemon)


def test_a_second_daemon_is_refused_before_it_touches_anything(box: Box) -> None:
    daemon = box.main_process()
    box.mien("press")
    box.wait_for("playing")
    for user in ("mien", "root"):
        second = box.run(["mien", "run"], user=user)
        assert second.returncode == 69, second.stdout
        assert "another mien daemon is running" in second.stdout
    assert box.light == "slow breath"
    assert box.status()["state"] == "playing"
    assert_unmoved(box, daemon)


def test_who_is_not_in_the_group_is_told_so_by_every_verb(box: Box) -> None:
    box.succeed(["useradd", "--create-home", GUEST])
    for verb in ASKING:
        refused = box.run(["mien", *verb], user=GUEST)
        assert refused.returncode == 77, f"{verb}: {refused.stdout}"
        assert JOIN in refused.stdout, refused.stdout
        assert "Traceback" not in refused.stdout
        assert "start it" not in refused.stdout, "nobody knows whether it runs"
    checked = box.run(["mien", "status", "--check"], user=GUEST)
    assert checked.returncode == 3
    assert checked.stdout.startswith("MIEN UNKNOWN - ")
    assert JOIN in checked.stdout
    examined = box.run(["mien", "doctor"], user=GUEST)
    assert examined.returncode == 1
    assert examined.stdout.count(JOIN) == 2, "of the history and of the daemon"
    assert "Traceback" not in examined.stdout
    box.succeed(["chown", "root:mien", "/etc/mien/mien.toml"])
    box.succeed(["chmod", "640", "/etc/mien/mien.toml"])
    for verb in (*ASKING, ("doctor",), ("config",)):  # the last alone needs no more than the settings
        refused = box.run(["mien", *verb], user=GUEST)
        assert refused.returncode == (78 if verb == ("config",) else 77), f"{verb}: {refused.stdout}"
        assert JOIN in refused.stdout, refused.stdout

    box.succeed(["usermod", "-aG", "mien", GUEST])
    login_of_before = ["setpriv", f"--reuid={GUEST}", f"--regid={GUEST}", "--clear-groups", "--"]
    refused = box.run([*login_of_before, "mien", "status"])
    assert "log in anew, or say newgrp mien" in refused.stdout, refused.stdout
    assert box.run(["mien", "status"], user=GUEST).returncode == 0, "a new login may ask"
    assert box.run(["mien", "history"], user=GUEST).returncode == 0
