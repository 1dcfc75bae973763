"""A Raspberry Pi that is not there: real lines, libcamera, ALSA and systemd, and a finger on the button.

``make test-arm64`` plays it on a Pi's kind of processor, with the wheels made for it; its camera is a recording.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import light
import pytest
from blueprint import Blueprint
from image import machine_image
from kernel import kernel
from machine import Machine
from spectrum import most_alike
from wheelhouse import REPOSITORY

pytestmark = pytest.mark.timeout(3600)  # the first test may have to make an arm64 disk

PARTS = "/usr/local/share/pi-parts"
PYTHON = "/opt/mien/venv/bin/python"
WHAT_IT_RUNS_ON = """
import platform, sys
from importlib.metadata import version
print(platform.machine(), "%d.%d" % sys.version_info[:2], version(sys.argv[1]))
"""
SONGS = sorted((REPOSITORY / "models" / "demo_library").glob("*.ogg"))
CHIMES_SECONDS = 10  # before the song, the recording holds the chime that an observation begins with
RECORDING_SECONDS = 60
SLOW = 240
NO_SOUND_CARD = 3
BUTTON, LOUDER, SOFTER = 17, 22, 23
STEP_PERCENT = 5


@pytest.fixture(scope="module")
def machine(blueprint: Blueprint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    core, image = kernel(blueprint.architecture), machine_image(blueprint)
    with Machine(core, image, tmp_path_factory.mktemp("machine")) as machine:
        machine.wait_until_up()
        yield machine


def status(machine: Machine) -> dict[str, Any]:
    return dict(json.loads(machine.succeed("mien", "status", "--json")))


def wait_for(machine: Machine, state: str) -> dict[str, Any]:
    def reached() -> dict[str, Any] | None:
        asked = machine.run("mien", "status", "--json")
        answer = {} if asked.returncode else json.loads(asked.stdout)
        return answer if answer.get("state") == state else None

    return machine.wait_until(reached, f"the state {state}", seconds=SLOW)


def press(machine: Machine, seconds: float = 0.2, *, times: int = 1, gpio: int = BUTTON) -> None:
    machine.succeed("sh", f"{PARTS}/press.sh", str(seconds), str(times), str(gpio))


def look_at_led(machine: Machine, seconds: float = 1.0) -> light.Runs:
    return [(level, held) for level, held in json.loads(machine.succeed("python3", f"{PARTS}/led.py", str(seconds)))]


def wait_for_led(machine: Machine, shows: Callable[[light.Runs], bool], seconds: float = 1.0) -> None:
    machine.wait_until(lambda: shows(look_at_led(machine, seconds)), f"an LED that {shows.__name__}", seconds=SLOW)


def test_a_freshly_installed_box_is_idle_after_its_first_boot(machine: Machine) -> None:
    answer = wait_for(machine, "idle")
    assert answer["songs"] == {"loaded": len(SONGS), "missing": 0}
    assert "Loopback" in answer["sound"]
    assert answer["problems"] == []
    wait_for_led(machine, light.is_dark)
    assert 'card = "Loopback"' in machine.succeed("cat", "/etc/mien/mien.toml")  # the installer left it as it was


def test_the_box_runs_on_its_own_processor_with_its_own_runtime(machine: Machine, blueprint: Blueprint) -> None:
    processor, python, runtime = machine.succeed(PYTHON, "-c", WHAT_IT_RUNS_ON, blueprint.runtime).split()
    assert processor == blueprint.architecture.machine
    assert python == blueprint.python
    assert f"\n{blueprint.runtime}=={runtime} " in f"\n{(REPOSITORY / 'requirements-box.txt').read_text()}"


def test_a_press_leads_from_a_face_to_its_song(machine: Machine, tmp_path: Path) -> None:
    wait_for(machine, "idle")
    record = ["arecord", "-q", "-D", "plughw:Loopback,1,0", "-f", "S16_LE", "-r", "44100", "-c", "2"]
    recorder = ["systemd-run", "--quiet", "--unit=recorder", *record, "-d", str(RECORDING_SECONDS), "/root/heard.wav"]
    machine.succeed(*recorder)
    press(machine)
    assert light.is_lit(look_at_led(machine, 5))
    wait_for_led(machine, light.is_dimmed)
    answer = status(machine)
    assert answer["last_observation"]["frames_with_face"] > 0
    assert answer["state"] in {"playing", "idle"}
    machine.wait_until(
        lambda: machine.run("systemctl", "is-active", "recorder").returncode, "the recording", seconds=SLOW
    )
    heard = tmp_path / "heard.wav"
    heard.write_bytes(machine.read("/root/heard.wav"))
    wait_for(machine, "idle")
    recommended = answer["last_recommendation"]
    chosen = recommended["ranked"][recommended["position"]]["title"]
    song, likeness = most_alike(heard, SONGS, skip_seconds=CHIMES_SECONDS)
    print(f"chosen: {chosen}; heard: {song.stem}, likeness {likeness:.2f}")
    assert song.stem == chosen.lower().replace(" ", "-")


def test_a_second_of_holding_ends_an_observation(machine: Machine) -> None:
    wait_for(machine, "idle")
    press(machine)
    wait_for_led(machine, light.is_lit)
    press(machine, 1.5)
    wait_for_led(machine, light.is_dark)
    assert status(machine)["state"] == "idle"


def wait_for_volume(machine: Machine, fits: Callable[[int], bool], what: str) -> None:
    def reached() -> bool:
        said = re.search(r"The volume is (\d+) %, of at most 80 %[.]", machine.succeed("mien", "volume"))
        return said is not None and fits(int(said[1]))

    machine.wait_until(reached, what, seconds=SLOW)


def test_the_knob_and_both_buttons_turn_the_volume_which_outlasts_a_restart(machine: Machine) -> None:
    wait_for(machine, "idle")
    assert "knob on GPIO 5 and 6, buttons on GPIO 22 and 23" in machine.run("mien", "doctor").stdout

    def turned(way: str, clicks: int, percent: int) -> None:
        machine.succeed("sh", f"{PARTS}/turn.sh", way, str(clicks))
        wait_for_volume(machine, lambda heard: heard == percent, f"{percent} % by the knob")

    turned("louder", 2, 70)
    turned("softer", 5, 45)
    press(machine, gpio=LOUDER)
    wait_for_volume(machine, lambda percent: percent >= 45 + STEP_PERCENT, "a louder one, by a button")
    press(machine, 2.5, gpio=SOFTER)  # held, it goes on
    wait_for_volume(machine, lambda percent: percent <= 45 - 2 * STEP_PERCENT, "a much softer one, by a button")
    machine.succeed("mien", "volume", "40")
    turned("louder", 1, 45)
    machine.wait_until(
        lambda: '"percent": 45' in machine.run("cat", "/var/lib/mien/state/volume.json").stdout,
        "the volume on the card",
        seconds=SLOW,
    )
    # The same restart lets songs follow one another from now on.
    machine.succeed("sed", "-i", 's/^after_song = .*/after_song = "continue"/', "/etc/mien/mien.toml")
    machine.succeed("systemctl", "restart", "mien")
    assert wait_for(machine, "idle")["volume"]["percent"] == 45
    machine.succeed("mien", "volume", "60")


def test_one_button_leads_through_an_evening(machine: Machine) -> None:
    def endings() -> list[str]:
        """How the songs have ended, the newest first; one that plays has not."""
        entries = json.loads(machine.succeed("mien", "history", "--json"))["entries"]
        return [entry["ended"] for entry in entries]

    wait_for(machine, "idle")
    press(machine)
    wait_for(machine, "playing")
    press(machine)
    machine.wait_until(lambda: endings()[:2] == ["", "skipped"], "the next song", seconds=SLOW)
    assert status(machine)["state"] == "playing"
    observations = status(machine)["observations"]

    def looks_anew() -> bool:
        """Press twice; an emulated processor may take that for two presses, each of which brings another song."""
        press(machine, 0.1, times=2)
        return status(machine)["observations"] == observations + 1

    machine.wait_until(looks_anew, "another look", seconds=SLOW)
    wait_for(machine, "playing")
    press(machine, 1.5)
    wait_for(machine, "idle")
    machine.wait_until(lambda: endings()[0] == "faded", "music that was stopped", seconds=SLOW)


def test_without_a_sound_card_it_blinks_three_times_until_the_card_is_back(machine: Machine) -> None:
    wait_for(machine, "idle")
    machine.succeed("modprobe", "-r", "snd-aloop")
    press(machine)
    answer = wait_for(machine, "fault")
    assert answer["fault"]["cause"] == "sound card"
    groups = light.flashes(look_at_led(machine, 15))
    assert NO_SOUND_CARD in groups, groups
    machine.succeed("modprobe", "snd-aloop")
    assert wait_for(machine, "idle")["fault"] is None  # without a press
    press(machine)
    wait_for_led(machine, light.is_lit)
    press(machine, 1.5)
    wait_for(machine, "idle")


def test_five_seconds_of_holding_switch_the_machine_off(machine: Machine) -> None:
    wait_for(machine, "idle")
    press(machine, 6)
    machine.wait_until_off()
    machine.switch_on()
    machine.wait_until_up()
    wait_for(machine, "idle")
