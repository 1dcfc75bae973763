"""Ten thousand sessions in one process: years of evenings, after which the box is as it was on the first."""

import ctypes
import gc
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from device.panel.gestures import Gesture
from device.panel.panel import Light
from device.panel.simulated_panel import SimulatedPanel
from device.player.player import PlaybackEnd
from device.player.simulated_player import SimulatedPlayer

SESSIONS = 10_000
WARM_UP = 500
MOST_GROWTH = 0.02
WAIT_SECONDS = 30.0


class ForgetfulPanel(SimulatedPanel):
    """Says which light came, and keeps only the last: what it remembers would be growth too."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = threading.Condition()

    def show(self, light: Light) -> None:
        with self.changed:
            super().show(light)
            del self.lights[:-1]
            self.changed.notify_all()

    def wait_for(self, *lights: Light) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.light in lights, WAIT_SECONDS), f"still {self.light}"


class ForgetfulPlayer(SimulatedPlayer):
    """Keeps no list of what it played."""

    def play(self, *arguments: Any, **keywords: Any) -> None:
        super().play(*arguments, **keywords)
        self.played.clear()

    def chime(self, path: Path) -> None:
        del path


@dataclass(frozen=True)
class Footprint:
    """What a process holds."""

    resident_pages: int
    allocated_blocks: int
    """Of Python's own allocator: small leaks show here long before a page is full of them."""
    threads: int
    file_descriptors: int

    @classmethod
    def now(cls) -> "Footprint":
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what is free already is not held
        return cls(
            resident_pages=int(Path("/proc/self/statm").read_text().split()[1]),
            allocated_blocks=sys.getallocatedblocks(),
            threads=threading.active_count(),
            file_descriptors=len(list(Path("/proc/self/fd").iterdir())),
        )


class Evenings:
    """Sessions of every kind, one after another, each back to rest."""

    def __init__(self, box: Any) -> None:
        self.box = box
        self.kinds: Iterator[Callable[[], None]] = itertools.cycle(
            [
                self.to_the_end,
                self.stopped_by_the_button,
                self.to_the_end,
                self.nobody_there,
                self.three_songs,
                self.camera_vanishes,
                self.song_breaks,
                self.card_unplugged,
            ]
        )

    def press(self, seconds: float = 0.1) -> None:
        """Press after a minute in which nothing happened."""
        self.box.clock.advance(60)
        self.box.panel.press(seconds)

    def observe(self) -> None:
        self.press()
        self.box.panel.wait_for(Light.BREATH)
        while not self.box.player.is_playing:  # the light comes a moment before the song
            time.sleep(0.0001)
        while not self.box.player.is_playing:  # the light comes a moment before the song
            time.sleep(0.0001)

    def rest(self) -> None:
        self.box.panel.wait_for(Light.OFF)

    def to_the_end(self) -> None:
        self.observe()
        self.box.player.finish()
        self.rest()

    def stopped_by_the_button(self) -> None:
        self.observe()
        self.press(1.5)
        self.rest()

    def nobody_there(self) -> None:
        seen = self.box.appliance._session.observation
        self.box.faces = False
        self.press()
        while self.box.appliance._session.observation is seen:
            self.box.panel.wait_for(Light.OFF)
        self.box.faces = True
        self.rest()

    def three_songs(self) -> None:
        self.observe()
        for _ in range(2):
            assert self.box.appliance.press(Gesture.SHORT)
        self.press(1.5)
        self.rest()

    def camera_vanishes(self) -> None:
        self.box.camera.vanish()
        self.press()
        self.box.panel.wait_for(Light.BLINK_2)
        self.box.camera.come_back()
        self.to_the_end()

    def song_breaks(self) -> None:
        self.observe()
        self.box.player.fail(PlaybackEnd.BROKEN_FILE, "it is scratched")
        self.box.panel.wait_for(Light.BLINK_6)
        self.to_the_end()

    def card_unplugged(self) -> None:
        self.box.player.unplug()
        self.press()
        self.box.panel.wait_for(Light.BLINK_3)
        self.box.player.plug_in()
        self.to_the_end()


@pytest.fixture
def evenings(make_box: Callable[..., Any], tmp_path: Path) -> Iterator[Evenings]:
    panel = ForgetfulPanel()
    box = make_box(tmp_path, panel=panel, player=ForgetfulPlayer(), frames_per_second=1)
    panel._wait = box.clock.advance
    thread = threading.Thread(target=box.appliance.run)
    thread.start()
    yield Evenings(box)
    box.appliance.stop()
    thread.join(5)
    box.history.close()


@pytest.mark.timeout(900)  # about a minute on two idle cores
def test_ten_thousand_sessions_leave_no_trace(evenings: Evenings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL")  # or pytest would keep what is logged
    for _ in range(WARM_UP):
        next(evenings.kinds)()
    before = Footprint.now()
    for _ in range(SESSIONS):
        next(evenings.kinds)()
    after = Footprint.now()

    assert after.threads <= before.threads
    assert after.file_descriptors <= before.file_descriptors
    assert after.resident_pages <= before.resident_pages * (1 + MOST_GROWTH)
    assert after.allocated_blocks <= before.allocated_blocks * (1 + MOST_GROWTH)
