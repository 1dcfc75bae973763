"""A whole box at hand and by night: its volume, its quiet hours, and what it does when nobody is there."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from device.appliance.daemon import serve
from device.session.events import Failed, Tick
from device.session.hours.rest import FADE_SECONDS
from device.session.hours.wall_clock import WallClock
from device.session.states import Cause, Fault
from tests.device.simulated_box import MakeBox, SimulatedBox

BY_DAY, BY_NIGHT = datetime(2026, 11, 29, 12, tzinfo=UTC), datetime(2026, 11, 29, 23, 30, tzinfo=UTC)


def ask(box: SimulatedBox, **wish: object) -> dict[str, Any]:
    return serve(box.appliance, {"command": "volume", **wish})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What time it is, for whoever believes it; one moment, which a test may change."""
    moment = [BY_DAY]
    monkeypatch.setattr(WallClock, "now", lambda _: moment[0])
    monkeypatch.setattr(WallClock, "doubt", lambda _: "")
    return moment


def test_the_volume_is_at_hand_over_the_socket_and_by_the_knob_and_outlasts_a_restart(
    make_box: MakeBox, tmp_path: Path
) -> None:
    with make_box(tmp_path) as box, box.running():
        assert ask(box)["volume"]["percent"] == 60
        assert ask(box, percent=40)["volume"]["percent"] == 40
        box.knob.turn(-2)
        assert ask(box, by=3)["volume"]["percent"] == 33
        refused = ask(box, percent=81)
        assert refused["volume"] is None
        assert "at most 80 %" in refused["trouble"]["what"]
        assert box.player.volumes == [60, 40, 35, 30, 33]
        status = box.until(lambda status: status["volume"]["percent"] == 33)
        assert status["problems"] == []
    kept = json.loads((box.settings.paths.state_folder / "volume.json").read_text())
    assert kept["percent"] == 33  # written at the end, though it had not stood for long
    with make_box(tmp_path) as box, box.running():
        assert box.player.volumes == [33]


@pytest.mark.parametrize(
    "wish", [{"percent": 101}, {"percent": -1}, {"percent": "40"}, {"percent": True}, {"by": 101}, {"by": 0.5}]
)
def test_a_wish_for_no_volume_is_refused(make_box: MakeBox, tmp_path: Path, wish: dict[str, object]) -> None:
    with make_box(tmp_path) as box, pytest.raises(ValueError, match="a volume is a whole number from"):
        ask(box, **wish)


def test_by_night_it_is_softer_and_does_not_chime(make_box: MakeBox, tmp_path: Path, told: list[datetime]) -> None:
    with make_box(tmp_path, quiet_hours={"begin": "22:00"}) as box, box.running():
        told[0] = BY_NIGHT
        status = box.until(lambda status: status["volume"]["percent"] == 30)
        assert (status["hours"]["quiet"], status["hours"]["end"]) == (True, "07:00")
        box.press()
        box.until_state("playing")
        told[0] = BY_DAY
        box.turn()
        assert ask(box)["volume"]["percent"] == 30  # nothing that plays becomes louder
        box.press(hold_seconds=1)
        box.until_state("idle")
        box.clock.advance(10)  # the fade is over
        box.until(lambda status: status["volume"]["percent"] == 60)
        assert box.chimes == ["ready"]
        box.press()
        box.until_state("playing")
        assert box.chimes == ["ready", "start"]


def test_by_night_no_camera_is_opened_by_itself(make_box: MakeBox, tmp_path: Path, told: list[datetime]) -> None:
    with make_box(tmp_path, quiet_hours={"begin": "22:00"}) as box, box.paused():
        box.camera.vanish()
        box.appliance.post(Failed(box.session.number, Fault(Cause.CAMERA, "it vanished", "plug it in")))
        while not box.appliance.loop.messages.empty():
            box.appliance.loop._turn()
        for looks, moment in ((0, BY_NIGHT), (1, BY_DAY)):
            told[0] = moment
            for _ in range(3):
                box.clock.advance(100)
                box.appliance.loop.recovery.look_out(box.clock())
            assert bool(box.appliance.loop.camera.aside) is bool(looks)


@pytest.mark.parametrize(("moment", "looks"), [(BY_NIGHT, False), (BY_DAY, True)])
def test_a_box_that_starts_by_night_neither_looks_nor_chimes_and_is_soft_at_once(
    make_box: MakeBox, tmp_path: Path, told: list[datetime], *, moment: datetime, looks: bool
) -> None:
    told[0] = moment
    with make_box(tmp_path, quiet_hours={"begin": "22:00"}) as box:
        assert serve(box.appliance, {"command": "status"})["volume"]["percent"] == (60 if looks else 30)
        box.appliance.loop._parts = replace(box.appliance.loop._parts, look_at_start=True)
        with box.paused():
            assert (not box.appliance.loop.messages.empty()) == looks
            assert box.chimes == ["ready"] * looks


def test_a_fade_by_sleep_becomes_no_louder_in_the_morning(
    make_box: MakeBox, tmp_path: Path, told: list[datetime]
) -> None:
    told[0] = BY_NIGHT
    asleep = {"sleep_minutes": 5.0}
    with make_box(tmp_path, quiet_hours={"begin": "22:00"}, rest=asleep) as box, box.paused():
        box.appliance.music.play(mood="calm")
        for _ in range(6):
            box.appliance.post(Tick())
            box.appliance.loop._turn()
        box.clock.advance(300)
        box.appliance.post(Tick())
        box.appliance.loop._turn()
        assert box.player.fades == [FADE_SECONDS]
        told[0] = BY_DAY
        heard = []
        for _ in range(8):
            box.clock.advance(FADE_SECONDS / 4)
            box.appliance.post(Tick())
            box.appliance.loop._turn()
            heard.append(ask(box)["volume"]["percent"])
        assert heard == [30] * 4 + [60] * 4


def test_a_box_whose_clock_nobody_has_set_says_so_and_has_no_night(
    make_box: MakeBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WallClock, "now", lambda _: BY_NIGHT)
    monkeypatch.setattr(WallClock, "doubt", lambda _: "the clock is not set")
    with make_box(tmp_path, quiet_hours={"begin": "22:00"}) as box, box.running():
        box.turn()
        status = serve(box.appliance, {"command": "status"})
        assert status["volume"]["percent"] == 60
        assert [problem["what"] for problem in status["problems"]] == [
            "the clock is not set; so there are no quiet hours"
        ]


def test_music_that_nobody_touches_fades_away_and_an_idle_box_shuts_down(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, rest={"sleep_minutes": 60.0, "idle_poweroff_minutes": 30.0}) as box, box.running():
        box.press()
        box.until_state("playing")
        box.clock.advance(59 * 60)
        box.turn()
        box.knob.turn(1)
        box.turn()
        box.clock.advance(59 * 60)
        box.turn()
        assert box.until_state("playing")["hours"]["sleep_in_seconds"] == 60
        box.clock.advance(timedelta(minutes=1).total_seconds())
        box.until_state("idle")
        assert not box.player.is_playing
        assert box.player.fades == [FADE_SECONDS]
        box.turn()
        box.clock.advance(29 * 60)
        box.turn()
        assert "goodbye" not in box.chimes
        box.clock.advance(60)
        box.until(lambda _: "goodbye" in box.chimes)
        box.until(lambda _: box.power.is_off)
