"""Random lives of a whole box of simulated parts, its threads included, keep what a person relies on.

The main loop runs in the test's own thread, message by message; the camera's thread runs as far as the test lets frames
through. So every life is the same when it is told again, and hypothesis can shorten it.
"""

import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from device.panel.gestures import LONG_HOLD_SECONDS, WARNING_SECONDS, Gesture
from device.panel.panel import Light
from device.player.player import PlaybackEnd
from device.session.events import Tick
from device.session.machine.session import WATCHING
from device.session.states import State
from tests.device.simulated_box import MakeBox, SimulatedBox

FRAMES = 40  # at two a second, more than an observation takes
ENDED_BADLY = [end for end in PlaybackEnd if end not in {PlaybackEnd.FINISHED, PlaybackEnd.CARD_LOST}]


class Turnstile:
    """Lets so many frames through, and knows whether the camera's thread waits at it."""

    def __init__(self, box: SimulatedBox) -> None:
        self.box = box
        self.tickets = 0
        self.somebody_waits = False
        box.camera.wait = self

    def __call__(self, seconds: float) -> None:
        watch = self.box.appliance.loop.camera.run
        assert watch is not None
        self.somebody_waits = True
        while self.tickets == 0 and not watch._cancelled.is_set():
            time.sleep(0.0001)
        self.somebody_waits = False
        if self.tickets:
            self.tickets -= 1
            self.box.clock.advance(seconds)


class Life(RuleBasedStateMachine):
    """One box, from its start to its last way out."""

    make_box: MakeBox

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="mien")))
        self.box = self.stack.enter_context(type(self).make_box(folder, camera={"frames_per_second": 2}))
        self.turnstile = Turnstile(self.box)
        self.stack.enter_context(self.box.paused())
        self.appliance = self.box.appliance
        self.finger = False

    @property
    def state(self) -> State:
        return self.box.session.state

    def settle(self) -> None:
        """Let everything happen that can happen without time, a hand or another frame."""
        while True:
            while not self.appliance.loop.messages.empty():
                self.appliance.loop._turn()
            idle = threading.Event()
            self.appliance.loop.camera.thread.begin(idle.set)  # its turn comes when nothing is observed any more
            while not (idle.is_set() or self.waits_for_frames):
                time.sleep(0.0001)
            if self.appliance.loop.messages.empty():
                return

    @property
    def waits_for_frames(self) -> bool:
        return self.turnstile.somebody_waits and self.turnstile.tickets == 0

    def tick(self) -> None:
        self.appliance.post(Tick())
        self.settle()

    @rule(seconds=st.sampled_from([0.01, 0.3, 1.0, 2.0, 3.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.box.clock.advance(seconds)
        self.tick()

    @rule(chatter=st.integers(0, 3))
    def the_finger_moves(self, chatter: int) -> None:
        self.finger = not self.finger
        for _ in range(chatter):
            self.box.panel.down() if self.finger else self.box.panel.up()
            self.box.panel.up() if self.finger else self.box.panel.down()
        self.box.panel.down() if self.finger else self.box.panel.up()
        self.settle()
        self.box.clock.advance(0.06)
        self.tick()

    @rule(gesture=st.sampled_from(Gesture))
    def somebody_presses_over_ssh(self, gesture: Gesture) -> None:
        counts = self.appliance.press(gesture)
        self.settle()
        assert counts != self.finger

    @precondition(lambda self: not self.finger)
    @rule()
    def somebody_has_a_whole_session(self) -> None:
        self.somebody_presses_over_ssh(Gesture.SHORT)
        if self.waits_for_frames:
            self.frames_come(FRAMES)

    @precondition(lambda self: self.waits_for_frames)
    @rule(frames=st.sampled_from([1, 5, FRAMES]))
    def frames_come(self, frames: int) -> None:
        self.turnstile.tickets = frames
        self.settle()
        self.turnstile.tickets = 0
        self.tick()  # as the loop does by itself while time passes

    @rule(trouble=st.sampled_from(["vanish", "stall", "come_back"]))
    def the_camera_has_trouble(self, trouble: str) -> None:
        getattr(self.box.camera, trouble)()

    @rule(trouble=st.sampled_from(["unplug", "plug_in"]))
    def the_sound_card_has_trouble(self, trouble: str) -> None:
        getattr(self.box.player, trouble)()
        self.settle()

    @rule(present=st.booleans())
    def somebody_comes_or_goes(self, *, present: bool) -> None:
        self.box.detector.somebody = present

    @precondition(lambda self: self.box.player.is_playing)
    @rule(end=st.sampled_from([None, *ENDED_BADLY]))
    def the_song_ends(self, end: PlaybackEnd | None) -> None:
        self.box.player.finish() if end is None else self.box.player.fail(end, "as bad luck would have it")
        self.settle()

    @invariant()
    def the_led_is_on_exactly_while_the_camera_streams(self) -> None:
        assert (self.box.panel.light is Light.ON) == self.box.camera.is_open

    @invariant()
    def the_camera_streams_only_while_watching(self) -> None:
        assert not self.box.camera.is_open or self.state in WATCHING

    @invariant()
    def who_is_about_to_shut_the_box_down_is_warned(self) -> None:
        held = self.appliance.loop.button.held_seconds(self.box.clock())
        warned = WARNING_SECONDS <= held < LONG_HOLD_SECONDS
        if not self.box.camera.is_open:
            assert (self.box.panel.light is Light.WARNING) == warned

    @invariant()
    def a_song_plays_exactly_while_playing(self) -> None:
        assert self.box.player.is_playing == (self.state is State.PLAYING)

    @invariant()
    def the_status_can_be_told(self) -> None:
        status = self.appliance.status()
        assert status["state"] == self.state.value
        assert (status["fault"] is not None) == (self.state is State.FAULT)

    def teardown(self) -> None:
        with self.stack:
            self.find_the_way_out()

    def find_the_way_out(self) -> None:
        """However it stands, a person who mends what is broken and presses hears a song, and can stop it."""
        self.box.camera.come_back()
        self.box.player.plug_in()
        self.box.detector.somebody = True
        if self.finger:
            self.the_finger_moves(0)
        if self.state not in {State.IDLE, State.FAULT}:
            self.somebody_presses_over_ssh(Gesture.HOLD)
        assert self.state in {State.IDLE, State.FAULT}
        self.somebody_presses_over_ssh(Gesture.SHORT)
        assert self.state is State.OBSERVING
        self.frames_come(FRAMES)
        assert self.state is State.PLAYING
        self.somebody_presses_over_ssh(Gesture.HOLD)
        assert self.state is State.IDLE
        assert not self.box.player.is_playing
        assert self.box.panel.light is Light.OFF


def test_lives(make_box: MakeBox) -> None:
    run_state_machine_as_test(
        type("LifeOfABox", (Life,), {"make_box": staticmethod(make_box)}),
        settings=settings(max_examples=25, stateful_step_count=30, deadline=None),
    )
