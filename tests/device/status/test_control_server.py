"""The daemon's side of the status socket among people who do whatever they can: it answers, and all is bounded."""

import errno
import json
import logging
import os
import random
import resource
import socket
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from device.errors import ControlError
from device.status import control_server
from device.status.control_server import LONGEST_REQUEST_BYTES, MOST_CONVERSATIONS, ControlServer
from device.status.control_socket import LONGEST_ANSWER_BYTES, Answer, ControlClient, ask
from tests.device.status.askers import AnsweringProcess, Serve, connected, crowd, exchange, is_let_go
from tests.waiting import LASTING_SECONDS, PATIENCE_SECONDS, wait_until


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server wait for nothing that takes longer than a moment."""
    monkeypatch.setattr(control_server, "_PATIENCE_SECONDS", 0.2)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.mark.parametrize("say", [b"", b"{", b'{"a": 1}\n'], ids=["idle", "half a request", "never reads"])
def test_a_crowd_holds_nobody_up_and_has_no_threads(path: Path, serve: Serve, say: bytes) -> None:
    serve(lambda request: request | {"much": "a" * 500_000})
    threads = threading.active_count()

    with crowd(path, 150, say) as connections:
        for i in range(20):
            assert ask(path, {"i": i})["i"] == i
        held = [connection for connection in connections if not is_let_go(connection)]
        assert len(held) <= MOST_CONVERSATIONS
        assert threading.active_count() <= threads
    assert ask(path, {"i": 1})["i"] == 1


def test_a_flood_that_does_not_end_holds_nobody_up(path: Path, serve: Serve) -> None:
    serve()
    enough = threading.Event()

    def flood() -> None:
        while not enough.is_set():
            with crowd(path, 30, b"["):
                pass

    floods = [threading.Thread(target=flood) for _ in range(3)]
    for each in floods:
        each.start()
    try:
        with ControlClient(path) as client:  # and one that was there before stays, or comes back unasked
            for i in range(40):
                assert client.ask({"i": i}) == {"asked": {"i": i}}
                assert ask(path, {"again": i}) == {"asked": {"again": i}}
    finally:
        enough.set()
        for each in floods:
            each.join()


def test_whoever_asks_now_and_then_outlives_the_idle(path: Path, serve: Serve) -> None:
    serve()
    with connected(path) as watching:
        for i in range(5 * MOST_CONVERSATIONS):
            if i % (MOST_CONVERSATIONS // 2) == 0:
                watching.sendall(b"{}\n")
                assert json.loads(watching.recv(4096)) == {"asked": {}}
            with connected(path) as passing:
                passing.sendall(b"{}\n")
                assert passing.recv(4096)
        assert not is_let_go(watching)


def test_the_one_whose_answer_is_longest_ago_goes_first(path: Path, serve: Serve) -> None:
    serve()
    with crowd(path, MOST_CONVERSATIONS, b"{}\n") as connections:
        for connection in connections:
            assert connection.recv(4096)
        connections[0].sendall(b"{}\n")
        assert connections[0].recv(4096)
        with crowd(path, 3, b"{}\n") as late:
            assert [json.loads(connection.recv(4096)) for connection in late] == [{"asked": {}}] * 3
            gone = [connection for connection in connections if is_let_go(connection)]
    assert gone == connections[1:4]


def test_one_user_does_not_push_out_another(path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    users = count()  # the first to come is one, all others are another
    peer = SimpleNamespace(size=12, unpack=lambda _: (0, min(next(users), 1), 0))
    monkeypatch.setattr(control_server, "_PEER", peer)
    serve()
    with connected(path) as owner, crowd(path, 100):
        owner.sendall(b"{}\n")
        assert json.loads(owner.recv(4096)) == {"asked": {}}


@pytest.mark.usefixtures("impatient")
def test_a_request_has_one_deadline_however_its_bytes_trickle_in(path: Path, serve: Serve) -> None:
    serve()
    with connected(path) as slow:

        def send_one_more() -> bool:
            try:
                slow.sendall(b" ")
            except (BrokenPipeError, ConnectionResetError):
                return True
            return is_let_go(slow)

        slow.sendall(b"{")
        wait_until(send_one_more, "an end of patience")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("takes", [0, 1000], ids=["nothing", "a little now and then"])
def test_an_answer_that_is_not_taken_is_dropped(path: Path, serve: Serve, takes: int) -> None:
    server = serve(lambda _: {"much": "a" * 4_000_000})
    with connected(path) as lazy:
        lazy.sendall(b"{}\n")
        wait_until(lambda: server._conversations, "its place")

        def look() -> bool:
            return not server._conversations or (takes and not lazy.recv(takes)) or False

        wait_until(look, "an end of patience")


def test_who_hangs_up_in_the_middle_of_an_answer_leaves_nothing_behind(path: Path, serve: Serve) -> None:
    server = serve(lambda _: {"much": "a" * 4_000_000})
    with connected(path) as rude:
        rude.sendall(b"{}\n")
        rude.recv(1)
    wait_until(lambda: not server._conversations, "the end of that one")


def test_many_requests_at_once_are_answered_in_turn(path: Path, serve: Serve) -> None:
    serve()
    lines = b"".join(b'{"i": %d}\n' % i for i in range(1000))
    with connected(path) as hasty, connected(path) as other:
        threading.Thread(target=hasty.sendall, args=(lines,), daemon=True).start()
        other.sendall(b"{}\n")
        assert json.loads(other.recv(4096)) == {"asked": {}}
        with hasty.makefile("rb") as answers:
            assert [json.loads(answers.readline())["asked"]["i"] for _ in range(1000)] == list(range(1000))


def test_what_was_asked_before_hanging_up_is_answered_without_a_last_newline_too(path: Path, serve: Serve) -> None:
    serve()
    assert exchange(path, b'{"i": 1}\n{"i": 2}') == b'{"asked": {"i": 1}}\n{"asked": {"i": 2}}\n'
    assert exchange(path, b"") == b""


def test_a_line_without_an_end_is_refused_and_not_kept(path: Path, serve: Serve) -> None:
    server = serve()
    with connected(path) as endless:
        try:
            for _ in range(100):
                endless.sendall(b" " * 1_000_000)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert b"no longer than" in endless.recv(4096)
    assert "error" in json.loads(exchange(path, b" " * LONGEST_REQUEST_BYTES + b"{}\n"))
    assert ask(path, {"still": "there"})
    assert server._thread.is_alive()


def test_an_answer_that_is_too_long_becomes_an_error(path: Path, serve: Serve) -> None:
    serve(lambda _: {"much": "a" * LONGEST_ANSWER_BYTES})
    with pytest.raises(ControlError, match="longer than"):
        ask(path, {})


def unusable_answers() -> Iterator[object]:
    yield {"an object": object()}
    yield {1j: 1}
    endless: dict[str, object] = {}
    endless["endless"] = endless
    yield endless
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    yield {"deep": deep}


@pytest.mark.parametrize("answer", list(unusable_answers()), ids=["object", "key", "endless", "deep"])
def test_an_answer_that_cannot_be_written_becomes_an_error(path: Path, serve: Serve, answer: Answer) -> None:
    serve(lambda request: {} if request else answer)
    with pytest.raises(ControlError):
        ask(path, {})
    assert ask(path, {"still": "there"}) == {}


def test_what_breaks_again_and_again_is_told_once_with_its_traceback(
    path: Path, serve: Serve, log: pytest.LogCaptureFixture
) -> None:
    serve(lambda request: {"half": 1 / request["by"]})
    for _ in range(100):
        with pytest.raises(ControlError, match="its log tells why"):
            ask(path, {"by": 0})
    assert [record.message for record in log.records] == ["a request could not be answered"]
    assert "ZeroDivisionError" in log.text


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EPERM])
def test_accepting_goes_on_whatever_the_kernel_says(
    path: Path, serve: Serve, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(control_server, "_RETRY_SECONDS", 0.001)
    refusals = count()
    accept = socket.socket.accept

    def refuse(listener: socket.socket) -> object:
        if next(refusals) < 20:
            raise OSError(number, os.strerror(number))
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", refuse)
    serve()
    assert ask(path, {"a": 1}) == {"asked": {"a": 1}}
    assert next(refusals) > 20
    assert [record.levelname for record in log.records] == ["WARNING"], "said once"


def test_no_file_to_be_had_is_waited_out(path: Path) -> None:
    with AnsweringProcess(path, most_files=40) as daemon:
        assert daemon.tell("fill") == str(errno.EMFILE)
        with crowd(path, 10, b"{}\n") as connections:
            assert daemon.tell("empty") == "empty"
            for connection in connections:
                assert connection.recv(100) == b"{}\n"
        assert ask(path, {"a": 1}) == {"a": 1}


def test_an_error_in_its_own_works_does_not_end_it(
    path: Path, serve: Serve, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_server, "_RETRY_SECONDS", 0.001)
    turn, turns = ControlServer._turn, count()

    def stumble(server: ControlServer) -> None:
        if next(turns) % 2:
            raise MemoryError
        turn(server)

    monkeypatch.setattr(ControlServer, "_turn", stumble)
    server = serve()
    for i in range(5):
        assert ask(path, {"i": i}) == {"asked": {"i": i}}
    server.keep()
    assert [record.levelname for record in log.records] == ["WARNING"], "said once"


class Stopwatch:
    """The time of a machine on which a thread works and sleeps, and nothing else takes any."""

    def __init__(self) -> None:
        self.worked = self.slept = 0.0

    def thread_time(self) -> float:
        return self.worked

    def monotonic(self) -> float:
        return self.worked + self.slept

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 0.25, "nobody who begins now waits for long"
        self.slept += seconds


def test_somebody_who_asks_without_a_pause_gets_a_quarter_of_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch()
    monkeypatch.setattr(control_server, "time", watch)
    pace = control_server._Pace()
    for _ in range(1000):
        watch.worked += 0.01
        pace.rest()
    assert watch.worked / watch.monotonic() == pytest.approx(0.25, abs=0.01)


def test_somebody_who_watches_is_never_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch()
    monkeypatch.setattr(control_server, "time", watch)
    pace = control_server._Pace()
    for _ in range(1000):
        watch.worked += 0.03  # what a status costs on the slowest Pi, and more
        before = watch.slept
        pace.rest()
        assert watch.slept == before
        watch.slept += 0.25  # as often as mien watch asks


def test_a_busy_service_is_paced(path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    rests = count()
    monkeypatch.setattr(control_server._Pace, "rest", lambda _: next(rests))
    serve()
    for i in range(5):
        ask(path, {"i": i})
    assert next(rests) > 5


def test_who_is_inside_is_served_while_nobody_can_be_let_in(
    path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: socket.socket) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    serve()
    with ControlClient(path) as inside:
        assert inside.ask({}) == {"asked": {}}
        monkeypatch.setattr(control_server, "_RETRY_SECONDS", LASTING_SECONDS)
        monkeypatch.setattr(socket.socket, "accept", refuse)
        with connected(path):
            for i in range(5):
                assert inside.ask({"i": i}) == {"asked": {"i": i}}


def test_a_turn_that_does_not_end_is_found_out(path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_server, "_LOOK_SECONDS", 0.0)
    at_it, go_on = threading.Event(), threading.Event()

    def hang(request: Answer) -> Answer:
        at_it.set()
        go_on.wait()
        return request

    server = serve(hang)
    try:
        with connected(path) as asker:
            asker.sendall(b"{}\n")
            assert at_it.wait(PATIENCE_SECONDS)
            for _ in range(control_server._MOST_LOOKS_AT_ONE_TURN):
                server.keep()
            with pytest.raises(ControlError, match="does not answer there any more"):
                server.keep()
            go_on.set()
            assert asker.recv(100) == b"{}\n"
        for _ in range(50):
            ask(path, {})
            server.keep()
    finally:
        go_on.set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ended_is_found_out_at_once(path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(_: ControlServer) -> None:
        raise SystemExit  # which ends a thread, and nothing else does

    server = serve()
    server.keep()
    monkeypatch.setattr(ControlServer, "_turn", end)
    with connected(path):  # the turn after this one ends it
        server._thread.join(PATIENCE_SECONDS)
    with pytest.raises(ControlError, match="does not answer there any more"):
        server.keep()


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 600, reason="this test opens 500 files")
def test_askers_of_every_kind_at_once(path: Path, serve: Serve) -> None:
    serve(lambda request: request | {"much": "a" * 10_000})
    chance = random.Random(14)  # noqa: S311 - a repeatable one
    openings = (b"", b"{", b"[[[[", b"{}\n", b"{}\n" * 50, b"\n\n\n", b"\xff" * 5000, b'{"a":')

    def behave() -> None:
        for _ in range(100):
            try:
                with connected(path) as connection:
                    connection.sendall(chance.choice(openings))
                    if chance.random() < 0.5:
                        connection.settimeout(0.01)
                        connection.recv(chance.choice((1, 10, 100_000)))
            except OSError:
                pass

    askers = [threading.Thread(target=behave) for _ in range(8)]
    for asker in askers:
        asker.start()
    for i in range(50):
        assert ask(path, {"i": i})["i"] == i
    for asker in askers:
        asker.join()
