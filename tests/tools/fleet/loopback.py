"""Boxes on this machine: each a real sshd on a port of its own, with its own folders, settings and daemon.

Only systemctl is a double (``service.py``); ``mien`` is this checkout's, and sudo is one that writes down its use.
"""

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.waiting import PATIENCE_SECONDS, wait_until

REPOSITORY = Path(__file__).parents[3]
SERVICE = Path(__file__).with_name("service.py")

SSHD_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {key}
AuthorizedKeysFile {key}.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
MaxStartups 200
SetEnv PATH={path}
"""

SSH_CONFIG = """\
Host {name}
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {key}
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known_hosts
  StrictHostKeyChecking accept-new
"""


@dataclass
class LoopbackBox:
    """One box: its folder holds what a box has, and ``bin``, which is the path of its commands."""

    folder: Path
    key: Path
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    port: int = 0
    sshd: subprocess.Popen[bytes] | None = None
    greeting: str = ""
    """What the login's shell does before any command, as a ``~/.bashrc`` may."""

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    @property
    def music(self) -> Path:
        return self.folder / "music"

    @property
    def current(self) -> str:
        return (self.releases / "current").readlink().name

    @property
    def ssh_config(self) -> str:
        user = getpass.getuser()
        return SSH_CONFIG.format(name=self.name, port=self.port, user=user, key=self.key, folder=self.folder)

    @property
    def log(self) -> str:
        """What systemctl was asked to do."""
        path = self.folder / "systemctl.log"
        return path.read_text() if path.exists() else ""

    def build(self, clip: Path) -> None:
        """Make the folders, the settings and the commands."""
        for name in ("releases", "state", "music", "bin"):
            (self.folder / name).mkdir(parents=True)
        settings: dict[str, dict[str, Any]] = {
            "paths": {
                "release_folder": "releases/current",
                "music_folder": "music",
                "state_folder": "state",
                "control_socket": "control.sock",
            },
            "camera": {"driver": "recorded", "recording": str(clip)},
            "sound": {"output": "dummy", "chimes": False},
            "panel": {"driver": "simulated", "power_off": False},
        }
        for section, values in self.settings.items():
            settings.setdefault(section, {}).update(values)
        lines = [
            line
            for section, values in settings.items()
            for line in (f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()))
        ]
        (self.folder / "mien.toml").write_text("\n".join(lines))
        self.build_commands()

    def build_commands(self) -> None:
        """Make the box's mien and systemctl."""
        python = f"cd {REPOSITORY} && exec {sys.executable}"
        self.command("mien", f'{python} -m device "$@" --config {self.folder}/mien.toml')
        self.command("systemctl", f'exec {sys.executable} {SERVICE} {self.folder} "$@"')

    def command(self, name: str, script: str) -> None:
        """Put a command on the box's path."""
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def start(self) -> None:
        """Start sshd, and wait until it listens."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", self.port))
            self.port = probe.getsockname()[1]
        config = self.folder / "sshd_config"
        path = f"{self.folder}/bin:/usr/local/bin:/usr/bin:/bin"
        config.write_text(SSHD_CONFIG.format(port=self.port, key=self.key, path=path))
        if self.greeting:
            self.command("greet", f'{self.greeting}\nexec sh -c "$SSH_ORIGINAL_COMMAND"')
            with config.open("a") as file:
                file.write(f"ForceCommand {self.folder}/bin/greet\n")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd, as root, confines itself
        with (self.folder / "sshd.log").open("ab") as log:
            self.sshd = subprocess.Popen([sshd_program(), "-D", "-e", "-f", str(config)], stderr=log)
        wait_until(self._listens, "an sshd that listens", seen=(self.folder / "sshd.log").read_text)

    def stop(self) -> None:
        """Stop sshd and the daemon."""
        if self.sshd is not None:
            self.sshd.kill()
            self.sshd.wait()
        with suppress(OSError, ValueError):
            os.kill(int((self.folder / "service.pid").read_text()), signal.SIGTERM)

    def wait_until_dead(self) -> None:
        """Wait until an sshd that was killed is gone."""
        assert self.sshd is not None
        self.sshd.wait(PATIENCE_SECONDS)

    def mien(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one verb on the box."""
        return subprocess.run(
            [self.folder / "bin" / "mien", *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


def sshd_program() -> str:
    found = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found, "sshd is not installed: sudo apt install openssh-server"
    return found


def make_key(path: Path) -> Path:
    """Make a key that opens every box, and is every box's own."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path
