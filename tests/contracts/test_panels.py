"""What every panel promises, whatever it is made of."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin

from device.panel.file_panel import FilePanel
from device.panel.gpiozero_panel import GpiozeroPanel
from device.panel.panel import Light, Panel
from device.panel.simulated_panel import SimulatedPanel
from tests.waiting import wait_until


@dataclass
class Bench:
    """A panel, an eye for its LED, and a finger for its button if it has one."""

    panel: Panel
    is_lit: Callable[[], bool]
    down: Callable[[], None] = lambda: pytest.fail("this panel has no button")
    up: Callable[[], None] = lambda: pytest.fail("this panel has no button")


def simulated(_: Path) -> Bench:
    panel = SimulatedPanel()
    return Bench(panel, lambda: panel.light is not Light.OFF, panel.down, panel.up)


def file(folder: Path) -> Bench:
    line = folder / "led"
    panel = FilePanel(line)
    return Bench(panel, lambda: line.read_text().strip() != "off")


def gpiozero_dimmed(_: Path) -> Bench:
    return gpiozero(MockPWMPin)


def gpiozero_switched(_: Path) -> Bench:
    return gpiozero(MockPin)


def gpiozero_the_other_way_round(_: Path) -> Bench:
    return gpiozero(MockPWMPin, pull_up=False, led_active_high=False)


def gpiozero(pin_class: type[MockPin], *, pull_up: bool = True, led_active_high: bool = True) -> Bench:
    factory = MockFactory(pin_class=pin_class)
    panel = GpiozeroPanel(
        button_gpio=17,
        led_gpio=27,
        camera_led_gpio=None,
        chip=None,
        pull_up=pull_up,
        led_active_high=led_active_high,
        pin_factory=factory,
    )
    button, led = factory.pin(17), factory.pin(27)
    down, up = (button.drive_low, button.drive_high) if pull_up else (button.drive_high, button.drive_low)

    def is_lit() -> bool:
        driven = led.function == "output"  # a line that was given back lights nothing
        return driven and (led.state > 0 if led_active_high else led.state < 1)

    return Bench(panel, is_lit, down, up)


WITH_A_BUTTON = [simulated, gpiozero_dimmed, gpiozero_switched, gpiozero_the_other_way_round]

with_a_button = pytest.mark.parametrize("bench", WITH_A_BUTTON, indirect=True, ids=lambda make: make.__name__)


@pytest.fixture(params=[*WITH_A_BUTTON, file], ids=lambda make: make.__name__)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    bench: Bench = request.param(tmp_path)
    yield bench
    bench.panel.close()


@with_a_button
def test_edges_before_anybody_listens_are_lost_quietly(bench: Bench) -> None:
    bench.down()
    bench.up()
    edges: list[str] = []
    bench.panel.listen(lambda: edges.append("down"), lambda: edges.append("up"))
    assert edges == []


@with_a_button
def test_edges_are_told_in_order(bench: Bench) -> None:
    edges: list[str] = []
    bench.panel.listen(lambda: edges.append("down"), lambda: edges.append("up"))
    for _ in range(2):
        bench.down()
        bench.up()
    assert edges == ["down", "up", "down", "up"]


def test_the_led_is_dark_at_first(bench: Bench) -> None:
    assert not bench.is_lit()


@pytest.mark.parametrize("light", [light for light in Light if light is not Light.OFF])
def test_every_light_but_off_lights_the_led_sooner_or_later(bench: Bench, light: Light) -> None:
    bench.panel.show(light)
    wait_until(bench.is_lit, "a lit LED")


@pytest.mark.parametrize("light", list(Light))
def test_off_follows_any_light_at_once(bench: Bench, light: Light) -> None:
    bench.panel.show(light)
    bench.panel.show(Light.OFF)
    assert not bench.is_lit()


@pytest.mark.parametrize("light", list(Light))
def test_the_led_is_dark_after_closing(bench: Bench, light: Light) -> None:
    bench.panel.show(light)
    bench.panel.close()
    bench.panel.close()
    assert not bench.is_lit()


def test_many_patterns_leave_no_thread_behind(bench: Bench) -> None:
    before = threading.active_count()
    for _ in range(50):
        for light in (Light.BREATH, Light.ON, Light.PULSE, Light.WARNING, Light.OFF):
            bench.panel.show(light)
    assert threading.active_count() <= before
