"""Clock, power, supervisor: what the box asks of its machine."""

import time
from typing import Protocol


class SystemClock:
    """Time that never goes back, also when the wall clock is set."""

    def now(self) -> float:
        """Return seconds since some moment before the program began."""
        return time.monotonic()


class Power(Protocol):
    """The machine's power."""

    def off(self) -> None:
        """Begin to shut the machine down."""
        ...


class Clock(Protocol):
    """The time."""

    def now(self) -> float:
        """Seconds since some fixed moment, never going back."""
        ...


class Supervisor(Protocol):
    """Whoever started the daemon and watches over it."""

    def ready(self, status: str) -> None:
        """Say that the daemon is ready to serve."""
        ...

    def alive(self) -> None:
        """Say that the main loop made progress."""
        ...

    def stopping(self) -> None:
        """Say that the daemon is about to end."""
        ...
