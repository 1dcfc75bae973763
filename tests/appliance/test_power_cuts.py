"""The plug is pulled at random instants, and the box comes up sound each time."""

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from image import SECOND_RELEASE_ID, machine_image
from kernel import kernel
from machine import Machine
from wheelhouse import REPOSITORY

from device.releases.manifest import read_manifest

pytestmark = pytest.mark.timeout(7200)

MACHINES, CUTS_EACH = 2, 10
PARTS = "/usr/local/share/pi-parts"
PYTHON = "/opt/mien/venv/bin/python"
LATEST_SECONDS = {"boot": 20.0, "activation": 20.0, "history": 15.0}
"""The span of seconds within which the plug is pulled, after the machine is switched on or has become busy."""
SLOW = 300


@dataclass
class PluggedMachine:
    """A machine whose plug is pulled again and again."""

    machine: Machine
    chance: random.Random
    entries: int = 0
    settings: str = ""
    told: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Let it observe often, and learn what its settings are."""
        self.machine.wait_until_up()
        self.machine.succeed("cp", f"{PARTS}/busy.toml", "/etc/mien/mien.toml")
        self.machine.succeed("sync")
        self.machine.succeed("systemctl", "restart", "mien", seconds=SLOW)
        self.settings = self.look()["settings"]

    def cut_during(self, what: str) -> None:
        """Pull the plug while it boots, switches releases, or writes its history."""
        if what == "boot":
            self.machine.cut()
            self.machine.switch_on()
        else:
            self.machine.succeed("systemd-run", "--quiet", "sh", f"{PARTS}/busy.sh", what)
        after = self.chance.uniform(0, LATEST_SECONDS[what])
        time.sleep(after)
        self.machine.cut()
        self.told.append(f"{what} cut after {after:.1f} s")

    def check(self) -> None:
        """Switch it on, and see that all is well."""
        began = time.monotonic()
        self.machine.switch_on()
        self.machine.wait_until_up()
        seen = self.look()
        self.told[-1] += (
            f": ready after {time.monotonic() - began:.0f} s on {seen['release']}, {seen['entries']} entries"
        )
        assert seen["status"]["state"] == "idle", self.told
        assert seen["status"]["release"]["id"] == seen["release"], self.told
        assert seen["release"] in {read_manifest(REPOSITORY / "models").release_id, SECOND_RELEASE_ID}, self.told
        assert seen["status"]["songs"]["missing"] == 0, self.told
        assert seen["status"]["history"] == {"trouble": "", "set_aside": ""}, self.told
        assert seen["status"]["memory"] == {"locked": True, "swapped_bytes": 0, "why_not": ""}, self.told
        assert seen["history"] == "ok", self.told
        assert seen["entries"] >= self.entries, self.told  # what was once on the disk stays there
        assert seen["settings"] == self.settings, self.told
        self.entries = seen["entries"]

    def look(self) -> dict[str, Any]:
        """Wait for the daemon, and look at everything that a cut could have torn."""
        return dict(json.loads(self.machine.succeed(PYTHON, f"{PARTS}/well.py", seconds=SLOW)))


def pull_the_plug(folder: Path, seed: int) -> list[str]:
    """Cut one machine's power ``CUTS_EACH`` times, and return what was seen."""
    kinds = ["boot", "activation", "history", "activation"]
    with Machine(kernel(), machine_image(), folder) as machine:
        plugged = PluggedMachine(machine, random.Random(seed))  # noqa: S311 - the same instants in every run
        plugged.prepare()
        for number in range(CUTS_EACH):
            plugged.cut_during(kinds[number % len(kinds)])
            plugged.check()
    return plugged.told


def test_the_box_is_sound_after_each_power_cut(tmp_path: Path) -> None:
    machine_image()
    with ThreadPoolExecutor(MACHINES) as pool:
        told = list(pool.map(lambda seed: pull_the_plug(tmp_path / str(seed), seed), range(MACHINES)))
    print("\n".join(line for lines in told for line in lines))
    assert sum(map(len, told)) == MACHINES * CUTS_EACH
