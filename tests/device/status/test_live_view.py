"""mien watch over a real socket: it follows, waits for a daemon that ended, and leaves the terminal as it was."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from device.errors import ControlError
from device.status import live_view
from device.status.control_server import ControlServer
from device.status.live_view import LineScreen, absent_lines, watch
from tests.waiting import PATIENCE_SECONDS, wait_until

Document = dict[str, Any]
MakeStatus = Callable[..., Document]

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def socket() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mien") as folder:
        yield Path(folder) / "control.sock"


class Seen:
    """A screen that keeps what it was shown."""

    def __init__(self) -> None:
        self.states: list[str | None] = []

    def show(self, status: Any, why: str = "") -> None:  # noqa: ARG002 - what it was is enough here
        self.states.append(status and status["state"])


def test_a_daemon_that_was_given_up_is_told_with_the_reason() -> None:
    lines = [text for text, _ in absent_lines(60, "the mien daemon was given up: songs.sqlite is missing")]
    assert " ".join(lines).startswith("the mien daemon was given up: songs.sqlite is missing")


def test_a_daemon_that_ends_is_told_and_waited_for(socket: Path, make_status: MakeStatus) -> None:
    screen, servers = Seen(), []

    def serve(state: str) -> None:
        servers.append(ControlServer(socket, lambda _: make_status(state)))
        servers[-1].start()

    def pause(seconds: float) -> bool:
        assert seconds > 0
        match len(screen.states):
            case 1:
                serve("idle")
            case 3:
                servers[-1].close()
                socket.unlink(missing_ok=True)
            case 5:
                serve("playing")
        return len(screen.states) == 7

    watch(socket, screen, pause)
    servers[-1].close()
    assert screen.states[0] is None
    assert "idle" in screen.states
    assert screen.states[-1] == "playing"


def test_it_looks_more_often_while_something_moves(socket: Path, make_status: MakeStatus) -> None:
    states, pauses = iter(["idle", "observing"]), []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == 2

    server = ControlServer(socket, lambda _: make_status(next(states)))
    server.start()
    watch(socket, Seen(), pause)
    server.close()
    assert pauses == [0.5, 0.25]


def test_lines_come_when_something_changes_and_once_a_second(make_status: MakeStatus) -> None:
    said: list[str] = []
    screen = LineScreen(said.append)
    for status in (None, None, make_status("idle"), make_status("idle")):
        screen.show(status)
    observing = make_status("observing")
    for tenths in range(25):
        observing["watching"]["elapsed_seconds"] = tenths / 10
        screen.show(observing)
    assert [line[10:].partition(":")[0].partition(",")[0] for line in said] == [
        "No mien daemon answers; waiting for it to come back. Start it",
        "idle",
        "observing 0 s",
        "observing 1 s",
        "observing 2 s",
    ]


@pytest.fixture
def asked() -> list[Document]:
    """What the daemon was asked so far."""
    return []


@pytest.fixture
def served(socket: Path, tmp_path: Path, make_status: MakeStatus, asked: list[Document]) -> Iterator[Path]:
    """The settings file of a daemon that observes for ever, or aims once it was asked to."""

    def serve(request: Document) -> Document:
        asked.append(request)
        aims = any(each["command"] == "aim" for each in asked)
        return make_status("observing") | ({"state": "aiming", "aiming": True} if aims else {})

    server = ControlServer(socket, serve)
    server.start()
    settings = tmp_path / "mien.toml"
    settings.write_text(f'[paths]\ncontrol_socket = "{socket}"\n', encoding="utf-8")
    yield settings
    server.close()


class Terminal:
    """A terminal with mien watch in it, or another verb that shows the same."""

    def __init__(self, settings: Path, verb: str = "watch", **environment: str) -> None:
        self.controller, self.line = pty.openpty()
        termios.tcsetwinsize(self.line, (24, 80))
        self.before = termios.tcgetattr(self.line)
        command = [sys.executable, "-m", "device", verb, "--config", str(settings)]
        self.process = subprocess.Popen(
            command,
            stdin=self.line,
            stdout=self.line,
            cwd=REPOSITORY,
            env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
        )
        self.drawn = b""
        threading.Thread(target=self._draw, daemon=True).start()

    def _draw(self) -> None:
        while True:
            self.drawn += os.read(self.controller, 65536)

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text.encode() in self.drawn, repr(text), seen=lambda: self.drawn)

    @property
    def typed_and_not_read(self) -> int:
        """How many bytes of what was typed the program has not taken yet."""
        return int.from_bytes(fcntl.ioctl(self.line, termios.FIONREAD, bytes(4)), sys.byteorder)

    def end(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)


ALTERNATE_SCREEN, MAIN_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"


@pytest.mark.parametrize("leave", ["q", "ctrl-c"])
def test_a_terminal_shows_bars_and_is_given_back(served: Path, leave: str) -> None:
    terminal = Terminal(served, TERM="xterm-256color")
    terminal.wait_for("happiness")
    terminal.wait_for("█████")
    terminal.wait_for("q leaves")
    if leave == "q":
        os.write(terminal.controller, b"q")
    else:
        terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 0
    terminal.wait_for("\x1b[?1049l")
    assert terminal.drawn.index(ALTERNATE_SCREEN) < terminal.drawn.rindex(MAIN_SCREEN)
    assert termios.tcgetattr(terminal.line) == terminal.before


def test_a_dumb_terminal_gets_plain_lines(served: Path) -> None:
    terminal = Terminal(served, TERM="dumb")
    terminal.wait_for("observing 4 s, face: happiness 4.2 s")
    os.write(terminal.controller, b"q")
    assert terminal.end() == 0
    assert b"\x1b" not in terminal.drawn


def test_other_keys_do_not_end_it(served: Path, asked: list[Document]) -> None:
    terminal = Terminal(served, TERM="dumb")
    terminal.wait_for("observing")
    os.write(terminal.controller, b"x\x1b[A")
    wait_until(lambda: terminal.typed_and_not_read == 0, "keys that are read")
    before = len(asked)
    wait_until(lambda: len(asked) > before + 2, "a program that goes on")
    assert terminal.process.poll() is None
    os.write(terminal.controller, b"q")
    assert terminal.end() == 0


@pytest.mark.parametrize(("verb", "shown"), [("watch", "observing"), ("aim", "aiming")])
def test_space_is_the_button(served: Path, asked: list[Document], verb: str, shown: str) -> None:
    terminal = Terminal(served, verb, TERM="dumb")
    terminal.wait_for(shown)
    os.write(terminal.controller, b" ")
    wait_until(lambda: {"command": "press", "hold_seconds": 0.0} in asked, "a press")
    os.write(terminal.controller, b"q")
    assert terminal.end() == 0


def test_a_pipe_gets_plain_lines_until_it_is_closed(served: Path) -> None:
    command = [sys.executable, "-m", "device", "watch", "--config", str(served)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert process.stdout is not None
    assert "observing 4 s" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 0
    process.stdout.close()


def save_picture(settings: Path, picture: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "device", "watch", "--config", str(settings), "--svg", str(picture)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, timeout=PATIENCE_SECONDS, check=False
    )


def test_a_picture_shows_the_screen_and_asks_nothing_of_a_network(served: Path, tmp_path: Path) -> None:
    picture = tmp_path / "watch.svg"
    finished = save_picture(served, picture)
    assert (finished.returncode, finished.stdout) == (0, ""), finished.stderr
    drawn = picture.read_text(encoding="utf-8")
    shown = "".join(ET.fromstring(drawn).itertext()).replace("\xa0", " ")  # noqa: S314 - written a moment ago
    assert "observing for" in shown
    assert "happiness   90%  ████" in shown
    assert "4.2 of 15 s, face found" in shown
    assert not [loading for loading in ("@font-face", "@import", "url(http", "href=") if loading in drawn]


def test_without_a_daemon_there_is_no_picture(socket: Path, tmp_path: Path) -> None:
    settings = tmp_path / "mien.toml"
    settings.write_text(f'[paths]\ncontrol_socket = "{socket}"\n', encoding="utf-8")
    finished = save_picture(settings, tmp_path / "watch.svg")
    assert finished.returncode == 69
    assert "no mien daemon answers" in finished.stderr
    assert not (tmp_path / "watch.svg").exists()


def test_a_picture_that_cannot_be_written_is_told_with_its_mend(served: Path, tmp_path: Path) -> None:
    finished = save_picture(served, tmp_path / "nowhere" / "watch.svg")
    assert finished.returncode == 1
    assert "the picture cannot be written" in finished.stderr
    assert "mend: name a file in a folder" in finished.stderr


def test_a_daemon_that_hangs_is_not_to_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_socket: Path) -> None:
        what = "no mien daemon answers within 10 s"
        raise ControlError(what, mend="start it again: sudo systemctl restart mien")

    said: list[str] = []
    monkeypatch.setattr(live_view, "ControlClient", refuse)
    watch(tmp_path, LineScreen(said.append), lambda _seconds: True)
    assert "within 10 s mend: start it again" in " ".join(said[0].split())
