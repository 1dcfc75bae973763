"""No crash leaves a lie: the daemon is killed in every state, and the LED's line is looked at.

A killed process cannot put an LED out, and the kernel of Raspberry Pi OS leaves its line as it was driven. So the unit
runs ``mien panel off`` whenever the daemon has ended, and a daemon that starts puts the LED out before anything else.
Here the line is a file that behaves alike, and a small supervisor plays systemd's part.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from device.errors import ControlError
from device.session.states import State
from device.status.control_socket import ask
from tests.waiting import LASTING_SECONDS, PATIENCE_SECONDS, wait_until

BoxMaker = Callable[..., Any]

SLOWLY = f"""
import sys, time
from device.__main__ import main
from device.recommendation.recommendation import Recommender

def recommend(*_, **__):
    time.sleep({LASTING_SECONDS})

Recommender.recommend = recommend
sys.exit(main(sys.argv[1:]))
"""
"""The daemon with a recommender that takes its time, so that it can be met while it recommends."""


class Unit:
    """What systemd does for the daemon, as far as it matters here: start, kill, and ExecStopPost."""

    def __init__(self, box: Any, *, slowly: bool) -> None:
        self.box = box
        self.arguments = ["run", "--config", str(box.settings_file)]
        self.program = [sys.executable, "-c", SLOWLY] if slowly else [sys.executable, "-m", "device"]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def line(self) -> str:
        return (self.box.folder / "led").read_text().strip()

    def start(self) -> None:
        with (self.box.folder / "daemon.log").open("a") as log:
            self.process = subprocess.Popen([*self.program, *self.arguments], stdout=log, stderr=log)

    def started(self) -> dict[str, Any]:
        self.start()
        return self.until(lambda status: status["state"] in {"idle", "fault"})  # of a camera that is not there

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        def status_if_wanted() -> dict[str, Any] | None:
            try:
                status = ask(self.box.socket, {"command": "status"})
            except ControlError:  # it still starts
                return None
            return status if wanted(status) else None

        return wait_until(status_if_wanted, "another status", seen=self.box.log)

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        assert self.process.wait(PATIENCE_SECONDS) == -signal.SIGKILL

    def stop_post(self) -> None:
        assert self.box.mien("panel", "off").returncode == 0


@pytest.fixture
def make_unit(make_box: BoxMaker, long_songs: Path) -> Iterator[Callable[..., Unit]]:
    """Make a unit whose observation goes on for long, or is soon ``over``; its songs go on in either case."""
    units = []

    def make(clip: Path, *, slowly: bool = False, over: bool = False) -> Unit:
        box = make_box(clip, paths={"music_folder": str(long_songs)}, panel={"driver": "file", "line": "led"})
        if over:
            box.settings["observation"] = {"seconds": 2.0}
        else:
            box.observe_for_long()
        units.append(Unit(box, slowly=slowly))
        return units[-1]

    yield make
    for unit in units:
        if unit.process is not None and unit.process.poll() is None:
            unit.kill()


LIGHTS = {
    State.IDLE: "off",
    State.OBSERVING: "on",
    State.RECOMMENDING: "pulse",
    State.PLAYING: "slow breath",
    State.FAULT: "2 blinks, pause",
    State.AIMING: "on",
    State.CALIBRATING: "on",
}
LONG = {"seconds": 60}
BY_ASKING = {State.AIMING: {"command": "aim", **LONG}, State.CALIBRATING: {"command": "calibrate", **LONG}}


@pytest.fixture(params=State, ids=lambda state: state.value)
def killed(request: pytest.FixtureRequest, make_unit: Callable[..., Unit], face_clip: Path, tmp_path: Path) -> Unit:
    """A unit whose daemon was killed in a state, and nothing done about it yet."""
    state: State = request.param
    clip = tmp_path / "missing.mp4" if state is State.FAULT else face_clip
    over = state in {State.RECOMMENDING, State.PLAYING}
    unit = make_unit(clip, slowly=state is State.RECOMMENDING, over=over)
    unit.started()
    if state is State.IDLE or state in BY_ASKING:  # after the look at the start, during which the LED is lit
        unit.until(lambda status: any(finding["check"] == "camera" for finding in status["findings"]))
    if asked := BY_ASKING.get(state):
        wait_until(lambda: ask(unit.box.socket, asked)[state.value], state.value)
    elif state is not State.IDLE:
        unit.box.press()
    unit.until(lambda _: unit.line == LIGHTS[state])
    unit.kill()
    assert unit.line == LIGHTS[state], "what a killed process leaves"
    return unit


def test_after_a_kill_the_unit_puts_the_led_out_and_starts_the_box_again(killed: Unit) -> None:
    killed.stop_post()
    assert killed.line == "off"
    killed.started()
    at_rest = "off" if Path(killed.box.settings["camera"]["recording"]).exists() else LIGHTS[State.FAULT]
    killed.until(lambda status: status["light"] == killed.line == at_rest)


def test_a_daemon_that_starts_puts_the_led_out_before_it_loads_anything(killed: Unit) -> None:
    killed.box.settings["paths"]["release_folder"] = "nowhere"
    killed.box.settings_file  # noqa: B018 - writes the file
    killed.start()
    assert killed.process is not None
    assert killed.process.wait(PATIENCE_SECONDS) not in {0, -signal.SIGKILL}, "it cannot start without a release"
    assert killed.line == "off"


def test_the_led_of_a_running_daemon_cannot_be_put_out_behind_its_back(
    make_unit: Callable[..., Unit], empty_clip: Path
) -> None:
    unit = make_unit(empty_clip)
    unit.started()
    unit.box.press()
    unit.until(lambda status: status["light"] == "on")
    refused = unit.box.mien("panel", "off")
    assert refused.returncode == 74
    assert "led: cannot be the LED's line" in refused.stderr
    assert unit.line == "on"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_daemon_that_is_asked_to_end_puts_the_led_out_itself(
    make_unit: Callable[..., Unit], empty_clip: Path, number: signal.Signals
) -> None:
    unit = make_unit(empty_clip)
    unit.started()
    unit.box.press()
    unit.until(lambda status: status["light"] == "on")
    assert unit.process is not None
    os.kill(unit.process.pid, number)
    assert unit.process.wait(PATIENCE_SECONDS) == 0
    assert unit.line == "off"
