"""Somebody who is not in the group of the box: each verb says so, and what to do, instead of what it cannot know."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from device.session.history import History
from device.status.control_server import ControlServer
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")

REPOSITORY = Path(__file__).parents[3]
MAN = 12
"""A group of every Linux, and it has no members."""

JOIN = "sudo usermod -aG man nobody, then log in anew"

RUN_AS_NOBODY = """
import importlib, os, pkgutil, sys
from device import commands
from device.__main__ import main
for module in pkgutil.iter_modules(commands.__path__):
    importlib.import_module(f"device.commands.{module.name}")
import device.appliance.doctor, device.session.history, device.status.history_text
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def box() -> Iterator[Path]:
    """The settings of a daemon whose socket and history belong to a group; their folder is closed to all others."""
    with tempfile.TemporaryDirectory(prefix="mien") as name:
        folder = Path(name)
        settings = folder / "mien.toml"
        settings.write_text('[paths]\ncontrol_socket = "run/control.sock"\nstate_folder = "state"\n', encoding="utf-8")
        with closing(ControlServer(folder / "run" / "control.sock", lambda request: request)) as server:
            server.start()
            History(folder / "state" / "history.sqlite").close()
            for path in (folder, *folder.rglob("*")):
                os.chown(path, 0, MAN)
            for closed in ("run", "state"):
                (folder / closed).chmod(0o750)
            folder.chmod(0o755)
            yield settings


def mien(settings: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN_AS_NOBODY, *words, "--config", str(settings)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, timeout=PATIENCE_SECONDS, check=False
    )


VERBS = ["status", "status --json", "press", "watch --lines", "explain", "observe", "metrics", "history"]


@pytest.mark.parametrize("words", VERBS)
def test_a_verb_says_that_one_has_to_join(box: Path, words: str) -> None:
    refused = mien(box, *words.split())
    assert refused.returncode == 77, refused.stderr
    assert JOIN in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "start it" not in refused.stderr


@pytest.mark.parametrize("closed", [0o750, 0o755])
def test_a_history_is_refused_by_its_folder_or_by_itself(box: Path, closed: int) -> None:
    (box.parent / "state").chmod(closed)
    (box.parent / "state" / "history.sqlite").chmod(0o640)
    refused = mien(box, "history")
    assert (refused.returncode, refused.stdout) == (77, "")
    assert JOIN in refused.stderr


@pytest.mark.parametrize("verb", ["status", "press", "history"])
def test_that_one_has_to_join_comes_before_what_is_wrong_with_the_settings(box: Path, verb: str) -> None:
    box.write_text(f"{box.read_text(encoding='utf-8')}[sound]\nstart_volume_percent = 60%\n", encoding="utf-8")
    refused = mien(box, verb)
    assert refused.returncode == 77
    assert JOIN in refused.stderr


def test_a_monitoring_system_is_told_that_nothing_is_known(box: Path) -> None:
    checked = mien(box, "status", "--check")
    assert checked.returncode == 3
    assert checked.stdout.startswith("MIEN UNKNOWN - ")
    assert JOIN in checked.stdout


def test_metrics_say_that_the_daemon_was_not_heard(box: Path) -> None:
    out = box.parent / "out"
    out.mkdir()
    out.chmod(0o777)
    assert mien(box, "metrics", "--out", str(out / "mien.prom")).returncode == 77
    assert "mien_up 0" in (out / "mien.prom").read_text(encoding="utf-8")


def test_doctor_tells_of_history_and_daemon_and_leaves_the_parts_alone(box: Path) -> None:
    examined = mien(box, "doctor")
    assert examined.returncode == 1
    assert "Traceback" not in examined.stderr
    mended = [line.split()[1] for line in examined.stdout.splitlines() if line.startswith("MEND")]
    assert {"history", "daemon"} <= set(mended)
    assert examined.stdout.count(JOIN) == 2
    assert not {"camera", "sound", "button"} & {line[6:].split()[0] for line in examined.stdout.splitlines()[:-1]}


@pytest.mark.parametrize("verb", ["status", "press", "history", "config", "doctor"])
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_settings_that_only_the_group_may_read(box: Path, verb: str, closed: str) -> None:
    folder = box.parent / "etc"
    folder.mkdir()
    settings = box.rename(folder / box.name)
    for path in (folder, settings):
        os.chown(path, 0, MAN)
    (folder if closed == "folder" else settings).chmod(0o750)
    refused = mien(settings, verb)
    assert refused.returncode == 78
    assert JOIN in refused.stderr
    assert "Traceback" not in refused.stderr


def test_settings_that_nobody_else_may_read_or_write(box: Path) -> None:
    box.chmod(0o600)
    assert f"mend: let everybody read it: sudo chmod 644 {box}\n" in mien(box, "config").stderr
    box.chmod(0o644)
    text = box.read_bytes()
    for words in (("set", "sound.card", "A"), ("unset", "paths.state_folder")):
        refused = mien(box, "config", *words)
        assert refused.returncode == 77
        assert "mend: put sudo before the command\n" in refused.stderr
    assert mien(box, "config", "tidy").returncode == 0, "there is nothing to do"
    assert box.read_bytes() == text


def test_settings_that_are_looked_for_and_may_not_be_seen_are_not_taken_for_missing(box: Path) -> None:
    (box.parent / "run").chmod(0o750)
    place = box.parent / "run" / "mien.toml"
    elsewhere = f"from pathlib import Path; device.settings.config_file.DEFAULT_FILE = Path({str(place)!r})\n"
    script = RUN_AS_NOBODY.replace("os.setgroups", elsewhere + "os.setgroups")
    finished = subprocess.run(
        [sys.executable, "-c", script, "config"],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert finished.returncode == 78
    assert JOIN in finished.stderr


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket"])
def test_a_history_that_is_no_file_is_told_and_not_waited_for(box: Path, kind: str) -> None:
    path = box.parent / "history.sqlite"
    if kind == "socket":
        (box.parent / "run/control.sock").rename(path)
    else:
        {"pipe": os.mkfifo, "folder": os.mkdir}[kind](path)
    settings = box.parent / "other.toml"
    settings.write_text('[paths]\nstate_folder = "."\n', encoding="utf-8")
    refused = mien(settings, "history")
    assert refused.returncode == 1
    assert "it is no file" in refused.stderr


@pytest.mark.parametrize("seconds", ["nan", "-5", "1e400", "61", "true", "", "0x5", "9" * 400])
def test_a_hold_that_nobody_means_is_refused_before_anybody_is_asked(box: Path, seconds: str) -> None:
    refused = mien(box, "press", f"--hold={seconds}")
    assert refused.returncode == 2
    assert "argument --hold: the button can be held for 0 to 60 seconds, not " in refused.stderr


@pytest.mark.parametrize("count", ["9" * 30, "9" * 5000, "0", "-1", "x"])
def test_a_count_of_any_length_is_no_traceback(box: Path, count: str) -> None:
    (box.parent / "state").chmod(0o755)
    for path in (box.parent / "state").iterdir():
        path.chmod(0o644)
    finished = mien(box, "history", f"--count={count}")
    assert finished.returncode == (0 if count == "9" * 30 else 2), finished.stderr
    assert "Traceback" not in finished.stderr
