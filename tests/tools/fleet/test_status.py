"""Asking many boxes at once, some of which do not answer."""

import json
import socket
from collections.abc import Callable

from tests.tools.fleet.conftest import Workstation
from tests.waiting import LASTING_SECONDS

MakeFleet = Callable[..., Workstation]
ANSWER_SECONDS = 20
"""More than a box that is well takes on a slow machine; the silent ones are given them side by side."""


def test_boxes_that_do_not_answer_hold_nobody_up(make_fleet: MakeFleet) -> None:
    station = make_fleet("one", "two", "three", "four")
    one, two, three, four = station.boxes
    two.stop()  # nothing listens
    three.stop()
    four.command("mien", f"exec sleep {LASTING_SECONDS}")
    with socket.create_server(("127.0.0.1", three.port)):  # something listens, and never says a word
        asked = station.fleet("fleet-status", "--timeout", str(ANSWER_SECONDS))
    assert asked.returncode == 1
    lines = {line.split()[0]: line for line in asked.stdout.splitlines()}
    assert "critical  idle" in lines["one"]
    assert "none of the 23 songs" in lines["one"]
    assert "silent" in lines["two"]
    assert "Connection refused" in lines["two"]
    assert "cannot be reached" in lines["three"]
    assert f"did not end within {ANSWER_SECONDS} s" in lines["four"]
    assert asked.stdout.splitlines()[-1].startswith("4 boxes: ")
    assert "3 silent" in asked.stdout
    assert one.log.count("restart") == 1


def test_the_answers_can_be_had_as_json(make_fleet: MakeFleet) -> None:
    station = make_fleet("one")
    asked = station.fleet("fleet-status", "--json")
    [seen] = json.loads(asked.stdout)
    assert (seen["box"], seen["condition"], seen["status"]["release"]["id"]) == ("one", "critical", "1")
