"""A knob without a hand, with levers."""

from collections.abc import Callable


class SimulatedKnob:
    """A knob that the levers turn."""

    def __init__(self) -> None:
        self._on_turn: Callable[[int], None] = _nobody_listens

    def turn(self, clicks: int) -> None:
        """Lever: turn it by so many clicks, clockwise for louder, or below 0 the other way."""
        for _ in range(abs(clicks)):
            self._on_turn(1 if clicks > 0 else -1)

    def listen(self, on_turn: Callable[[int], None]) -> None:
        """Call this when the lever is moved, from its thread."""
        self._on_turn = on_turn

    def close(self) -> None:
        """Listen no more."""
        self._on_turn = _nobody_listens


def _nobody_listens(_: int) -> None:
    """Take a click that nobody asked for."""
