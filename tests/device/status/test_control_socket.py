"""The status socket, over real Unix sockets: questions, refusals, dead predecessors and rude clients."""

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from device.errors import ControlError
from device.status import control_server
from device.status.control_socket import Answer, ControlClient, ask
from tests.device.status.askers import Serve, exchange
from tests.waiting import PATIENCE_SECONDS, wait_until


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


def test_files_are_given_back(path: Path, serve: Serve) -> None:
    serve()
    ask(path, {})
    files = len(list(Path("/proc/self/fd").iterdir()))  # a connection that ended just now may be among them
    for _ in range(50):
        ask(path, {})
    wait_until(lambda: len(list(Path("/proc/self/fd").iterdir())) <= files, "the end of every connection")


def test_whoever_asks_no_thread_is_begun_and_the_service_is_never_called_twice_at_once(
    path: Path, serve: Serve
) -> None:
    at_work, threads = threading.Lock(), set()

    def work(request: Answer) -> Answer:
        assert at_work.acquire(blocking=False)
        threads.add(threading.current_thread())
        time.sleep(0.001)  # long enough for others to come
        at_work.release()
        return request

    serve(work)
    answers: list[Answer] = []
    askers = [threading.Thread(target=lambda i=i: answers.append(ask(path, {"i": i}))) for i in range(12)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(answer["i"] for answer in answers) == list(range(12))
    assert [thread.name for thread in threads] == ["control"]


def test_a_refusal_reaches_the_asker_as_an_error(path: Path, serve: Serve) -> None:
    serve()

    with pytest.raises(ControlError, match="unknown request") as refused:
        ask(path, {"refuse": "unknown request"})
    assert "restart mien" in refused.value.mend  # this command knows what it asks, so that the daemon is older


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
    monkeypatch.setattr(control_server, "_PATIENCE_SECONDS", 0.05)
    serve()

    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(path))
        assert connection.recv(10) == b""


def test_a_service_that_breaks_does_not_stop_the_server(path: Path, serve: Serve) -> None:
    def break_sometimes(request: Answer) -> Answer:
        return {"half": 1 / request["by"]}

    serve(break_sometimes)

    with pytest.raises(ControlError, match="could not answer \\(ZeroDivisionError\\)") as caught:
        ask(path, {"by": 0})
    assert "journalctl -u mien" in caught.value.mend
    assert ask(path, {"by": 2}) == {"half": 0.5}


def test_nobody_there_is_told_with_what_to_do(path: Path) -> None:
    with pytest.raises(ControlError) as caught:
        ask(path, {"command": "status"})
    assert str(path) in caught.value.what
    assert "systemctl start mien" in caught.value.mend
