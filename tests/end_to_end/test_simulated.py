"""A box that is simulated altogether and run by its settings file: no camera, no model, no sound card, no waiting."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.device.simulated_box import write_release

BoxMaker = Callable[..., Any]

SIMULATED: dict[str, dict[str, Any]] = {
    "camera": {"driver": "simulated"},
    "faces": {"detector": "simulated"},
    "emotion": {"classifier": "simulated", "expression": "happiness"},
    "sound": {"output": "simulated"},
    "panel": {"driver": "simulated", "power_off": False},
    "clock": {"driver": "simulated"},
}

DRIVERS = ("libvlc", "tflite", "ai_edge_litert", "picamera2", "libcamera", "lgpio")


@pytest.fixture
def make_simulated(make_box: BoxMaker, tmp_path: Path) -> BoxMaker:
    """Make a box whose release holds eight songs and no model; keywords override settings."""
    release, music = tmp_path / "release", tmp_path / "music"
    for folder in (release, music):
        folder.mkdir()
    write_release(release)
    for name in ("happy", "depressed"):
        (music / f"{name}.ogg").touch()

    def make(**sections: dict[str, Any]) -> Any:
        box = make_box(Path("no clip"), paths={"release_folder": str(release), "music_folder": str(music)})
        box.settings |= {name: SIMULATED.get(name, {}) | sections.get(name, {}) for name in {*SIMULATED, *sections}}
        return box

    return make


def test_a_press_leads_to_a_song_and_a_hold_ends_it(make_simulated: BoxMaker) -> None:
    box = make_simulated()
    idle = box.start()
    assert (idle["state"], idle["camera"], idle["sound"]) == (
        "idle",
        "simulated, 640 × 480",
        "simulated, nothing is heard",
    )

    playing = box.observe()
    assert playing["state"] == "playing"
    assert playing["last_observation"]["seconds"]["happiness"] == pytest.approx(15)
    assert playing["last_observation"]["plane_place"]["mood"] == "happy"
    assert playing["last_recommendation"]["ranked"][0]["path"] == "happy.ogg"
    assert playing["latencies"]["press_to_observed_seconds"] == pytest.approx(15, abs=0.2)

    assert box.mien("press", "--hold", "1").returncode == 0
    box.wait_for(lambda s: s["state"] == "idle")
    assert box.stop() == 0, box.log()
    lights = [line.rpartition("LED: ")[2] for line in box.log().splitlines() if "LED: " in line]
    assert lights == ["on", "pulse", "slow breath", "off"]


def test_the_daemon_loads_no_driver_of_a_part_that_is_simulated(make_simulated: BoxMaker) -> None:
    box = make_simulated()
    box.start()
    box.observe()
    loaded = Path(f"/proc/{box.process.pid}/maps").read_text()
    assert [name for name in DRIVERS if name in loaded] == []


def test_another_expression_leads_to_another_song(make_simulated: BoxMaker) -> None:
    box = make_simulated(emotion={"expression": "sadness"})
    box.start()
    assert box.observe()["last_recommendation"]["ranked"][0]["path"] == "depressed.ogg"


def test_nobody_in_the_settings_leads_to_no_song(make_simulated: BoxMaker) -> None:
    box = make_simulated(faces={"somebody": False})
    box.start()
    status = box.observe()
    assert (status["state"], status["last_recommendation"]) == ("idle", None)


def test_an_observation_without_a_daemon_takes_no_time_either(make_simulated: BoxMaker) -> None:
    finished = make_simulated(observation={"seconds": 120.0}).mien("observe")  # more than the test would wait
    assert finished.returncode == 0, finished.stderr
    assert "similarity" in finished.stdout


def test_doctor_says_what_is_simulated(make_simulated: BoxMaker) -> None:
    finished = make_simulated().mien("doctor")
    assert finished.stdout.count(" simulated, ") == 6
    [wrong] = [line for line in finished.stdout.splitlines() if line.startswith("MEND")]
    assert wrong.startswith("MEND  songs ")
    assert finished.stdout.endswith("1 to mend.\n"), "most of the songs are not there"
