"""The monitoring plugin: one line, figures that plugins' readers can parse, and exit codes as bad as what is wrong."""

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from device.errors import ConfigurationError
from device.session.states import Cause, Fault, State
from device.status.control_server import ControlServer
from device.status.nagios import Verdict, check, check_socket

MakeStatus = Callable[..., dict[str, Any]]

# The Monitoring Plugins' guidelines: label=value[unit];[warn];[crit];[min];[max], ranges such as 10: or 5:10.
RANGE = r"(?:@?-?[\d.]*:?-?[\d.]*)"
FIGURE = re.compile(rf"[a-z_]+=-?[\d.]+(?:s|%|c)?(?:;{RANGE}(?:;{RANGE}(?:;[\d.]*(?:;[\d.]*)?)?)?)?")


@pytest.fixture
def socket() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mien") as folder:
        yield Path(folder) / "control.sock"


@pytest.mark.parametrize("state", [state.value for state in State])
@pytest.mark.parametrize("used", [True, False])
def test_the_line_has_words_and_figures(make_status: MakeStatus, state: str, *, used: bool) -> None:
    line, verdict = check(make_status(state, used=used, board={"temperature_celsius": 48.3}))
    words, figures = line.split(" | ")
    assert re.fullmatch(rf"MIEN {verdict.name} - .+", words)
    assert all(FIGURE.fullmatch(figure) for figure in figures.split(" ")), figures
    assert "temperature_celsius=48.3;80" in figures


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.OK),
        ({"notice": "a face was read for 0.1 of 15 s"}, Verdict.OK),
        ({"playable": (True, False)}, Verdict.WARNING),
        ({"board": {"throttling_now": ["undervoltage"]}}, Verdict.WARNING),
        ({"plugged_in": False}, Verdict.CRITICAL),
        ({"state": "fault"}, Verdict.CRITICAL),
    ],
)
def test_the_exit_code_is_as_bad_as_the_worst(
    make_status: MakeStatus, changes: dict[str, Any], verdict: Verdict
) -> None:
    assert check(make_status(**changes))[1] is verdict


def test_exit_codes_are_those_of_monitoring_plugins() -> None:
    assert {verdict.name: int(verdict) for verdict in Verdict} == {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}


def test_whatever_a_fault_says_it_stays_one_line_with_one_bar(make_status: MakeStatus) -> None:
    line, _ = check(make_status("fault", fault=Fault(Cause.SOFTWARE, "a | b\n\x1b[2J c", "mend")))
    assert line.startswith("MIEN CRITICAL - software: a / b [2J c | uptime=")
    assert line.count("|") == 1


def test_a_daemon_that_does_not_answer_is_critical(socket: Path) -> None:
    line, verdict = check_socket(lambda: socket)
    assert verdict is Verdict.CRITICAL
    assert line.startswith("MIEN CRITICAL - ")
    assert "no mien daemon answers" in line


def test_settings_that_cannot_be_read_are_unknown() -> None:
    def find() -> Path:
        what = "line 3:\nfoo is no setting"
        raise ConfigurationError(what, mend="take it out")

    assert check_socket(find) == ("MIEN UNKNOWN - line 3: foo is no setting: take it out", Verdict.UNKNOWN)


@pytest.mark.parametrize(("version", "verdict"), [(1, Verdict.OK), (2, Verdict.UNKNOWN)])
def test_only_the_version_that_is_understood_is_judged(
    make_status: MakeStatus, socket: Path, version: int, verdict: Verdict
) -> None:
    server = ControlServer(socket, lambda _: make_status() | {"schema": version})
    server.start()
    try:
        assert check_socket(lambda: socket)[1] is verdict
    finally:
        server.close()
