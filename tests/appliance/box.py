"""A mien box in a container: what is put on a Debian machine before the installer, and what to ask it afterwards."""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from container import Container
from store import store_folder

OWNER = "pi"
FRESH = ("ca-certificates", "dbus", "iproute2", "openssh-server", "procps", "python3", "sudo", "systemd-sysv", "udev")
"""What a fresh Raspberry Pi OS has, of what matters here; the rest is the installer's affair."""

CHECKOUT = "/srv/mien"
WHEELS = "/media/wheels"
INSTALL = f"cd {CHECKOUT} && sudo ./deploy/install.sh --wheels {WHEELS}"

FACE = Path("srv/face.mp4")
LED = Path("var/lib/mien/state/led")
HEARD = Path("var/lib/mien/state/heard.wav")
SETTINGS = Path("etc/mien/mien.toml")
WORDS_OF_SETTINGS = f"""# The owner's own words stay as well.
[camera]
driver = "recorded"
recording = "/{FACE}"
paced = false

[programme]
after_song = "stop"

[sound]
output = "file"
recording = "/{HEARD}"

[panel]
driver = "file"
line = "/{LED}"
"""


@dataclass
class Box(Container):
    """A container with mien installed, or about to be."""

    def mien(self, *arguments: str) -> str:
        """Run a verb as the owner, over a login of their own, and return what it prints."""
        return self.succeed(["mien", *arguments], user=OWNER)

    def status(self) -> dict[str, Any]:
        """Return ``mien status --json``; empty while there is no daemon."""
        finished = self.run(["mien", "status", "--json"], user=OWNER)
        return json.loads(finished.stdout) if finished.returncode == 0 else {}

    def wait_for(self, state: str) -> dict[str, Any]:
        """Wait for a state ("idle", "playing" …), and return the status then."""

        def arrived() -> dict[str, Any]:
            status = self.status()
            return status if status.get("state") == state else {}

        return self.wait_until(arrived, f"the state {state}")

    def show(self, name: str, unit: str = "mien") -> str:
        """Return a property of a unit, ``ActiveState`` say."""
        return self.run(["systemctl", "show", "--value", f"--property={name}", unit]).stdout.strip()

    def wait_until_it_is(self, active_state: str, unit: str = "mien") -> None:
        """Wait until systemd says that a unit is "active", "failed" …"""
        self.wait_until(lambda: self.show("ActiveState", unit) == active_state, f"{unit} {active_state}")

    @property
    def light(self) -> str:
        """What the LED shows."""
        return (self.root / LED).read_text().strip()

    def main_process(self) -> int:
        """Return the daemon's process, as the box numbers it."""
        return int(self.show("MainPID"))

    def write(self, path: Path, words: str) -> None:
        """Write a file of it, for root."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(words)


@dataclass(frozen=True)
class Installation:
    """What the installer did on a fresh machine: the layer that it left, its words, its time."""

    layer: Path
    words: str
    seconds: float


def fresh_box(root: Path, folder: Path, wheels: Path, checkout: Path, *, name: str = "fresh") -> Box:
    """Return a machine, not yet booted, on which the installer can run: online, with the packages fetched before."""
    packages = store_folder() / "packages"
    (packages / "partial").mkdir(parents=True, exist_ok=True)
    return Box(
        name=name,
        layers=[root],
        folder=folder,
        online=True,
        binds={CHECKOUT: checkout, WHEELS: wheels},
        shared={"/var/cache/apt/archives": packages},
    )


def furnish(box: Box, face: Path) -> None:
    """Give a fresh machine its owner, the settings of a box without parts, and a recording of a face."""
    box.succeed(["useradd", "--create-home", "--shell=/bin/bash", OWNER])
    box.write(Path("etc/sudoers.d/010_pi-nopasswd"), f"{OWNER} ALL=(ALL) NOPASSWD: ALL\n")
    box.write(SETTINGS, WORDS_OF_SETTINGS)
    shutil.copy(face, box.root / FACE)


def install(box: Box, *options: str) -> tuple[str, float]:
    """Run the installer as the owner would, and return its words and the seconds it took."""
    began = time.monotonic()
    words = box.succeed(["sh", "-c", " ".join([INSTALL, *options])], user=OWNER, seconds=1500)
    return words, time.monotonic() - began
