"""Simulated parts with levers: for demonstrations and development without hardware, and for the tests.

They do what ``interfaces`` asks of the real ones; the levers play the world's part: a finger, a face, a loose cable.
"""

import logging

_log = logging.getLogger(__name__)


class SimulatedClock:
    """Time that moves only when it is told to; starts at ``now`` seconds."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def now(self) -> float:
        """Return the seconds at which the clock was put."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Lever: let ``seconds`` (≥ 0) pass."""
        if seconds < 0:
            msg = f"time does not go back by {-seconds} s"
            raise ValueError(msg)
        self._now += seconds


class SimulatedPower:
    """A machine that only notes that it should shut down."""

    def __init__(self) -> None:
        self.is_off = False

    def off(self) -> None:
        """Note it, in the log too."""
        self.is_off = True
        _log.info("the machine would shut down now")
