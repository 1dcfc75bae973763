"""Who has the control socket: one daemon that lives, whether it answers or not, and nobody who is dead."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from device.errors import ControlError
from device.status import control_server
from device.status.control_server import ControlServer
from device.status.control_socket import ask
from device.status.control_socket_file import ControlSocketFile
from tests.device.status.askers import AnsweringProcess, Serve, connected, echo
from tests.waiting import PATIENCE_SECONDS, wait_until


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


def refuse_a_second(path: Path) -> None:
    with pytest.raises(ControlError, match="another mien daemon is running"):
        ControlServer(path, echo)
    with pytest.raises(ControlError, match="another mien daemon is running"):
        ControlSocketFile(path)


def test_a_stopped_daemon_keeps_its_socket(path: Path) -> None:
    with AnsweringProcess(path) as first:
        first.stop()
        refuse_a_second(path)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("device.status.control_socket._TIMEOUT_SECONDS", 0.1)
            with pytest.raises(ControlError, match=r"no mien daemon answers within 0\.1 s"):
                ask(path, {})
        first.send(signal.SIGCONT)
        assert ask(path, {"a": 1}) == {"a": 1}


def test_a_daemon_on_which_as_many_wait_as_can_keeps_its_socket(path: Path) -> None:
    with AnsweringProcess(path) as first:
        first.stop()
        waiting = []
        try:
            while True:
                asker = socket.socket(socket.AF_UNIX)
                waiting.append(asker)
                asker.settimeout(0)
                asker.connect(str(path))
        except BlockingIOError:
            pass
        refuse_a_second(path)
        first.send(signal.SIGCONT)
        assert ask(path, {"a": 1}) == {"a": 1}
        for asker in waiting:
            asker.close()


@pytest.mark.parametrize("waiting", [0, 1], ids=["free", "with a full line"])
def test_another_program_that_listens_there_keeps_its_socket(path: Path, waiting: int) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as other, socket.socket(socket.AF_UNIX) as asker:
        other.bind(str(path))
        other.listen(0)
        if waiting:
            asker.connect(str(path))
        with pytest.raises(ControlError, match="another mien daemon is running"):
            ControlServer(path, echo)
        assert path.is_socket()
        assert not path.with_name("control.sock.lock").exists()


def test_the_socket_of_a_daemon_that_was_killed_is_taken_over(path: Path, serve: Serve) -> None:
    with AnsweringProcess(path) as first:
        first.process.kill()
        first.process.wait()
        assert path.is_socket()
        serve()
        assert ask(path, {"a": 1}) == {"asked": {"a": 1}}


def test_the_refused_one_leaves_everything_in_its_place(path: Path, serve: Serve) -> None:
    serve()
    before = path.stat().st_ino
    for _ in range(3):
        refuse_a_second(path)
    assert path.stat().st_ino == before
    assert ask(path, {"a": 1}) == {"asked": {"a": 1}}


def test_two_daemons_with_sockets_of_their_own_do_not_know_each_other(path: Path, serve: Serve) -> None:
    serve()
    with closing(ControlServer(path.with_name("other.sock"), lambda _: {"other": True})) as other:
        other.start()
        assert ask(path.with_name("other.sock"), {}) == {"other": True}
    assert ask(path, {"a": 1}) == {"asked": {"a": 1}}


def test_nobody_else_may_hold_its_lock_and_it_is_taken_away_with_the_socket(path: Path, serve: Serve) -> None:
    umask = os.umask(0)
    try:
        server = serve()
    finally:
        os.umask(umask)
    lock = path.with_name("control.sock.lock")
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    server.close()
    assert list(path.parent.iterdir()) == []


def test_a_lock_that_was_left_is_in_nobodys_way(path: Path, serve: Serve) -> None:
    path.parent.mkdir()
    path.with_name("control.sock.lock").touch()
    serve()
    assert ask(path, {"a": 1}) == {"asked": {"a": 1}}


def test_of_many_that_start_at_once_one_has_it(path: Path) -> None:
    path.parent.mkdir()
    script = (
        "import sys; from pathlib import Path; from device.status.control_server import ControlServer\n"
        "from device.errors import ControlError\n"
        "try: server = ControlServer(Path(sys.argv[1]), lambda r: r)\n"
        "except ControlError: print('refused', flush=True)\n"
        "else: server.start(); print('has it', flush=True); sys.stdin.read(); server.close()\n"
    )
    daemons = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    said = [daemon.stdout.readline().strip() for daemon in daemons if daemon.stdout]
    assert sorted(said) == ["has it", *["refused"] * 5]
    assert ask(path, {"a": 1}) == {"a": 1}
    for daemon in daemons:
        daemon.communicate("", timeout=PATIENCE_SECONDS)


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it look at its file whenever it is told to."""
    monkeypatch.setattr(control_server, "_LOOK_SECONDS", 0.0)


