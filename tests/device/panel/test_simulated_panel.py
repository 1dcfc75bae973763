"""The levers of the simulated panel."""

import itertools
import threading

import pytest

from device.appliance.simulated_host import SimulatedClock
from device.panel.panel import Light
from device.panel.simulated_panel import SimulatedPanel


def test_a_press_lasts_as_long_as_it_is_told() -> None:
    clock, edges = SimulatedClock(), []
    panel = SimulatedPanel(wait=clock.advance)
    panel.press()  # nobody listens yet
    panel.listen(lambda: edges.append(clock()), lambda: edges.append(clock()))
    panel.press(1.5)
    assert edges == pytest.approx([0.1, 1.6])


def test_lights_are_remembered_and_off_after_closing() -> None:
    panel = SimulatedPanel()
    for light in (Light.ON, Light.ON, Light.BREATH):
        panel.show(light)
    panel.close()
    assert panel.lights == [Light.OFF, Light.ON, Light.BREATH, Light.OFF]


def test_lights_are_not_remembered_for_ever() -> None:
    panel = SimulatedPanel()
    for light in itertools.islice(itertools.cycle([Light.ON, Light.PULSE]), 150):
        panel.show(light)
    assert panel.lights == [Light.ON, Light.PULSE] * 50


def test_a_light_can_be_waited_for() -> None:
    panel = SimulatedPanel()
    assert panel.wait_for(Light.OFF, Light.ON)
    assert not panel.wait_for(Light.ON, at_most_seconds=0.01)
    threading.Timer(0.01, panel.show, [Light.ON]).start()
    assert panel.wait_for(Light.ON, at_most_seconds=60)
