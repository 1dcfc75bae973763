"""What the box asks of a knob for the volume, or of two buttons in its place."""

from collections.abc import Callable
from typing import Protocol

from device.errors import PanelError


class Knob(Protocol):
    """A knob that turns without an end, two buttons, or neither."""

    def listen(self, on_turn: Callable[[int], None]) -> None:
        """Call this, from any thread, for every click: with 1 for louder, -1 for softer.

        What happened before is not told.
        """
        ...

    def close(self) -> None:
        """Release the lines; a second call does nothing."""
        ...


class AbsentKnob:
    """Is never turned; ``mien volume`` does what a knob would."""

    def __init__(self, trouble: PanelError | None = None) -> None:
        """Keep why there is none.

        :param trouble: None if nobody wants one.
        """
        self.trouble = trouble
        """What hindered the driver."""

    def listen(self, on_turn: Callable[[int], None]) -> None:
        """Nobody turns it."""

    def close(self) -> None:
        """Nothing is held."""