def answers_again(path: Path, server: ControlServer) -> bool:
    server.keep()
    try:
        return ask(path, {"a": 1}) == {"asked": {"a": 1}}
    except ControlError:
        return False


def remove(path: Path) -> None:
    path.unlink()


def remove_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def put_a_dead_socket_there(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


def rename(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


@pytest.mark.usefixtures("watchful")
@pytest.mark.parametrize("hurt", [remove, remove_the_folder, put_a_dead_socket_there, rename])
def test_a_socket_that_was_removed_is_made_anew_and_open_connections_stay(
    path: Path, serve: Serve, hurt: object
) -> None:
    assert callable(hurt)
    server = serve()
    with connected(path) as before:
        for _ in range(3):
            hurt(path)
            wait_until(lambda: answers_again(path, server), "another socket")
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        before.sendall(b"{}\n")
        assert before.recv(100) == b'{"asked": {}}\n'
    refuse_a_second(path)
    server.close()
    assert not path.exists()
    assert not path.with_name("control.sock.lock").exists()


@pytest.mark.usefixtures("watchful")
def test_as_long_as_it_cannot_be_made_it_is_tried_again_and_told_once(
    path: Path, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    path.unlink()
    path.write_text("somebody's letters", encoding="utf-8")
    turns = server._turns
    wait_until(lambda: (server.keep(), server._turns > turns + 20)[1], "some attempts")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert path.read_text(encoding="utf-8") == "somebody's letters"
    path.unlink()
    wait_until(lambda: answers_again(path, server), "another socket")


@pytest.mark.usefixtures("watchful")
def test_who_took_the_name_meanwhile_keeps_it(path: Path, serve: Serve) -> None:
    first = serve()
    shutil.rmtree(path.parent)  # the lock as well
    with closing(ControlServer(path, lambda _: {"second": True})) as second:
        second.start()
        turns = first._turns
        wait_until(lambda: (first.keep(), first._turns > turns + 20)[1], "some attempts")
        assert ask(path, {}) == {"second": True}
    wait_until(lambda: answers_again(path, first), "the first again")


@pytest.mark.usefixtures("watchful")
def test_closing_takes_nothing_away_that_is_somebody_elses(path: Path, serve: Serve) -> None:
    first = serve()
    shutil.rmtree(path.parent)
    with closing(ControlServer(path, lambda _: {"second": True})) as second:
        second.start()
        first.close()
        assert ask(path, {}) == {"second": True}
        refuse_a_second(path)


def test_a_look_at_the_file_comes_every_few_seconds_at_most(
    path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    server.keep()
    path.unlink()
    monkeypatch.setattr(ControlSocketFile, "is_there", property(lambda _: pytest.fail("it looked")))
    for _ in range(100):
        server.keep()


@pytest.mark.parametrize("name", ["", "/", "a\0b", "x" * 300])
def test_a_name_that_is_none_is_told(path: Path, name: str) -> None:
    path.parent.mkdir()
    with pytest.raises(ControlError, match="the control socket cannot be made"):
        ControlServer(path.parent / name if name else path.parent, echo)
