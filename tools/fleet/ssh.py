"""The system's own ssh and rsync, so that ~/.ssh/config, agents, hardware keys and known hosts count.

One connection a box: the first command makes it, and every other, rsync's too, goes through it.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import gevent
from gevent.os import nb_read, nb_write

from device.files.sizes import size_text

SSH_FAILED = 255
"""What ssh ends with if it could not reach the box, or lost it."""

_CHUNK_BYTES = 65536
_CLOSING_SECONDS = 10.0
_KEPT_SECONDS = 60  # a connection that nobody closed goes by itself
_ALIVE = ("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3")  # a box that died is noticed in 15 s

Ended = subprocess.CompletedProcess[bytes]
Hear = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a box is trusted to come to an end; None is no limit."""

    seconds: float | None = None
    most_bytes: int | None = None
    """Of what is said on standard output, and on standard error."""


NO_LIMITS = Limits()


class TooMuchSaidError(Exception):
    """A box says more than it may; what it said is let go."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(f"more than {size_text(most_bytes)} were said")


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

    def typed(self, program: str) -> str:
        """Return the command line as a person would type it.

        :param program: ``ssh`` or ``ssh-copy-id``, which take these options alike.
        """
        flags = {"-F": self.config_file, "-p": self.port, "-i": self.key}
        given = [word for flag, value in flags.items() if value for word in (flag, str(value))]
        return shlex.join([program, *given, f"{self.user}@{self.host}" if self.user else self.host])


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

    def run(self, line: str, *, given: bytes = b"", limits: Limits = NO_LIMITS) -> Ended:
        """Run a shell's line on the box and return how it ended; :data:`SSH_FAILED` tells of the connection.

        :param given: its standard input.
        :raises subprocess.TimeoutExpired: if it takes longer than allowed; it is ended then.
        :raises TooMuchSaidError: if it prints more than allowed; it is ended then.
        """
        return self._converse([*self._ssh, "--", self._address.host, line], given, limits)

    def send(  # noqa: PLR0913 - what rsync takes, and how far it is trusted
        self,
        source: str,
        target: str,
        flags: Sequence[str],
        *,
        given: bytes = b"",
        before: Sequence[str] = (),
        limits: Limits = NO_LIMITS,
        hear: Hear | None = None,
    ) -> Ended:
        """Run rsync from here to the box, and return how it ended.

        :param given: its standard input, for ``--files-from=-``.
        :param before: words before the rsync of the box, ``sudo`` say.
        :param limits: as for :meth:`run`, like what is raised.
        :param hear: takes what it prints as it comes, which then is neither limited nor kept.
        """
        host = f"[{self._address.host}]" if ":" in self._address.host else self._address.host
        remote = (f"--rsync-path={shlex.join([*before, 'rsync'])}", f"--rsh={shlex.join(self._ssh)}")
        words = ["rsync", *flags, *remote, "--", source, f"{host}:{target}"]
        return self._converse(words, given, limits, hear)

    def close(self) -> None:
        """Let it go."""
        self._drop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _drop(self) -> None:
        """End the shared connection; another command would make it anew."""
        words, nowhere = [*self._ssh, "-O", "exit", "--", self._address.host], subprocess.DEVNULL
        with suppress(subprocess.TimeoutExpired, OSError, ValueError):  # ending what is not open is fine
            subprocess.run(  # noqa: S603 - no shell here
                words, stdin=nowhere, stdout=nowhere, stderr=nowhere, timeout=_CLOSING_SECONDS, check=False
            )

    def _converse(self, words: list[str], given: bytes, limits: Limits, hear: Hear | None = None) -> Ended:
        """Run a program that speaks with the box; one that says too much or takes too long is ended."""
        pipe = subprocess.PIPE
        process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603 - no shell here
        try:
            return _Conversation(process, given, limits, hear).end()
        except BaseException:
            self._drop()  # or else the shared connection, which has the pipes as well, would wait for the command
            process.kill()
            process.wait()
            raise


class _Conversation:
    """Feeds a process and hears it out, at once, since it may say something before it has read everything.

    It works on the bare pipes, so that it waits as gevent does whether or not pyinfra has patched the library by now.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], given: bytes, limits: Limits, hear: Hear | None = None
    ) -> None:
        self._process, self._limits = process, limits
        self._deadline = None if limits.seconds is None else time.monotonic() + limits.seconds
        self._pipes = [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe]
        for pipe in self._pipes:
            os.set_blocking(pipe.fileno(), False)
        feed, *outputs = self._pipes
        self._writer = gevent.spawn(_write, feed, given)
        self._readers = [
            gevent.spawn(_read, output, limits.most_bytes, hear if output is process.stdout else None)
            for output in outputs
        ]

    def end(self) -> Ended:
        """Wait for the end.

        :raises subprocess.TimeoutExpired: if it does not come in time.
        :raises TooMuchSaidError: as soon as too much was said.
        """
        try:
            for reader in gevent.iwait(self._readers, timeout=self._left()):
                if reader.value is None:
                    raise TooMuchSaidError(self._limits.most_bytes or 0)
            if not all(reader.ready() for reader in self._readers):
                raise subprocess.TimeoutExpired(self._process.args, self._limits.seconds or 0)
            code = self._process.wait(self._left())
        finally:
            gevent.killall([self._writer, *self._readers])
            for pipe in self._pipes:
                with suppress(OSError):  # what it did not read
                    pipe.close()
        said, complained = (reader.value for reader in self._readers)
        return Ended(self._process.args, code, said, complained)

    def _left(self) -> float | None:
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())


def _read(pipe: IO[bytes], most_bytes: int | None, hear: Hear | None = None) -> bytes | None:
    """Return all that comes, None if it is too much; what somebody else hears is not kept."""
    chunks, size = [], 0
    while chunk := nb_read(pipe.fileno(), _CHUNK_BYTES):
        if hear is not None:
            hear(chunk)
            continue
        chunks.append(chunk)
        size += len(chunk)
        if most_bytes is not None and size > most_bytes:
            return None
    return b"".join(chunks)


def _write(pipe: IO[bytes], given: bytes) -> None:
    left = memoryview(given)
    with suppress(OSError), pipe:  # it may end without having read everything
        while left:
            left = left[nb_write(pipe.fileno(), left[:_CHUNK_BYTES]) :]


def last_line(said: bytes | str) -> str:
    """Return the last line that says something."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _option(name: str, value: object) -> tuple[str, str]:
    return ("-o", f"{name}={value}")
