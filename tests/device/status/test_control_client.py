"""The asker's side of the status socket: what it makes of a daemon that answers anything, or nothing, or lets it go."""

import errno
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from device.errors import AccessError, ControlError
from device.status import control_socket
from device.status.control_socket import ControlClient, ask, checked_aiming_seconds, checked_hold_seconds
from tests.device.status.askers import REPOSITORY, Serve
from tests.waiting import PATIENCE_SECONDS

Answerer = Callable[[socket.socket], None]
AnswerWith = Callable[[Answerer], None]


@pytest.fixture
def answer_with(path: Path) -> Iterator[AnswerWith]:
    """Listen at the socket, and leave each connection to a function."""
    listener = socket.socket(socket.AF_UNIX)
    threads: list[threading.Thread] = []

    def begin(answer: Answerer) -> None:
        path.parent.mkdir()
        listener.bind(str(path))
        listener.listen()
        threads.append(threading.Thread(target=serve, args=(answer,)))
        threads[0].start()

    def serve(answer: Answerer) -> None:
        with suppress(OSError):  # which is how it is ended
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(4096)
                    answer(connection)

    yield begin
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)


@pytest.mark.parametrize(
    "said",
    [
        b"\n",
        b"[1]\n",
        b"3\n",
        b"nonsense\n",
        b"\xff\xfe\n",
        b"[" * 200_000 + b"\n",
        b'{"a": ' + b"9" * 5000 + b"}\n",
        b'{"a": 1}\n{"b": 2}\n',
    ],
    ids=["nothing", "list", "number", "word", "bytes", "deep", "long number", "two answers"],
)
def test_an_answer_that_is_none_is_told(path: Path, answer_with: AnswerWith, said: bytes) -> None:
    answer_with(lambda connection: connection.sendall(said))
    with pytest.raises(ControlError, match="no mien daemon answers"):
        ask(path, {})


def test_an_answer_without_an_end_is_not_kept(path: Path, answer_with: AnswerWith) -> None:
    def pour(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"a" * 1_000_000)

    answer_with(pour)
    with pytest.raises(ControlError, match="says more than"):
        ask(path, {})


def test_one_deadline_holds_for_a_whole_answer(
    path: Path, answer_with: AnswerWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "_TIMEOUT_SECONDS", 0.3)
    gone = threading.Event()

    def trickle(connection: socket.socket) -> None:
        while not gone.wait(0.01):
            connection.sendall(b" ")

    answer_with(trickle)
    with pytest.raises(ControlError, match=r"no mien daemon answers within 0\.3 s"):
        ask(path, {})
    gone.set()


def test_who_was_let_go_asks_again(path: Path, answer_with: AnswerWith) -> None:
    turns = iter([b"", b"", b'{"half', b'{"third time": "lucky"}\n'])
    answer_with(lambda connection: connection.sendall(next(turns)))
    assert ask(path, {}) == {"third time": "lucky"}


def test_who_is_let_go_again_and_again_gives_up(
    path: Path, answer_with: AnswerWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "_TIMEOUT_SECONDS", 0.2)
    answer_with(lambda _: None)
    with pytest.raises(ControlError, match="no mien daemon answers"):
        ask(path, {})


def test_an_error_comes_in_one_clean_line(path: Path, answer_with: AnswerWith) -> None:
    words = json.dumps({"error": "no\x1b[2J\nmien: all is well\u202e"}).encode() + b"\n"
    answer_with(lambda connection: connection.sendall(words))
    with pytest.raises(ControlError) as caught:
        ask(path, {})
    assert caught.value.what == "no[2J mien: all is well"


def test_an_idle_client_that_was_let_go_does_not_notice(path: Path, serve: Serve) -> None:
    server = serve()
    with ControlClient(path) as client:
        assert client.ask({"i": 1}) == {"asked": {"i": 1}}
        server.close()
        serve()
        assert client.ask({"i": 2}) == {"asked": {"i": 2}}


@pytest.mark.parametrize("value", [0, 0.0, 1, 5, 59.9, 60])
def test_a_button_is_held_and_a_camera_aimed_for_a_minute_at_most(value: float) -> None:
    assert checked_hold_seconds(value) == value
    assert checked_aiming_seconds(value) == value


@pytest.mark.parametrize(
    "value",
    [True, False, None, "1", "", [], {}, -5, -0.001, 60.001, float("nan"), float("inf"), -float("inf"), 10**400],
    ids=repr,
)
def test_what_is_no_such_number_is_refused_in_words(value: object) -> None:
    with pytest.raises(ValueError, match="the button can be held for 0 to 60 seconds, not ") as caught:
        checked_hold_seconds(value)
    assert len(str(caught.value)) < 120
    with pytest.raises(ValueError, match="a camera can be aimed for 0 to 60 seconds, not "):
        checked_aiming_seconds(value)


NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("closed", ["socket", "folder"])
def test_a_stranger_is_told_to_join_the_group(path: Path, serve: Serve, closed: str) -> None:
    serve()
    path.parent.parent.chmod(0o755)
    os.chown(path.parent, 0, 12)  # man, a group of every Linux
    os.chown(path, 0, 12)
    path.parent.chmod(0o750 if closed == "folder" else 0o755)
    with pytest.raises(AccessError) as caught:
        _as_nobody(path)
    assert "only the group man may use it" in caught.value.what
    assert caught.value.mend == "sudo usermod -aG man nobody, then log in anew"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_refusal_that_is_over_before_it_was_looked_into_is_no_daemon(
    path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    serve()
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(ControlError, match=r"no mien daemon answers \(Permission denied\)"):
        ask(path, {})


def _as_nobody(path: Path) -> None:
    """Ask as somebody who is in no group, in a process that becomes that."""
    script = (
        "import os, sys; from pathlib import Path; from device.status.control_socket import ask\n"
        "from device.errors import MienError\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "try: ask(Path(sys.argv[1]), {})\n"
        "except MienError as error: print(type(error).__name__, error.what, error.mend, sep='\\n')\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=True).stdout.splitlines()
    if said:
        kind, what, mend = said
        raise {"AccessError": AccessError, "ControlError": ControlError}[kind](what, mend=mend)


def test_the_asker_names_the_program_that_holds_the_sound_card(path: Path, serve: Serve) -> None:
    """The service sees no process of others; this process stands for the program."""
    held, me = f"Device: it is used by process {os.getpid()}", Path("/proc/self/comm").read_text().strip()
    named, part = f"Device: it is used by {me} (process {os.getpid()})", {"what": held, "mend": "end it"}
    serve(lambda _: {"fault": part, "sound_trouble": None, "problems": [part, 3], "findings": "none"})
    answer = ask(path, {"command": "status"})
    assert (answer["fault"]["what"], answer["problems"][0]["what"]) == (named, named)
