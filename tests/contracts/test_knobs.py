"""What every knob promises, whatever it is made of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from device.panel.gpiozero_knob import GpiozeroKnob
from device.panel.knob import Knob
from device.panel.simulated_knob import SimulatedKnob


@dataclass
class Bench:
    """A knob, and a hand for it."""

    knob: Knob
    turn: Callable[[int], None]


def simulated() -> Bench:
    knob = SimulatedKnob()
    return Bench(knob, knob.turn)


def encoder() -> Bench:
    factory = MockFactory(pin_class=MockPin)
    knob = GpiozeroKnob(knob_gpios=(5, 6), button_gpios=None, chip=None, pull_up=True, pin_factory=factory)
    return Bench(knob, lambda clicks: turn_encoder(factory.pin(5), factory.pin(6), clicks))


def buttons() -> Bench:
    return pressed_buttons(pull_up=True)


def buttons_to_3_volts() -> Bench:
    return pressed_buttons(pull_up=False)


def pressed_buttons(*, pull_up: bool) -> Bench:
    factory = MockFactory(pin_class=MockPin)
    knob = GpiozeroKnob(knob_gpios=None, button_gpios=(23, 24), chip=None, pull_up=pull_up, pin_factory=factory)
    assert {factory.pin(gpio).pull for gpio in (23, 24)} == {"up" if pull_up else "down"}

    def turn(clicks: int) -> None:
        button = factory.pin(23 if clicks > 0 else 24)
        down, up = (button.drive_low, button.drive_high) if pull_up else (button.drive_high, button.drive_low)
        for _ in range(abs(clicks)):
            down()
            up()

    return Bench(knob, turn)


def turn_encoder(a: MockPin, b: MockPin, clicks: int) -> None:
    """Close A, then B, then open A, then B: clockwise, as gpiozero draws it; or B first."""
    first, second = (a, b) if clicks > 0 else (b, a)
    for _ in range(abs(clicks)):
        for change in (first.drive_low, second.drive_low, first.drive_high, second.drive_high):
            change()


@pytest.fixture(params=[simulated, encoder, buttons, buttons_to_3_volts], ids=lambda make: make.__name__)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench: Bench = request.param()
    yield bench
    bench.knob.close()


def test_clicks_before_anybody_listens_are_lost_quietly_and_later_ones_are_told(bench: Bench) -> None:
    heard: list[int] = []
    bench.turn(3)
    bench.knob.listen(heard.append)
    for clicks in (2, -3, 1):
        bench.turn(clicks)
    assert heard == [1, 1, -1, -1, -1, 1]


def test_after_closing_nothing_is_told_and_it_may_be_repeated(bench: Bench) -> None:
    heard: list[int] = []
    bench.knob.listen(heard.append)
    bench.knob.close()
    bench.knob.close()
    bench.turn(1)
    assert heard == []
