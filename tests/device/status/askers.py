"""Who asks at a control socket, well-behaved or not, and a daemon in a process of its own that only answers."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from device.status.control_server import ControlServer
from device.status.control_socket import Answer
from tests.waiting import PATIENCE_SECONDS, wait_until

REPOSITORY = Path(__file__).parents[3]

Serve = Callable[..., ControlServer]

ANSWER = """
import sys
from pathlib import Path
from device.status.control_server import ControlServer
server = ControlServer(Path(sys.argv[1]), lambda request: request)
server.start()
files = []
print("ready", flush=True)
for word in sys.stdin:
    if word == "fill\\n":
        try:
            while True:
                files.append(open("/dev/null"))
        except OSError as error:
            print(error.errno, flush=True)
    elif word == "empty\\n":
        for file in files:
            file.close()
        print("empty", flush=True)
server.close()
"""


def echo(request: Answer) -> Answer:
    if "refuse" in request:
        raise ValueError(request["refuse"])
    return {"asked": request}


def connected(path: Path) -> socket.socket:
    """Connect, however many stand in line."""

    def connect() -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(PATIENCE_SECONDS)
            connection.connect(str(path))
        except BlockingIOError:
            connection.close()
            return None
        return connection

    return wait_until(connect, "a place in the line")


def exchange(path: Path, sent: bytes) -> bytes:
    """Send raw bytes and return the whole answer."""
    with connected(path) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


@contextmanager
def crowd(path: Path, count: int, say: bytes = b"") -> Iterator[list[socket.socket]]:
    """Let so many connect and say something, if anything, and stay; whoever is shown out does not mind."""
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connections.append(stack.enter_context(connected(path)))
            with suppress(BrokenPipeError, ConnectionResetError):
                connections[-1].sendall(say)
        yield connections


def is_let_go(connection: socket.socket) -> bool:
    """Whether the other side has closed; what it has answered is read for that."""
    connection.settimeout(0)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return False
    except ConnectionResetError:
        pass
    return True


class AnsweringProcess:
    """A daemon that echoes, in a process of its own; a context manager that ends it."""

    def __init__(self, path: Path, *, most_files: int | None = None) -> None:
        limit = [] if most_files is None else ["prlimit", f"--nofile={most_files}"]
        command = [*limit, sys.executable, "-c", ANSWER, str(path)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY
        )
        assert self._output.readline() == "ready\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.send(signal.SIGCONT)
        self.process.kill()
        self.process.communicate()

    def tell(self, word: str) -> str:
        """Give it an order, and return its reply."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self._output.readline().strip()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> None:
        """Let it stand still until it is sent SIGCONT."""
        self.send(signal.SIGSTOP)
        facts = Path(f"/proc/{self.process.pid}/stat")
        wait_until(lambda: facts.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T", "its standstill")

    @property
    def _output(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout
