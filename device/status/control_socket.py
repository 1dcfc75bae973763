"""The status socket: a line of JSON asks, a line answers, over a Unix socket that only this machine sees.

By hand, rather than D-Bus or varlink: with socat alone a person can ask, and read the answer.
"""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Self

from device.errors import ControlError

_log = logging.getLogger(__name__)

Answer = dict[str, Any]
Status = dict[str, Any]
Service = Callable[[Answer], Answer]

_TIMEOUT_SECONDS = 10.0  # a busy Pi may take its time, a dead daemon refuses at once
_LONGEST_REQUEST_BYTES = 4096
_WAITING_CONNECTIONS = 16
_RETRY_SECONDS = 0.5

SCHEMA_VERSION = 1
"""Rises whenever a key goes or changes its meaning; new keys may come without."""


class ControlServer:
    """Answers requests on a socket file, each connection in a thread of its own; without one it does not wake."""

    def __init__(self, path: Path, service: Service) -> None:
        """Take over ``path``; a socket file left by a daemon that died is removed.

        :param service: turns a request into its answer; a ValueError becomes an error for the asker.
        :raises ControlError: if another daemon answers there, or the folder cannot be written.
        """
        if _answers(path):
            what = f"{path}: another mien daemon is running"
            raise ControlError(what, mend="stop it first: systemctl stop mien, or end its process")
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_socket():  # anything else is somebody's file, on which binding fails
                path.unlink()
            self._socket.bind(str(path))
            path.chmod(0o660)
            self._socket.listen(_WAITING_CONNECTIONS)
        except OSError as error:
            self._socket.close()
            what = f"{path}: the control socket cannot be made ({error.strerror or error})"
            raise ControlError(what, mend="name a short path in a writable folder as [paths] control_socket") from error
        self._service = service
        self._path = path
        self._closing = False
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name="control", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """End every connection and remove the socket file."""
        with self._lock:
            self._closing = True
            for connection in self._connections:
                with suppress(OSError):  # it broke meanwhile
                    connection.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._socket.shutdown(socket.SHUT_RDWR)  # which wakes accept
            self._thread.join()
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError as error:
                if self._closing:
                    return
                _log.warning("a control connection was not taken (%s)", error)
                time.sleep(_RETRY_SECONDS)  # most likely too many files are open
                continue
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._converse, args=(connection,), name="control answer", daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        """Answer one request after the other until the asker leaves or says nothing for a while."""
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            with connection.makefile("rb") as lines:
                while line := lines.readline(_LONGEST_REQUEST_BYTES):
                    connection.sendall(json.dumps(self._answer(line)).encode() + b"\n")
                    if not line.endswith(b"\n"):  # longer than any request is
                        return
        except OSError:  # the asker went away, or waits for nothing
            _log.debug("a control connection broke", exc_info=True)
        finally:
            with self._lock:
                self._connections.discard(connection)
                connection.close()

    def _answer(self, line: bytes) -> Answer:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                msg = "a request is a JSON object"
                raise ValueError(msg)  # noqa: TRY004, TRY301 - answered like every other unusable request
            return self._service(request)
        except (ValueError, RecursionError) as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - whatever breaks, the asker hears of it
            _log.exception("a request could not be answered")
            return {"error": f"the daemon could not answer ({type(error).__name__}): its log tells why"}


class ControlClient:
    """One connection to the daemon, for as many requests as one likes."""

    def __init__(self, path: Path) -> None:
        """Connect.

        :raises ControlError: if no daemon answers.
        """
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_TIMEOUT_SECONDS)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise _nobody(path, error) from error
        self._lines: BinaryIO = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave."""
        self._lines.close()
        self._socket.close()

    def ask(self, request: Answer) -> Answer:
        """Send one request and return its answer.

        :raises ControlError: if the daemon ended, or refuses the request.
        """
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            answer: Answer = json.loads(self._lines.readline())
        except (OSError, ValueError) as error:
            raise _nobody(self._path, error) from error
        if "error" in answer:
            raise ControlError(str(answer["error"]), mend="see mien --help")
        return answer


def ask(path: Path, request: Answer) -> Answer:
    """Send one request to the daemon and return its answer.

    :raises ControlError: if no daemon answers, or it refuses the request.
    """
    with ControlClient(path) as client:
        return client.ask(request)


def _nobody(path: Path, error: Exception) -> ControlError:
    what = f"{path}: no mien daemon answers ({error})"
    return ControlError(what, mend="start it: systemctl start mien, or mien run; use the same --config for both")


def _answers(path: Path) -> bool:
    try:
        with ControlClient(path):
            return True
    except ControlError:
        return False
