"""The bootstrap's own words: what it refuses before it touches anything, and that the whole deploy can be planned."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALL = ROOT / "deploy/install.sh"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL
    )


def as_nobody(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a user who could not install anything, however wrong it went."""
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    return run(*become, "sh", "-c", INSTALL.read_text(encoding="utf-8"), "install.sh", *arguments)


def test_every_shell_can_read_it() -> None:
    for shell in ("sh", "bash"):
        assert run(shell, "-n", INSTALL).stderr == ""
    assert os.access(INSTALL, os.X_OK)


def test_help_names_every_option() -> None:
    text = run(INSTALL, "--help").stdout
    assert all(option in text for option in ("--release", "--music", "--wheels", "--dry-run", "--uninstall", "--purge"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--purge"], "--purge goes with --uninstall"),
        (["--wheels", "/nowhere"], "--wheels /nowhere: a folder that exists is needed"),
        (["--music"], "--music : a folder that exists is needed"),
        (["--fast"], "unknown option --fast"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(arguments: list[str], words: str) -> None:
    refused = as_nobody(*arguments)
    assert refused.returncode == 2
    assert words in refused.stderr


def test_it_wants_to_be_root() -> None:
    refused = as_nobody()
    assert refused.returncode == 1
    assert "run it as root: sudo" in refused.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="what a box lacks is asked as root")
def test_the_whole_deploy_is_planned_for_this_machine_and_nothing_is_done() -> None:
    planned = run(sys.executable, "-m", "pyinfra", "--dry", "@local", ROOT / "deploy/box.py")
    assert planned.returncode == 0, planned.stderr
    steps = [
        "packages of the system",
        "user mien",
        "settings",
        "software 0.",
        "demo library",
        "release ",
        "start at boot",
    ]
    places = [planned.stderr.index(f"mien | {step}") for step in steps]
    assert places == sorted(places)
    assert "Beginning operation run" not in planned.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="what a box lacks is asked as root")
def test_the_way_back_is_planned_too() -> None:
    planned = run(sys.executable, "-m", "pyinfra", "--dry", "--data", "purge=yes", "@local", ROOT / "deploy/remove.py")
    assert planned.returncode == 0, planned.stderr
    assert "settings, releases, state and music" in planned.stderr
