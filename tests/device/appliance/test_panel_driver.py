"""The panel that the settings name."""

from pathlib import Path
from typing import Any

import pytest

from device.appliance.board import is_raspberry_pi
from device.appliance.panel_driver import build_knob, build_panel, describe_panel, volume_parts
from device.errors import PanelError
from device.panel.file_panel import FilePanel
from device.panel.knob import AbsentKnob
from device.panel.panel import Light
from device.panel.simulated_knob import SimulatedKnob
from device.panel.simulated_panel import SimulatedPanel
from device.settings.sections import PanelSettings


def settings(**changes: Any) -> PanelSettings:
    return PanelSettings(**changes)


def test_a_simulated_panel_needs_nothing() -> None:
    panel = build_panel(settings(driver="simulated"))
    assert isinstance(panel, SimulatedPanel)


def test_a_file_stands_for_the_line_where_the_settings_say_so(tmp_path: Path) -> None:
    panel = build_panel(settings(driver="file", line=tmp_path / "led"))
    assert isinstance(panel, FilePanel)
    panel.show(Light.ON)
    assert (tmp_path / "led").read_text().strip() == "on"
    panel.close()


def test_without_anything_wired_the_lines_are_left_alone() -> None:
    panel = build_panel(settings(button_gpio=-1, led_gpio=-1))  # needs neither lgpio nor a Pi
    panel.show(Light.ON)
    panel.close()


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has GPIO lines")
def test_only_what_is_wired_is_asked_for() -> None:
    with pytest.raises(PanelError, match=r"^LED on GPIO 27, camera LED on GPIO 22: "):
        build_panel(settings(button_gpio=-1, camera_led_gpio=22, gpio_chip=4), on_a_pi=lambda: True)


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has GPIO lines")
def test_off_a_pi_a_box_does_without_a_panel_and_says_so(tmp_path: Path) -> None:
    assert not is_raspberry_pi(tmp_path)
    model = tmp_path / "firmware/devicetree/base/model"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    assert is_raspberry_pi(tmp_path)
    panel = build_panel(settings(), on_a_pi=lambda: False)
    panel.listen(pytest.fail, pytest.fail)
    panel.show(Light.ON)
    panel.close()
    assert describe_panel(settings(), panel) == "none on this machine, use mien press"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "button on GPIO 17, LED on GPIO 27"),
        ({"camera_led_gpio": 22}, "button on GPIO 17, LED on GPIO 27, camera LED on GPIO 22"),
        ({"button_gpio": -1}, "LED on GPIO 27, no button, use mien press"),
        ({"button_gpio": -1, "led_gpio": -1}, "no button, use mien press"),
        ({"driver": "simulated"}, "simulated, use mien press"),
        ({"driver": "file", "line": Path("run/led")}, "no button, use mien press; the LED is the file led"),
    ],
)
def test_a_panel_is_described_for_a_person(changes: dict[str, Any], words: str) -> None:
    assert describe_panel(settings(**changes)) == words


KNOB = {"knob_a_gpio": 5, "knob_b_gpio": 6}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        (KNOB, "knob on GPIO 5 and 6"),
        (KNOB | {"louder_gpio": 23, "softer_gpio": 24}, "knob on GPIO 5 and 6, buttons on GPIO 23 and 24"),
        (KNOB | {"driver": "simulated"}, ""),
    ],
)
def test_what_turns_the_volume_is_named(changes: dict[str, Any], words: str) -> None:
    assert volume_parts(settings(**changes)) == words


def test_nothing_is_opened_for_a_volume_that_no_hand_turns() -> None:
    knob = build_knob(settings())
    assert isinstance(knob, AbsentKnob)
    assert knob.trouble is None
    assert isinstance(build_knob(settings(driver="simulated")), SimulatedKnob)


@pytest.mark.parametrize(("given", "missing"), [("knob_b_gpio", "knob_a_gpio"), ("louder_gpio", "softer_gpio")])
def test_half_a_knob_is_none_and_what_is_missing_is_named(given: str, missing: str) -> None:
    knob = build_knob(settings(**{given: 5}))
    assert isinstance(knob, AbsentKnob)
    assert knob.trouble is not None
    assert f"panel.{given} is given and panel.{missing} is not" in knob.trouble.what
    assert f"mien config set panel.{missing}" in knob.trouble.mend


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has GPIO lines")
@pytest.mark.parametrize("on_a_pi", [True, False])
def test_a_box_goes_on_without_a_knob_that_cannot_be_had_and_on_a_pi_says_so(*, on_a_pi: bool) -> None:
    knob = build_knob(settings(**KNOB), on_a_pi=lambda: on_a_pi)
    assert isinstance(knob, AbsentKnob)
    assert ("volume knob on GPIO 5 and 6" in knob.trouble.what) if knob.trouble else not on_a_pi
