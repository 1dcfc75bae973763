"""Commands in the machine, by QEMU's own guest agent over a serial line."""

import base64
import itertools
import json
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = (0.05, 0.1, 0.2)  # the last one for ever: the machine has better things to do than to answer
_READ_BYTES = 1 << 20
_DELIMITER = b"\xff"


class GuestAgentError(Exception):
    """The agent does not answer, or refuses."""


class GuestAgent:
    """A connection to the agent (https://qemu.org/docs/master/interop/qemu-ga-ref.html); one caller at a time."""

    def __init__(self, path: Path) -> None:
        """Connect to the socket of the serial line.

        :raises GuestAgentError: if the agent does not answer, so far.
        """
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_CONNECT_SECONDS)
        try:
            self._socket.connect(str(path))
            self._lines = self._socket.makefile("rb")
            self._synchronise()
        except BaseException:
            self._socket.close()
            raise
        self._socket.settimeout(_ANSWER_SECONDS)

    def run(self, command: Sequence[str], *, seconds: float) -> subprocess.CompletedProcess[str]:
        """Run a command as root and wait for its end; standard error is joined to its output.

        :raises GuestAgentError: if it takes longer than ``seconds``, or the machine goes off meanwhile.
        """
        script = ["-c", 'exec "$@" 2>&1', "sh", *command]
        started = self._ask("guest-exec", {"path": "/bin/sh", "arg": script, "capture-output": True})
        deadline = time.monotonic() + seconds
        for pause in itertools.chain(_LOOK_AGAIN_SECONDS, itertools.repeat(_LOOK_AGAIN_SECONDS[-1])):
            time.sleep(pause)
            status = self._ask("guest-exec-status", {"pid": started["pid"]})
            if status["exited"]:
                output = base64.b64decode(status.get("out-data", "")).decode(errors="replace")
                code = status.get("exitcode", -status.get("signal", 0))
                return subprocess.CompletedProcess(list(command), code, output)
            if time.monotonic() > deadline:
                break
        msg = f"{' '.join(command)} takes longer than {seconds:g} s"
        raise GuestAgentError(msg)

    def read(self, path: str) -> bytes:
        """Return a file's content.

        :raises GuestAgentError: if there is none.
        """
        handle = self._ask("guest-file-open", {"path": path, "mode": "r"})
        parts = []
        while True:
            answer = self._ask("guest-file-read", {"handle": handle, "count": _READ_BYTES})
            parts.append(base64.b64decode(answer["buf-b64"]))
            if answer["eof"]:
                break
        self._ask("guest-file-close", {"handle": handle})
        return b"".join(parts)

    def close(self) -> None:
        """Let go of the line."""
        self._lines.close()
        self._socket.close()

    def _synchronise(self) -> None:
        """Skip what an earlier caller left unread: the agent answers the token after a byte that JSON never has."""
        token = time.monotonic_ns() & 0x7FFFFFFF
        self._send({"execute": "guest-sync-delimited", "arguments": {"id": token}}, before=_DELIMITER)
        deadline = time.monotonic() + _CONNECT_SECONDS
        while time.monotonic() < deadline:
            line = self._read_line()
            if json.loads(line.rpartition(_DELIMITER)[2] or "{}").get("return") == token:
                return
        msg = "the guest agent answers somebody else"
        raise GuestAgentError(msg)

    def _ask(self, command: str, arguments: dict[str, Any]) -> Any:
        self._send({"execute": command, "arguments": arguments})
        answer = json.loads(self._read_line())
        if "error" in answer:
            raise GuestAgentError(answer["error"]["desc"])
        return answer["return"]

    def _send(self, message: dict[str, Any], before: bytes = b"") -> None:
        self._socket.sendall(before + json.dumps(message).encode() + b"\n")

    def _read_line(self) -> bytes:
        try:
            line = self._lines.readline()
        except TimeoutError as error:
            msg = "the guest agent is silent"
            raise GuestAgentError(msg) from error
        if not line:
            msg = "the machine went off"
            raise GuestAgentError(msg)
        return line
