"""The panel that the settings name."""

from pathlib import Path
from typing import Any

import pytest

from device.appliance.board import is_raspberry_pi
from device.appliance.panel_driver import build_panel, describe_panel
from device.errors import PanelError
from device.panel.file_panel import FilePanel
from device.panel.panel import Light
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
