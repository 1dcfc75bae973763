"""The bootstrap's own words: what it refuses before it touches anything, and that the whole deploy can be planned."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import layout

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


def with_functions(script: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines with the functions of the script, none of which does anything by itself."""
    functions = INSTALL.read_text(encoding="utf-8").partition('\nwheels=""')[0]
    return run("sh", "-c", f'{functions}\ndry=yes purge=yes joined="" SUDO_USER=""\ntrap end EXIT\n{script}')


def test_a_step_that_fails_is_named_with_the_way_on() -> None:
    failed = with_functions('begin "Fetching things" "Look at the cable."\nwith_dots sh -c "exit 5"\necho never')
    assert failed.returncode == 5
    assert "never" not in failed.stdout
    assert "this step failed: Fetching things. The reason stands above." in failed.stderr
    assert "Look at the cable. Then give the same command again." in failed.stderr
    assert "this step" not in with_functions('begin "Fetching things" "x"\nfail "it is mended like this"').stderr


def test_a_box_is_removed_without_any_network_and_whole() -> None:
    planned = with_functions("remove")
    assert (planned.returncode, planned.stderr) == (0, "")
    guide = str(Path(layout.GUIDE).parent)
    units = [f"{layout.UNITS}/{name}" for name in (layout.SERVICE, f"{layout.SERVICE}.d", layout.FAULT_SERVICE)]
    places = [*units, layout.POLKIT_RULE, layout.SOFTWARE, layout.COMMAND, guide, layout.SETTINGS_FOLDER, layout.DATA]
    assert [place for place in places if f" {place}" not in planned.stdout] == []
    assert not {"pip", "apt-get", "pyinfra"} & set(planned.stdout.split())


def test_it_ends_with_a_few_lines_that_say_what_next() -> None:
    said = with_functions("say_what_next\njoined=yes SUDO_USER=pi\nsay_what_next").stdout.splitlines()
    assert [line.split()[0] for line in said] == ["Installed.", "1.", "2.", "3.", "mien-tools", "4."] * 2
    assert "newgrp mien" not in said[1]
    assert "newgrp mien" in said[7]
    assert " pi@" in said[10], "whose login it is, which a workstation cannot guess"
    assert all(len(line) <= 80 for line in said)
