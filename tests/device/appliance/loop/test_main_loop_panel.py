"""The button and the LED of a running box: one press is one press, and the light tells the truth."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.panel.gestures import Gesture
from device.panel.panel import Light
from device.session.states import State
from tests.device.simulated_box import Gate, MakeBox, SimulatedBox
from tests.waiting import wait_until


def hold(box: SimulatedBox, seconds: float) -> None:
    """Hold the button for a while; the loop looks at it in between."""
    box.panel.down()
    wait_until(lambda: box.appliance.loop.button.is_down)
    box.clock.advance(seconds)


def let_go(box: SimulatedBox) -> None:
    box.panel.up()
    wait_until(lambda: box.appliance.loop.button.is_at_rest)


def test_a_long_hold_warns_by_fast_blinks_then_says_goodbye_and_shuts_down_once(box: SimulatedBox) -> None:
    hold(box, 2.9)
    box.turn()
    assert box.panel.lights == [Light.OFF, Light.OFFER]
    box.clock.advance(0.2)
    wait_until(lambda: box.panel.light is Light.WARNING)
    assert not box.power.is_off
    box.clock.advance(2)
    wait_until(lambda: box.power.is_off)
    wait_until(lambda: box.panel.light is Light.OFF)
    box.clock.advance(20)
    let_go(box)
    assert box.chimes == ["ready", "goodbye"]
    assert box.session.state is State.IDLE


def test_who_is_warned_and_lets_go_changes_nothing(box: SimulatedBox) -> None:
    hold(box, 4)
    wait_until(lambda: box.panel.light is Light.WARNING)
    let_go(box)
    wait_until(lambda: box.panel.light is Light.OFF)
    assert not box.power.is_off


def test_a_hold_in_a_song_stops_it_before_the_warning(box: SimulatedBox) -> None:
    box.appliance.press(Gesture.SHORT)
    wait_until(lambda: box.panel.light is Light.BREATH)
    hold(box, 1.1)
    wait_until(lambda: box.panel.light is Light.OFF)
    assert not box.player.is_playing
    box.clock.advance(2)
    wait_until(lambda: box.panel.light is Light.WARNING)


def test_a_camera_that_is_slow_to_close_keeps_the_led_on_until_it_has(box: SimulatedBox, gate: Gate) -> None:
    gate.shut()
    box.appliance.press(Gesture.SHORT)
    wait_until(lambda: box.camera.is_open)
    hold(box, 4)
    wait_until(lambda: box.session.state is State.IDLE)
    box.turn()
    assert box.camera.is_open
    assert box.panel.lights == [Light.OFF, Light.ON], "neither the state's light nor the warning"
    gate.open()
    wait_until(lambda: box.panel.light is Light.WARNING)
    assert not box.camera.is_open


def test_a_chattering_contact_is_one_press(box: SimulatedBox) -> None:
    box.appliance.press(Gesture.SHORT)
    wait_until(lambda: box.session.state is State.PLAYING)
    for closed in (True, False, True, False, True):
        box.panel.down() if closed else box.panel.up()
        box.clock.advance(0.004)
    box.clock.advance(0.2)
    for closed in (False, True, False, True, False):
        box.panel.down() if closed else box.panel.up()
        box.clock.advance(0.004)
    wait_until(lambda: len(box.player.played) == 2)
    box.clock.advance(1)
    wait_until(lambda: box.appliance.loop.button.is_at_rest)
    box.turn()
    assert len(box.player.played) == 2, "the next song, not the one after it"


def test_a_remote_press_does_not_count_while_a_finger_is_on_the_button(box: SimulatedBox) -> None:
    box.appliance.press(Gesture.SHORT)
    wait_until(lambda: box.session.state is State.PLAYING)
    hold(box, 0.2)
    assert not box.appliance.press(Gesture.SHORT)
    let_go(box)
    wait_until(lambda: len(box.player.played) == 2)
    assert box.appliance.press(Gesture.SHORT)
    wait_until(lambda: len(box.player.played) == 3)


@pytest.fixture
def paused_box(make_box: MakeBox, tmp_path: Path) -> Iterator[SimulatedBox]:
    """A box that has started, and whose loop turns only when the test turns it."""
    with make_box(tmp_path) as box, box.paused():
        yield box


def test_a_remote_press_that_comes_at_the_very_moment_of_the_finger_does_not_count_either(
    paused_box: SimulatedBox,
) -> None:
    paused_box.panel.down()
    assert paused_box.appliance.press(Gesture.SHORT), "the loop has not seen the finger yet"
    for _ in range(2):
        paused_box.appliance.loop._turn()
    assert paused_box.session.state is State.IDLE
    paused_box.clock.advance(0.1)
    paused_box.panel.up()
    paused_box.appliance.loop._turn()
    assert paused_box.session.state is State.OBSERVING


def test_the_warning_ends_in_the_very_turn_that_sees_the_finger_leave(paused_box: SimulatedBox) -> None:
    paused_box.panel.down()
    paused_box.appliance.loop._turn()
    paused_box.clock.advance(4)
    paused_box.appliance.loop._turn()  # finds nothing new but the time
    assert paused_box.panel.light is Light.WARNING
    paused_box.panel.up()
    paused_box.appliance.loop._turn()
    assert paused_box.panel.light is Light.OFF


def test_a_press_that_begins_before_the_box_is_ready_does_not_count(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path) as box:
        box.panel.down()
        with box.running():
            box.clock.advance(6)
            box.panel.up()
            box.appliance.press(Gesture.SHORT)  # its turn comes after the edge's
            wait_until(lambda: box.session.state is State.PLAYING)
        assert box.session.presses == 1
        assert not box.power.is_off


def test_a_short_press_stays_short_though_the_loop_was_busy(box: SimulatedBox, gate: Gate) -> None:
    gate.shut()
    box.appliance.press(Gesture.SHORT)
    wait_until(lambda: box.camera.is_open)
    box.appliance.press(Gesture.HOLD)  # the loop waits up to a second for this camera
    wait_until(box.is_cancelled)
    box.panel.down()
    box.clock.advance(0.1)
    box.panel.up()
    box.clock.advance(3)  # by the time the loop is back, long ago
    gate.open()
    wait_until(lambda: box.session.state is State.PLAYING)
    assert box.session.presses == 2


def test_a_box_without_a_sound_card_never_lights_the_led(box: SimulatedBox) -> None:
    box.player.unplug()
    box.appliance.press(Gesture.SHORT)
    wait_until(lambda: box.panel.light is Light.BLINK_3)
    assert box.panel.lights == [Light.OFF, Light.BLINK_3]
    assert box.camera.times_opened == 0
