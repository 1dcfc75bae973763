"""Ten thousand sessions in one process: years of evenings, after which the box is as it was on the first.

Camera, detector, classifier and player are simulated. So this sees what the daemon's own code keeps, and nothing of
what libvlc, OpenCV or the runtime keep: their media, clips and tensors are for tests/benchmarks/endurance.py to watch.
"""

import ctypes
import gc
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from device.panel.gestures import Gesture
from device.panel.panel import Light
from device.player.player import PlaybackEnd
from device.session.machine.songs import MOST_FAILED
from tests.device.simulated_box import MakeBox, SimulatedBox
from tests.waiting import PATIENCE_SECONDS

SESSIONS = 10_000
WARM_UP = 500
MOST_GROWTH = 0.02


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

    def __init__(self, box: SimulatedBox) -> None:
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

    def wait_for(self, light: Light) -> None:
        panel = self.box.panel
        assert panel.wait_for(light, at_most_seconds=PATIENCE_SECONDS), f"still {panel.light}"

    def observe(self) -> None:
        self.press()
        self.wait_for(Light.BREATH)
        while not self.box.player.is_playing:  # the light comes a moment before the song
            time.sleep(0.0001)

    def rest(self) -> None:
        self.wait_for(Light.OFF)

    def to_the_end(self) -> None:
        self.observe()
        self.box.player.finish()
        self.rest()

    def stopped_by_the_button(self) -> None:
        self.observe()
        self.press(1.5)
        self.rest()

    def nobody_there(self) -> None:
        seen = self.box.session.observation
        self.box.detector.somebody = False
        self.press()
        while self.box.session.observation is seen:
            self.wait_for(Light.OFF)
        self.box.detector.somebody = True
        self.rest()

    def three_songs(self) -> None:
        self.observe()
        for songs in (1, 2):
            assert self.box.appliance.press(Gesture.SHORT)
            while not (
                (evening := self.box.session.evening) and len(evening.programme.played) == songs and evening.plays
            ):
                time.sleep(0.0001)
            self.box.clock.advance(1)  # not twice at once
        self.press(1.5)
        self.rest()

    def camera_vanishes(self) -> None:
        self.box.camera.vanish()
        self.press()
        self.wait_for(Light.BLINK_2)
        self.box.camera.come_back()
        self.to_the_end()

    def song_breaks(self) -> None:
        self.observe()
        for failed in range(1, MOST_FAILED + 1):
            self.box.player.fail(PlaybackEnd.BROKEN_FILE, "it is scratched")
            while not ((evening := self.box.session.evening) and evening.failed_in_a_row == failed):
                time.sleep(0.0001)
            while failed < MOST_FAILED and not self.box.player.is_playing:
                time.sleep(0.0001)
        self.wait_for(Light.BLINK_6)
        self.to_the_end()

    def card_unplugged(self) -> None:
        self.box.player.unplug()
        self.press()
        self.wait_for(Light.BLINK_3)
        self.box.player.plug_in()
        self.to_the_end()


@pytest.fixture
def evenings(make_box: MakeBox, tmp_path: Path) -> Iterator[Evenings]:
    with make_box(tmp_path, camera={"frames_per_second": 1}, programme={"after_song": "stop"}) as box, box.running():
        yield Evenings(box)


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
