"""The status socket, over real Unix sockets: questions, refusals, dead predecessors and rude clients."""

import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from device.errors import ControlError
from device.status import control_socket
from device.status.control_server import ControlServer
from device.status.control_socket import Answer, ControlClient, ask
from tests.waiting import PATIENCE_SECONDS, wait_until

Serve = Callable[..., ControlServer]


@pytest.fixture
def path() -> Iterator[Path]:
    """Name a socket that is short enough for the kernel, wherever pytest keeps its folders."""
    with tempfile.TemporaryDirectory(prefix="mien") as folder:
        yield Path(folder) / "run" / "control.sock"


def echo(request: Answer) -> Answer:
    if "refuse" in request:
        raise ValueError(request["refuse"])
    return {"asked": request}


@pytest.fixture
def serve(path: Path) -> Iterator[Serve]:
    """Start servers on the socket, and close them."""
    with ExitStack() as stack:

        def start(service: Callable[[Answer], Answer] = echo) -> ControlServer:
            server = ControlServer(path, service)
            stack.callback(server.close)
            server.start()
            return server

        yield start


def exchange(path: Path, sent: bytes) -> bytes:
    """Send raw bytes and return the whole answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(path))
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_a_request_gets_its_answer(path: Path, serve: Serve) -> None:
    serve()

    assert ask(path, {"command": "status", "title": "Für Elise\n"}) == {
        "asked": {"command": "status", "title": "Für Elise\n"}
    }


def test_an_answer_may_be_long(path: Path, serve: Serve) -> None:
    serve(lambda _: {"songs": ["a" * 100] * 10_000})

    assert len(ask(path, {})["songs"]) == 10_000


def test_one_connection_serves_many_requests(path: Path, serve: Serve) -> None:
    serve()

    with ControlClient(path) as client:
        for number in range(3):
            assert client.ask({"number": number}) == {"asked": {"number": number}}
        with pytest.raises(ControlError, match="no such thing"):
            client.ask({"refuse": "no such thing"})
        assert client.ask({"still": "there"}) == {"asked": {"still": "there"}}


def test_an_open_connection_is_told_when_the_daemon_has_ended(path: Path, serve: Serve) -> None:
    server = serve(lambda _: {"end": True})
    with ControlClient(path) as client:
        assert client.ask({}) == {"end": True}
        server.close()
        with pytest.raises(ControlError, match="no mien daemon answers"):
            client.ask({})


def test_a_server_that_nobody_asks_does_not_wake(serve: Serve) -> None:
    serve()
    [thread] = [thread for thread in threading.enumerate() if thread.name == "control"]
    facts = Path(f"/proc/self/task/{thread.native_id}/status")

    def times_woken() -> int | None:
        """How often it was woken so far; None while it is awake."""
        lines = dict(line.split(":", 1) for line in facts.read_text(encoding="ascii").splitlines())
        return int(lines["voluntary_ctxt_switches"]) if lines["State"].strip().startswith("S") else None

    def is_settled() -> bool:
        before = times_woken()
        time.sleep(0.05)  # a thread that only waits for its turn, or for Python's lock, moves on meanwhile
        return before is not None and times_woken() == before

    wait_until(is_settled, "a server that waits for somebody")
    before = times_woken()
    time.sleep(0.4)
    assert times_woken() == before


def test_threads_and_files_are_given_back(path: Path, serve: Serve) -> None:
    def nobody_answers() -> bool:
        return all(thread.name != "control answer" for thread in threading.enumerate())

    serve()
    ask(path, {})
    wait_until(nobody_answers, "the end of the first answer")
    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        ask(path, {})
    wait_until(nobody_answers, "the end of every answer", seen=threading.enumerate)
    assert threading.active_count() <= threads
    assert len(list(Path("/proc/self/fd").iterdir())) <= files


def test_answers_are_given_side_by_side(path: Path, serve: Serve) -> None:
    together = threading.Barrier(3, timeout=PATIENCE_SECONDS)

    def wait_for_the_others(request: Answer) -> Answer:
        together.wait()
        return request

    serve(wait_for_the_others)
    answers: list[Answer] = []
    askers = [threading.Thread(target=lambda i=i: answers.append(ask(path, {"i": i}))) for i in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(answer["i"] for answer in answers) == [0, 1, 2]


def test_a_refusal_reaches_the_asker_as_an_error(path: Path, serve: Serve) -> None:
    serve()

    with pytest.raises(ControlError, match="unknown request"):
        ask(path, {"refuse": "unknown request"})


@pytest.mark.parametrize(
    "sent", [b"\n", b"status\n", b"[1]\n", b"3\n", b"{\n", b"\xff\n", b'{"a": ' + b"9" * 5000 + b"}\n"]
)
def test_what_is_no_request_is_answered_with_an_error(path: Path, serve: Serve, sent: bytes) -> None:
    serve()

    assert "error" in json.loads(exchange(path, sent))
    assert ask(path, {"still": "there"})


def leave_at_once(connection: socket.socket) -> None:
    connection.close()


def leave_after_asking(connection: socket.socket) -> None:
    connection.sendall(b'{"a": 1}\n')
    connection.close()


def nest_too_deeply(connection: socket.socket) -> None:
    connection.sendall(b"[" * 4095 + b"\n")


def say_half(connection: socket.socket) -> None:
    connection.sendall(b'{"a"')


@pytest.mark.parametrize("behave", [leave_at_once, leave_after_asking, nest_too_deeply, say_half])
def test_a_client_that_misbehaves_does_not_stop_the_server(
    path: Path, serve: Serve, behave: Callable[[socket.socket], None]
) -> None:
    serve(lambda request: request | {"much": "a" * 1_000_000})

    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        behave(connection)
        for i in range(3):
            assert ask(path, {"i": i})["i"] == i


def test_a_client_that_says_nothing_is_let_go(path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_socket, "_TIMEOUT_SECONDS", 0.05)
    serve()

    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(path))
        assert connection.recv(10) == b""


def test_a_service_that_breaks_does_not_stop_the_server(path: Path, serve: Serve) -> None:
    def break_sometimes(request: Answer) -> Answer:
        return {"half": 1 / request["by"]}

    serve(break_sometimes)

    with pytest.raises(ControlError, match="could not answer \\(ZeroDivisionError\\)"):
        ask(path, {"by": 0})
    assert ask(path, {"by": 2}) == {"half": 0.5}


def test_only_user_and_group_may_speak_to_the_socket(path: Path, serve: Serve) -> None:
    serve()

    assert path.is_socket()
    assert path.stat().st_mode & 0o777 == 0o660


def test_closing_removes_the_socket(path: Path, serve: Serve) -> None:
    serve().close()

    assert not path.exists()
    with pytest.raises(ControlError, match="no mien daemon answers"):
        ask(path, {})


def test_a_server_that_never_started_closes_too(path: Path) -> None:
    ControlServer(path, echo).close()

    assert not path.exists()


def test_nobody_there_is_told_with_what_to_do(path: Path) -> None:
    with pytest.raises(ControlError) as caught:
        ask(path, {"command": "status"})
    assert str(path) in caught.value.what
    assert "systemctl start mien" in caught.value.mend


def test_the_socket_of_a_daemon_that_died_is_taken_over(path: Path, serve: Serve) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    assert path.is_socket()

    serve()
    assert ask(path, {"a": 1}) == {"asked": {"a": 1}}


def test_a_second_daemon_is_refused_and_the_first_goes_on(path: Path, serve: Serve) -> None:
    serve()

    with pytest.raises(ControlError, match="another mien daemon is running"):
        ControlServer(path, echo)
    assert ask(path, {"a": 1}) == {"asked": {"a": 1}}


def test_a_file_that_is_no_socket_is_never_removed(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("somebody's letters", encoding="utf-8")

    with pytest.raises(ControlError, match="cannot be made"):
        ControlServer(path, echo)
    assert path.read_text(encoding="utf-8") == "somebody's letters"


@pytest.mark.parametrize("name", ["a" * 120, "a file/control.sock"])
def test_a_place_where_no_socket_can_be_is_told(path: Path, name: str) -> None:
    path.parent.mkdir()
    (path.parent / "a file").touch()

    with pytest.raises(ControlError, match="the control socket cannot be made"):
        ControlServer(path.parent / name, echo)
