"""The volume's knob and buttons on gpiozero's mock lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from device.errors import PanelError
from device.panel.gpiozero_knob import GpiozeroKnob
from tests.waiting import wait_until

WIRING: dict[str, Any] = {"knob_gpios": (5, 6), "button_gpios": (23, 24), "chip": None, "pull_up": True}


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory(pin_class=MockPin)
    yield factory
    factory.close()


def test_a_contact_that_chatters_makes_one_click_and_half_a_turn_none(factory: MockFactory) -> None:
    knob, heard = GpiozeroKnob(pin_factory=factory, **WIRING), list[int]()
    knob.listen(heard.append)
    a, b = factory.pin(5), factory.pin(6)
    for change in (a.drive_low, a.drive_high, a.drive_low, b.drive_low, b.drive_high, b.drive_low, a.drive_high):
        change()
    assert heard == []
    b.drive_high()
    assert heard == [1]
    for change in (a.drive_low, b.drive_low, b.drive_high, a.drive_high):  # there and back
        change()
    assert heard == [1]
    knob.close()


def test_a_button_that_is_held_counts_again_and_chatter_is_left_to_the_lines(factory: MockFactory) -> None:
    knob, heard = GpiozeroKnob(pin_factory=factory, **WIRING), list[int]()
    knob.listen(heard.append)
    softer = factory.pin(24)
    assert softer.bounce == 0.02
    softer.drive_low()
    wait_until(lambda: len(heard) >= 3, "a button that counts again", seen=lambda: heard)
    softer.drive_high()
    assert set(heard) == {-1}
    knob.close()


def test_lines_that_cannot_be_had_are_named_and_what_was_taken_is_given_back(factory: MockFactory) -> None:
    with pytest.raises(PanelError, match="volume knob on GPIO 5 and 6, volume buttons on GPIO 23 and 99") as caught:
        GpiozeroKnob(pin_factory=factory, **(WIRING | {"button_gpios": (23, 99)}))
    assert "[panel]" in caught.value.mend
    GpiozeroKnob(pin_factory=factory, **WIRING).close()


def test_without_anything_wired_no_line_is_opened() -> None:
    knob = GpiozeroKnob(**(WIRING | {"knob_gpios": None, "button_gpios": None}))  # needs neither lgpio nor a Pi
    knob.listen(pytest.fail)
    knob.close()


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has GPIO lines")
def test_without_lgpio_or_a_pi_there_is_no_knob() -> None:
    with pytest.raises(PanelError, match="volume knob on GPIO 5 and 6"):
        GpiozeroKnob(**WIRING)
