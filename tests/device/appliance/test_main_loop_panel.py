"""The button and the LED of a running box: one press is one press, and the light tells the truth."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from device.panel.gestures import Gesture
from device.panel.panel import Light
from device.session.states import State

BoxMaker = Callable[..., Any]


class Gate:
    """Holds the camera between two frames as long as it is shut."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.pass_time: Callable[[float], None] = lambda _: None

    def __call__(self, seconds: float) -> None:
        self.open.wait(10)
        self.pass_time(seconds)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def box(make_box: BoxMaker, tmp_path: Path, gate: Gate) -> Iterator[Any]:
    box = make_box(tmp_path, wait=gate)
    gate.pass_time = box.clock.advance
    thread = threading.Thread(target=box.appliance.run)
    thread.start()
    until(lambda: len(box.player.chimes) == 1)
    yield box
    gate.open.set()
    box.appliance.stop()
    thread.join(5)
    box.history.close()
    assert not thread.is_alive()


def until(wanted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not wanted():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def state(box: Any) -> State:
    found: State = box.appliance._session.state
    return found


def hold(box: Any, seconds: float) -> None:
    """Hold the button for a while; the loop looks at it in between."""
    box.panel.down()
    until(lambda: box.appliance._button.is_down)
    box.clock.advance(seconds)


def let_go(box: Any) -> None:
    box.panel.up()
    until(lambda: box.appliance._button.is_at_rest)


def test_a_long_hold_warns_by_fast_blinks_then_says_goodbye_and_shuts_down_once(box: Any) -> None:
    hold(box, 2.9)
    time.sleep(0.06)
    assert box.panel.lights == [Light.OFF]
    box.clock.advance(0.2)
    until(lambda: box.panel.light is Light.WARNING)
    assert not box.power.is_off
    box.clock.advance(2)
    until(lambda: box.power.is_off)
    until(lambda: box.panel.light is Light.OFF)
    box.clock.advance(20)
    let_go(box)
    assert [path.stem for path in box.player.chimes] == ["ready", "goodbye"]
    assert state(box) is State.IDLE


def test_who_is_warned_and_lets_go_changes_nothing(box: Any) -> None:
    hold(box, 4)
    until(lambda: box.panel.light is Light.WARNING)
    let_go(box)
    until(lambda: box.panel.light is Light.OFF)
    assert not box.power.is_off


def test_a_hold_in_a_song_stops_it_before_the_warning(box: Any) -> None:
    box.appliance.press(Gesture.SHORT)
    until(lambda: box.panel.light is Light.BREATH)
    hold(box, 1.1)
    until(lambda: box.panel.light is Light.OFF)
    assert not box.player.is_playing
    box.clock.advance(2)
    until(lambda: box.panel.light is Light.WARNING)


def test_a_camera_that_is_slow_to_close_keeps_the_led_on_until_it_has(box: Any, gate: Gate) -> None:
    gate.open.clear()
    box.appliance.press(Gesture.SHORT)
    until(lambda: box.camera.is_open)
    hold(box, 4)
    until(lambda: state(box) is State.IDLE)
    time.sleep(0.05)
    assert box.camera.is_open
    assert box.panel.lights == [Light.OFF, Light.ON], "neither the state's light nor the warning"
    gate.open.set()
    until(lambda: box.panel.light is Light.WARNING)
    assert not box.camera.is_open


def test_a_chattering_contact_is_one_press(box: Any) -> None:
    box.appliance.press(Gesture.SHORT)
    until(lambda: state(box) is State.PLAYING)
    for closed in (True, False, True, False, True):
        box.panel.down() if closed else box.panel.up()
        box.clock.advance(0.004)
    box.clock.advance(0.2)
    for closed in (False, True, False, True, False):
        box.panel.down() if closed else box.panel.up()
        box.clock.advance(0.004)
    until(lambda: len(box.player.played) == 2)
    box.clock.advance(1)
    until(lambda: box.appliance._button.is_at_rest)
    assert len(box.player.played) == 2, "the next song, not the one after it"


def test_a_remote_press_does_not_count_while_a_finger_is_on_the_button(box: Any) -> None:
    box.appliance.press(Gesture.SHORT)
    until(lambda: state(box) is State.PLAYING)
    hold(box, 0.2)
    assert not box.appliance.press(Gesture.SHORT)
    let_go(box)
    until(lambda: len(box.player.played) == 2)
    assert box.appliance.press(Gesture.SHORT)
    until(lambda: len(box.player.played) == 3)


@pytest.fixture
def paused_box(make_box: BoxMaker, tmp_path: Path) -> Iterator[Any]:
    """A box that has started, and whose loop turns only when the test turns it."""
    box = make_box(tmp_path)
    box.appliance.stop()
    box.appliance.run()
    yield box
    box.history.close()


def test_a_remote_press_that_comes_at_the_very_moment_of_the_finger_does_not_count_either(paused_box: Any) -> None:
    paused_box.panel.down()
    assert paused_box.appliance.press(Gesture.SHORT), "the loop has not seen the finger yet"
    for _ in range(2):
        paused_box.appliance._turn()
    assert state(paused_box) is State.IDLE
    paused_box.clock.advance(0.1)
    paused_box.panel.up()
    paused_box.appliance._turn()
    assert state(paused_box) is State.OBSERVING


def test_the_warning_ends_in_the_very_turn_that_sees_the_finger_leave(paused_box: Any) -> None:
    paused_box.panel.down()
    paused_box.appliance._turn()
    paused_box.clock.advance(4)
    paused_box.appliance._turn()  # finds nothing new but the time
    assert paused_box.panel.light is Light.WARNING
    paused_box.panel.up()
    paused_box.appliance._turn()
    assert paused_box.panel.light is Light.OFF


def test_a_press_that_begins_before_the_box_is_ready_does_not_count(make_box: BoxMaker, tmp_path: Path) -> None:
    box = make_box(tmp_path)
    box.panel.down()
    thread = threading.Thread(target=box.appliance.run)
    thread.start()
    until(lambda: len(box.player.chimes) == 1)
    box.clock.advance(6)
    box.panel.up()
    box.appliance.press(Gesture.SHORT)  # its turn comes after the edge's
    until(lambda: state(box) is State.PLAYING)
    box.appliance.stop()
    thread.join(5)
    box.history.close()
    assert box.appliance._session.presses == 1
    assert not box.power.is_off


def test_a_short_press_stays_short_though_the_loop_was_busy(box: Any, gate: Gate) -> None:
    gate.open.clear()
    box.appliance.press(Gesture.SHORT)
    until(lambda: box.camera.is_open)
    box.appliance.press(Gesture.HOLD)  # the loop waits up to a second for this camera
    time.sleep(0.05)
    box.panel.down()
    box.clock.advance(0.1)
    box.panel.up()
    box.clock.advance(3)  # by the time the loop is back, long ago
    gate.open.set()
    until(lambda: state(box) is State.PLAYING)
    assert box.appliance._session.presses == 2


def test_a_box_without_a_sound_card_never_lights_the_led(box: Any) -> None:
    box.player.unplug()
    box.appliance.press(Gesture.SHORT)
    until(lambda: box.panel.light is Light.BLINK_3)
    assert box.panel.lights == [Light.OFF, Light.BLINK_3]
    assert box.camera.times_opened == 0
