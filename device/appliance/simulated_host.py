"""The simulated machine: a clock that somebody has to move, and a power switch that only takes notes."""

import logging
import threading

_log = logging.getLogger(__name__)


class SimulatedClock:
    """Time that moves only when it is told to; starts at ``now`` seconds, and may be used from any thread."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Return the seconds at which the clock stands."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Lever: let ``seconds`` (≥ 0) pass."""
        if seconds < 0:
            msg = f"time does not go back by {-seconds} s"
            raise ValueError(msg)
        with self._lock:
            self._now += seconds


class SimulatedPower:
    """A machine that only notes that it should shut down."""

    def __init__(self) -> None:
        self.is_off = False

    def off(self) -> None:
        """Note it, in the log too."""
        self.is_off = True
        _log.info("the machine would shut down now")
