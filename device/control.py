"""The status socket: one line of JSON asks, one line answers, over a Unix socket that only this machine sees."""

import json
import logging
import socket
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from device.errors import ControlError

_log = logging.getLogger(__name__)

Answer = dict[str, Any]
Service = Callable[[Answer], Answer]

_TIMEOUT_SECONDS = 10.0  # a busy Pi may take its time, a dead daemon refuses at once
_LONGEST_REQUEST_BYTES = 4096


class ControlServer:
    """Answers requests on a socket file, each in its own short-lived thread."""

    def __init__(self, path: Path, service: Service) -> None:
        """Take over ``path``; a socket file left by a daemon that died is removed.

        :param service: turns a request into its answer; a ValueError becomes an error for the asker.
        :raises ControlError: if another daemon answers there, or the folder cannot be written.
        """
        if _answers(path):
            what = f"{path}: another mien daemon is running"
            raise ControlError(what, mend="stop it first: systemctl stop mien, or end its process")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_socket():  # anything else is somebody's file, on which binding fails
                path.unlink()
            self._server = _Server(str(path), _Connection)
            path.chmod(0o660)
        except OSError as error:
            what = f"{path}: the control socket cannot be made ({error.strerror or error})"
            raise ControlError(what, mend="name a short path in a writable folder as [paths] control_socket") from error
        self._server.service = service
        self._path = path
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="control", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering and remove the socket file."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


def ask(path: Path, request: Answer) -> Answer:
    """Send one request to the daemon and return its answer.

    :raises ControlError: if no daemon answers, or it refuses the request.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_TIMEOUT_SECONDS)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer: Answer = json.loads(lines.readline())
    except (OSError, ValueError) as error:
        what = f"{path}: no mien daemon answers ({error})"
        mend = "start it: systemctl start mien, or mien run; use the same --config for both"
        raise ControlError(what, mend=mend) from error
    if "error" in answer:
        raise ControlError(str(answer["error"]), mend="see mien --help")
    return answer


class _Connection(socketserver.StreamRequestHandler):
    timeout = _TIMEOUT_SECONDS

    def handle(self) -> None:
        try:
            request = json.loads(self.rfile.readline(_LONGEST_REQUEST_BYTES))
            if not isinstance(request, dict):
                msg = "a request is a JSON object"
                raise ValueError(msg)  # noqa: TRY004, TRY301 - answered like every other unusable request
            answer = self.server.service(request)  # type: ignore[attr-defined]
        except ValueError as error:
            answer = {"error": str(error)}
        except OSError:  # the asker went away
            return
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    service: Service

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - socketserver's signature
        _log.debug("a control connection broke", exc_info=True)


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_TIMEOUT_SECONDS)
            connection.connect(str(path))
    except OSError:
        return False
    return True
