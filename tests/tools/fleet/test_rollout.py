"""Changing several boxes: the canary first, no further after a failure, and the ways back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.fleet.conftest import Workstation, copy_release, rows

MakeFleet = Callable[..., Workstation]

FAILS_TO_ACTIVATE = """\
case "$1 $2" in "release activate") echo "mien: no
  mend: never" >&2; exit 65;; esac
"""


@pytest.fixture
def fleet(make_fleet: MakeFleet) -> Workstation:
    return make_fleet("one", "two", "three")


def spoil(station: Workstation, name: str, script: str) -> None:
    """Let a box's mien begin with a script of our own."""
    [box] = [box for box in station.boxes if box.name == name]
    mien = (box.folder / "bin" / "mien").read_text().split("\n", 1)[1]
    box.command("mien", f"{script}\n{mien}")


def current(station: Workstation) -> list[str]:
    return [box.current for box in station.boxes]


def test_a_failing_canary_leaves_the_others_alone(fleet: Workstation, release: Path) -> None:
    spoil(fleet, "one", FAILS_TO_ACTIVATE)
    pushed = fleet.fleet("push", "--release", str(release))
    assert pushed.returncode == 1
    told = rows(pushed)
    assert told["one"][0] == "failed"
    assert told["two"][:2] == told["three"][:2] == ["not", "tried"]
    assert "activate release 2 instead of 1: no (mend: never)" in pushed.stdout
    assert "halted after the failure of one" in pushed.stdout
    assert pushed.stdout.splitlines()[-1] == "3 boxes: 1 failed, 2 not tried"
    assert current(fleet) == ["1", "1", "1"]


def test_the_inventory_may_name_the_canary(fleet: Workstation, release: Path) -> None:
    inventory = fleet.inventory
    inventory.write_text(inventory.read_text() + "canary = ['three']\n")
    spoil(fleet, "three", FAILS_TO_ACTIVATE)
    pushed = fleet.tools("push", "--inventory", str(inventory), "--release", str(release))
    assert rows(pushed)["three"][0] == "failed"
    assert current(fleet) == ["1", "1", "1"]


def test_a_box_that_dies_in_the_middle_halts_the_push_and_gets_it_later(fleet: Workstation, release: Path) -> None:
    two = fleet.boxes[1]
    assert two.sshd is not None
    kill = f"kill -9 {two.sshd.pid} $(pgrep -P {two.sshd.pid})"
    death = f'case "$1 $2" in "release activate") {kill}; sleep 9; exit 1;; esac'  # it is off: nothing is activated
    spoil(fleet, "two", death)
    pushed = fleet.fleet("push", "--release", str(release), "--parallel", "1")
    assert pushed.returncode == 1
    told = rows(pushed)
    assert (told["one"][:2], told["two"][0], told["three"][:2]) == (["done", "2"], "failed", ["not", "tried"])
    assert "the connection broke during mien release activate" in pushed.stdout
    assert current(fleet) == ["2", "1", "1"]

    unreachable = fleet.fleet("push", "--release", str(release))  # which is no reason to keep the third waiting
    assert unreachable.returncode == 1
    told = rows(unreachable)
    assert (told["one"][0], told["two"][0], told["three"][0]) == ("unchanged", "failed", "done")

    two.wait_until_dead()
    two.build_commands()
    two.start()
    assert fleet.fleet("push", "--release", str(release)).returncode == 0
    assert current(fleet) == ["2", "2", "2"]


def test_a_fleet_is_taken_back(make_fleet: MakeFleet, release: Path) -> None:
    fleet = make_fleet("one", "two")
    third = copy_release(release.parent / "3", created="2027-01-01T00:00:00+00:00")
    assert fleet.fleet("push", "one", "--release", str(release)).returncode == 0
    assert fleet.fleet("push", "one", "--release", str(third)).returncode == 0
    assert current(fleet) == ["3", "1"]

    planned = fleet.fleet("rollback", "--dry-run")
    assert planned.returncode == 1
    assert "one: go back from release 3 to 2" in planned.stdout
    assert "two: cannot: it has no release before 1 (mend: push another release)" in planned.stdout
    assert current(fleet) == ["3", "1"]

    back = fleet.fleet("rollback", "one")
    assert back.returncode == 0, back.stdout
    assert rows(back)["one"][:2] == ["done", "2"]
    assert current(fleet) == ["2", "1"]
