"""Waiting for what must come: with a condition, and with one limit so far off that only what hangs ever reaches it.

Nothing is shown by how long it took. A Pi Zero is ten times slower than a workstation, a busy machine is no faster, and
a test must hold on both: so whatever a test waits for takes its patience from here, and what must not be over before it
was looked at is made to last longer than this patience: an observation its 120 s, a song ten minutes.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

PATIENCE_SECONDS = 100.0
"""For everything that ends by itself: an answer, a process, an event of another thread."""

LASTING_SECONDS = 600.0
"""For what must still go on when it is looked at: a song, a sleeping process. More than anything waits."""

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.001, 0.02


def wait_until(
    condition: Callable[[], T], what: str = "what the test needs", *, seen: Callable[[], object] | None = None
) -> T:
    """Wait until ``condition()`` is true, and return its value; else fail, and say what was seen instead.

    :param what: what is waited for, as it completes "waited in vain for …".
    :param seen: tells the state of things when patience is at its end; by default the last value of the condition.
    """
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, _FIRST_PAUSE_SECONDS
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain for {what}; seen instead: {seen() if seen else found!r}")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    return found
