"""What the box shows and hears while its daemon does not start."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device.__main__ import main
from device.appliance.fault_lamp import FaultLamp, salvaged_panel_settings
from device.appliance.simulated_host import SimulatedClock
from device.panel.gestures import LONG_HOLD_SECONDS, WARNING_SECONDS
from device.panel.panel import Light
from device.panel.simulated_panel import SimulatedPanel
from device.settings.sections import PanelSettings
from tests.waiting import PATIENCE_SECONDS, wait_until


@contextmanager
def a_lamp(panel: SimulatedPanel, done: list[str], clock: SimulatedClock) -> Iterator[FaultLamp]:
    lamp = FaultLamp(
        panel, clock=clock, start_daemon=lambda: done.append("start"), power_off=lambda: done.append("power off")
    )
    thread = threading.Thread(target=lamp.run)
    thread.start()
    wait_until(lambda: panel.light is Light.BLINK_1, "the blinking")
    yield lamp
    lamp.stop()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def push(panel: SimulatedPanel, lamp: FaultLamp) -> None:
    """Push the button; before the lamp has noticed, no time may pass."""
    panel.down()
    wait_until(lambda: lamp._reader.is_down, "a lamp that notices")


def test_a_press_has_the_daemon_started_again() -> None:
    clock, panel, done = SimulatedClock(), SimulatedPanel(), list[str]()
    with a_lamp(panel, done, clock) as lamp:
        for starts in (["start"], ["start", "start"]):
            clock.advance(1.0)
            push(panel, lamp)
            clock.advance(0.1)
            panel.up()
            wait_until(lambda starts=starts: done == starts, "a start", seen=lambda: done)  # type: ignore[misc]
    assert panel.lights == [Light.OFF, Light.BLINK_1]


def test_a_long_hold_warns_and_then_shuts_the_machine_down() -> None:
    clock, panel, done = SimulatedClock(), SimulatedPanel(), list[str]()
    with a_lamp(panel, done, clock) as lamp:
        push(panel, lamp)
        clock.advance(WARNING_SECONDS)
        wait_until(lambda: panel.light is Light.WARNING, "the warning")
        assert done == []
        clock.advance(LONG_HOLD_SECONDS - WARNING_SECONDS)
        wait_until(lambda: done == ["power off"], "the end")
        panel.up()
        wait_until(lambda: panel.light is Light.BLINK_1, "the blinking")
    assert done == ["power off"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[panel]\nled_gpio = 22\n", PanelSettings(led_gpio=22)),
        ("[panel]\nled_gpio = 22\n[sound]\nstart_volume_percent = 900\n", PanelSettings(led_gpio=22)),
        ("[panel]\nled_gpio = 900\n", PanelSettings()),
        ("panel = 3\n", PanelSettings()),
        ("this is no TOML", PanelSettings()),
    ],
)
def test_the_wiring_is_read_from_settings_that_the_daemon_refuses(
    text: str, expected: PanelSettings, tmp_path: Path
) -> None:
    file = tmp_path / "mien.toml"
    file.write_text(text, encoding="utf-8")
    found = salvaged_panel_settings(file)
    assert (found.driver, found.led_gpio) == (expected.driver, expected.led_gpio)


def test_settings_that_are_not_there_mean_the_usual_wiring(tmp_path: Path) -> None:
    assert salvaged_panel_settings(tmp_path / "nowhere.toml") == PanelSettings()


def test_a_light_is_put_out_though_the_settings_were_broken_meanwhile(tmp_path: Path) -> None:
    settings, line = tmp_path / "mien.toml", tmp_path / "led"
    settings.write_text('[panel]\ndriver = "file"\nline = "led"\n[faces]\nsize = 7%\n', encoding="utf-8")
    line.write_text("on\n", encoding="utf-8")
    assert main(["panel", "off", "--config", str(settings)]) == 0
    assert line.read_text(encoding="utf-8").strip() == "off"


def test_the_verb_blinks_until_it_is_told_to_stop(tmp_path: Path) -> None:
    settings, line = tmp_path / "mien.toml", tmp_path / "led"
    settings.write_text('[panel]\ndriver = "file"\nline = "led"\n[faces]\nsize = 7\n', encoding="utf-8")
    command = [sys.executable, "-m", "device", "panel", "fault", "--config", str(settings)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[3]) as process:
        wait_until(
            lambda: line.exists() and line.read_text(encoding="utf-8").strip() == Light.BLINK_1.value, "the blinking"
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert line.read_text(encoding="utf-8").strip() == "off"
