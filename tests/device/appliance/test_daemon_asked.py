"""What anybody may say to a whole box through its socket: it answers every line, and nothing of it hurts."""

import json
import logging
import random
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from device.appliance.daemon import serve
from device.errors import ControlError
from device.session.events import Tick
from device.status.control_server import ControlServer
from device.status.control_socket import ControlClient, ask
from tests.device.simulated_box import MakeBox, SimulatedBox
from tests.waiting import PATIENCE_SECONDS, wait_until

LINES = 3000
SEEDS = (
    b'{"command": "status"}',
    b'{"command": "press", "hold_seconds": 0.0}',
    b'{"command": "press", "hold_seconds": 1}',
    b'{"command": "press", "hold_seconds": 5.0, "also": [1, {"deep": null}]}',
)
PIECES = (
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\\u0000", b"\\ud800", b"\0", b"\xff", b"\x1b[2J", b" "),
    *(b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-5", b"-0.0", b"9" * 400, b"9" * 3900, b"1e-400", b"5"),
    *(b"[" * 1500, b'{"a":' * 700, b'"command"', b'"press"', b'"status"', b'"hold_seconds"', b"\r", b"\xe2\x80\xae"),
)


def lines() -> Iterator[bytes]:
    """Give requests with a few bytes changed, cut, doubled or put in; at most one line each, and no longer than one."""
    chance = random.Random(14)  # noqa: S311 - a repeatable one
    for _ in range(LINES):
        line = bytearray(chance.choice(SEEDS))
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(line) + 1)
            match chance.randrange(4):
                case 0:
                    line[at : at + chance.randrange(8)] = b""
                case 1:
                    line[at:at] = chance.choice(PIECES)
                case 2:
                    line[at : at + 1] = bytes([chance.randrange(256)])
                case _:
                    line[at:at] = line[: chance.randrange(40)]
        yield bytes(line).replace(b"\n", b" ")[:4000] + b"\n"


@pytest.fixture
def asked(make_box: MakeBox, tmp_path: Path) -> Iterator[SimulatedBox]:
    """A box that runs and can be asked over its socket."""
    with make_box(tmp_path) as box:
        place = box.settings.paths.control_socket
        with box.running(), closing(ControlServer(place, lambda request: serve(box.appliance, request))) as server:
            server.start()
            yield box


def test_whatever_is_said_is_answered_and_no_traceback_is_logged(
    asked: SimulatedBox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    socket_file = asked.settings.paths.control_socket
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(socket_file))
        with connection.makefile("rb") as answers:
            for line in lines():
                connection.sendall(line)
                assert isinstance(json.loads(answers.readline()), dict), line
    assert [record for record in caplog.records if record.exc_info or record.name.startswith("device.status")] == []
    assert ask(socket_file, {"command": "status"})["state"]


@pytest.mark.parametrize("seconds", ["NaN", "-5", "true", "1e999", "9" * 400, "60.5", '"1"', "null", "[]", "{}"])
def test_a_press_of_no_real_length_is_refused_in_words(asked: SimulatedBox, seconds: str) -> None:
    with ControlClient(asked.settings.paths.control_socket) as client:
        with pytest.raises(ControlError, match="the button can be held for 0 to 60 seconds"):
            client.ask({"command": "press", "hold_seconds": json.loads(seconds)})
        assert client.ask({"command": "status"})["observations"] == 0


@pytest.mark.parametrize("request_", [{}, {"command": "press"}, {"command": 1}, {"command": ["press"]}], ids=repr)
def test_other_requests_are_unknown(asked: SimulatedBox, request_: dict[str, object]) -> None:
    with pytest.raises(ControlError, match="unknown request"):
        ask(asked.settings.paths.control_socket, request_)


def test_presses_without_a_pause_do_not_pile_up(make_box: MakeBox, tmp_path: Path) -> None:
    """The button itself is not to wait for thousands of presses that somebody else has sent before."""
    with make_box(tmp_path) as box:  # which does not run: nothing of it takes them
        for _ in range(1000):
            box.appliance.post(Tick())
        with pytest.raises(ValueError, match="too many presses wait already"):
            box.press()
        with box.running():
            wait_until(box.appliance.loop.messages.empty, "a loop that has caught up")
            box.press()
            box.until_state("playing")
