"""Clock, power, supervisor: what the box asks of its machine."""

from collections.abc import Callable
from typing import Protocol

Clock = Callable[[], float]
"""Gives the seconds since some fixed moment, never going back; :func:`time.monotonic` is this machine's."""


class Power(Protocol):
    """The machine's power."""

    def off(self) -> None:
        """Begin to shut the machine down."""
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
