"""What is wrong, the worst first, each thing once and with what to do."""

from collections.abc import Callable
from typing import Any

import pytest

from device.session.faults import no_songs_fault
from device.session.history import HistoryHealth
from device.session.states import Cause, Fault
from device.status.problems import Finding, Severity

MakeStatus = Callable[..., dict[str, Any]]

TROUBLE = {"what": "it cannot be", "mend": "let it be"}


@pytest.mark.parametrize(
    ("changes", "severity", "what"),
    [
        ({"findings": [Finding("signers", "no keys", "put them there")]}, "warning", "no keys"),
        ({"findings": [Finding("camera", "it is gone", "plug it in", Severity.CRITICAL)]}, "critical", "it is gone"),
        ({"fault": Fault(Cause.SOUND_CARD, "sound card X: gone", "plug")}, "critical", "sound card X: gone"),
        ({"state": "fault"}, "critical", "camera: the camera stalled"),
        ({"plugged_in": False}, "critical", "unplugged"),
        ({"playable": (False, False)}, "critical", "none of the 2 songs"),
        ({"playable": ()}, "critical", "none of the 0 songs"),
        ({"playable": (False,), "fault": no_songs_fault()}, "critical", "none of the 1 songs"),
        ({"playable": (True,), "fault": no_songs_fault()}, "critical", "no songs: "),
        ({"playable": (True, False, False)}, "warning", "2 of 3 songs"),
        ({"board": {"throttling_now": ["undervoltage"]}}, "warning", "too little power"),
        ({"board": {"throttling_now": ["frequency capped"]}}, "warning", "frequency capped"),
        ({"board": {"throttling_now": [], "throttling_since_boot": ["throttled"]}}, "warning", "since it was started"),
        ({"board": {"temperature_celsius": 80.0}}, "warning", "80 °C"),
        ({"history": HistoryHealth(trouble="the disc is full")}, "warning", "the disc is full"),
        ({"history": HistoryHealth(set_aside="/state/history.sqlite.damaged")}, "warning", "history.sqlite.damaged"),
        ({"release_notice": "went back from release 3 to 2"}, "warning", "the box went back"),
        ({"surroundings": {"volume": {"percent": 0}}}, "warning", "the volume is at 0 %"),
        ({"surroundings": {"volume": {"trouble": TROUBLE}}}, "warning", "it cannot be"),
        ({"surroundings": {"hours": {"trouble": TROUBLE}}}, "warning", "it cannot be"),
    ],
)
def test_each_thing_that_is_wrong_is_named_with_what_to_do(
    make_status: MakeStatus, changes: dict[str, Any], severity: str, what: str
) -> None:
    [problem] = make_status(**changes)["problems"]
    assert problem["severity"] == severity
    assert what in problem["what"]
    assert problem["mend"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"surroundings": {}},
        {"notice": "a face was read for 0.1 of 15 s"},
        {"board": {"temperature_celsius": 79.9, "throttling_now": [], "throttling_since_boot": []}},
    ],
)
def test_a_box_that_is_well_has_no_problems(make_status: MakeStatus, changes: dict[str, Any]) -> None:
    assert make_status(**changes)["problems"] == []


def test_critical_problems_come_first(make_status: MakeStatus) -> None:
    board = {"temperature_celsius": 85.0, "throttling_now": ["undervoltage"]}
    problems = make_status("fault", board=board, plugged_in=False)["problems"]
    assert [problem["severity"] for problem in problems] == ["critical", "critical", "warning", "warning"]
    assert problems[0]["what"].startswith("camera")


def test_a_fault_for_want_of_a_sound_card_is_said_once(make_status: MakeStatus) -> None:
    trouble = make_status(plugged_in=False)["sound_trouble"]
    fault = Fault(Cause.SOUND_CARD, trouble["what"], trouble["mend"])
    [problem] = make_status("fault", fault=fault, plugged_in=False)["problems"]
    assert problem["what"].startswith("sound card:")
