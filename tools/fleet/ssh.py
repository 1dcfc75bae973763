"""The system's own ssh and rsync, so that ~/.ssh/config, agents, hardware keys and known hosts count.

One connection a box: the first command makes it, and every other, rsync's too, goes through it.
"""

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SSH_FAILED = 255
"""What ssh ends with if it could not reach the box, or lost it."""

_KEPT_SECONDS = 60  # a connection that nobody closed goes by itself
_ALIVE = ("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3")  # a box that died is noticed in 15 s

Ended = subprocess.CompletedProcess[bytes]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a box is; what is empty or 0 here is left to the ssh configuration."""

    host: str
    port: int = 0
    user: str = ""
    key: str = ""
    config_file: str = ""
    known_hosts_file: str = ""
    host_key_checking: str = ""
    connect_seconds: int = 10
    may_ask: bool = False
    """Whether ssh may ask the person at the terminal for a password."""

    def words(self) -> list[str]:
        """Return the ssh command that reaches it, without its name."""
        flags = {"-F": self.config_file, "-p": self.port, "-l": self.user, "-i": self.key}
        options = {
            "UserKnownHostsFile": self.known_hosts_file,
            "StrictHostKeyChecking": self.host_key_checking,
            "ConnectTimeout": self.connect_seconds,
            "BatchMode": "no" if self.may_ask else "yes",
        }
        given = [word for flag, value in flags.items() if value for word in (flag, str(value))]
        return ["ssh", *given, *(word for name, value in options.items() if value for word in _option(name, value))]


class Connection:
    """An open connection to a box."""

    def __init__(self, address: Address) -> None:
        """Prepare one; the first command opens it."""
        self._address = address
        self._folder = Path(tempfile.mkdtemp(prefix="mien-ssh-"))
        shared = {"ControlMaster": "auto", "ControlPath": self._folder / "%C", "ControlPersist": _KEPT_SECONDS}
        self._ssh = [
            *address.words(),
            *(word for name, value in shared.items() for word in _option(name, value)),
            *_ALIVE,
        ]

    def run(self, line: str, *, given: bytes = b"", seconds: float | None = None) -> Ended:
        """Run a shell's line on the box and return how it ended; :data:`SSH_FAILED` tells of the connection.

        :param given: its standard input.
        :raises subprocess.TimeoutExpired: if it takes longer than ``seconds``; the connection is closed then.
        """
        words = [*self._ssh, "--", self._address.host, line]
        pipe = subprocess.PIPE
        process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603 - no shell here
        try:
            said, complained = process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            self.close()  # or else the shared connection, which has the pipes as well, would wait for the command
            process.kill()
            raise
        return Ended(words, process.returncode, said, complained)

    def send(
        self, source: str, target: str, flags: Sequence[str], *, given: bytes = b"", before: Sequence[str] = ()
    ) -> Ended:
        """Run rsync from here to the box, and return how it ended.

        :param given: its standard input, for ``--files-from=-``.
        :param before: words before the rsync of the box, ``sudo`` say.
        """
        host = f"[{self._address.host}]" if ":" in self._address.host else self._address.host
        remote = (f"--rsync-path={shlex.join([*before, 'rsync'])}", f"--rsh={shlex.join(self._ssh)}")
        words = ["rsync", *flags, *remote, "--", source, f"{host}:{target}"]
        return subprocess.run(words, input=given, capture_output=True, check=False)  # noqa: S603

    def close(self) -> None:
        """Let it go."""
        words = [*self._ssh, "-O", "exit", "--", self._address.host]
        subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - closing what is not open is fine
        shutil.rmtree(self._folder, ignore_errors=True)


def last_line(said: bytes | str) -> str:
    """Return the last line that says something."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _option(name: str, value: object) -> tuple[str, str]:
    return ("-o", f"{name}={value}")
