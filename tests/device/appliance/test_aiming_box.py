"""Somebody aims the camera of a whole box: it looks for faces, chimes, and keeps nothing."""

import argparse
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from device.appliance.daemon import serve
from device.commands._parser import number_checked_by
from device.commands.aim import more_than_none
from device.observation.aiming import FIRST_PAUSE_SECONDS
from device.panel.panel import Light
from device.player.player import PlaybackEnd
from device.status.control_server import ControlServer
from tests.device.simulated_box import MakeBox, SimulatedBox
from tests.waiting import PATIENCE_SECONDS, wait_until

ROOT = Path(__file__).parents[3]


def aim(box: SimulatedBox, seconds: float) -> bool:
    return bool(serve(box.appliance, {"command": "aim", "seconds": seconds})["aiming"])


def test_a_minute_of_aiming_says_the_place_chimes_and_keeps_nothing(make_box: MakeBox, tmp_path: Path) -> None:
    there, go_on = threading.Event(), threading.Event()
    with make_box(tmp_path) as box:

        def wait(seconds: float) -> None:
            box.clock.advance(seconds)
            if box.clock() > FIRST_PAUSE_SECONDS + 1:
                there.set()
                go_on.wait()

        box.camera.wait = wait
        read: list[object] = []
        box.classifier.expression = lambda: read.append(1) or "happiness"
        with box.running():
            assert aim(box, 60)
            assert there.wait(PATIENCE_SECONDS)
            status = box.appliance.status()
            assert (status["state"], status["light"]) == ("aiming", Light.ON.value)
            assert status["watching"]["place"] == {"x": 0.5, "y": 0.5, "width": 0.4, "height": 0.5}
            assert status["watching"]["face"]
            assert status["watching"]["probabilities"] is None
            assert not any(status["watching"]["seconds"].values())
            assert not aim(box, 60), "the box is at work"
            go_on.set()
            after = box.until_state("idle")
        assert after["last_observation"] is None
        assert after["observations"] == 0
        assert set(box.chimes[1:]) == {"aimed"}
        assert len(box.chimes) > 10
        assert box.player.played == []
        assert read == []
        assert not box.box.parts.history.recent_song_ids(5)


@pytest.mark.parametrize("end", ["press", "hold", "ask"])
def test_a_press_or_a_word_closes_the_camera(make_box: MakeBox, tmp_path: Path, end: str) -> None:
    with make_box(tmp_path, clock={"driver": "real"}) as box, box.running():
        assert aim(box, 60)
        box.until(lambda status: status["watching"] and status["watching"]["face"])
        if end == "ask":
            assert not aim(box, 0)
        else:
            box.press(1 if end == "hold" else 0)
        box.until_state("idle")
        box.until(lambda status: status["light"] == Light.OFF.value and not box.camera.is_open)
        assert box.appliance.status()["observations"] == 0


@pytest.mark.parametrize("was_away", [True, False])
def test_a_fault_of_the_sound_is_told_again_after_an_aiming_that_hid_it(box: SimulatedBox, *, was_away: bool) -> None:
    box.press()
    box.until_state("playing")
    if was_away:
        box.player.unplug()
    else:
        box.player.fail(PlaybackEnd.NO_SOUND, "it is in use")
    before = box.until_state("fault")["fault"]
    wait_until(lambda: aim(box, 2))
    wait_until(lambda: box.chimes.count("error") > 1, "a fault after the aiming")
    after = box.until_state("fault")["fault"]
    assert ("unplugged" if was_away else before["what"]) in after["what"]


@pytest.mark.parametrize("plugged_in", [True, False])
def test_the_verb_says_what_helps_and_ends_with_the_time(
    make_box: MakeBox, tmp_path: Path, *, plugged_in: bool
) -> None:
    with make_box(tmp_path, clock={"driver": "real"}, faces={"somebody": False}) as box, box.running():
        if not plugged_in:
            box.player.unplug()
            box.press()
            box.until_state("fault")
        place = box.settings.paths.control_socket
        settings = tmp_path / "mien.toml"
        settings.write_text(f'[paths]\ncontrol_socket = "{place}"\n', encoding="utf-8")
        with closing(ControlServer(place, lambda request: serve(box.appliance, request))) as server:
            server.start()
            command = [sys.executable, "-m", "device", "aim", "--seconds", "2", "--config", str(settings)]
            finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "nobody: no face is seen" in finished.stdout
    assert finished.stdout.endswith("The camera is closed; nothing was kept.\n")
    assert "aim" in box.chimes


@pytest.mark.parametrize("seconds", ["0", "-0.0", "61", "nan", "x"])
def test_nobody_aims_for_no_time_or_for_ever(seconds: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="a camera can be aimed for"):
        number_checked_by(more_than_none)(seconds)
