"""What the box asks of its button and its LED."""

from collections.abc import Callable
from enum import Enum
from typing import Protocol


class Light(Enum):
    """What the LED shows; the value names the pattern for a person."""

    OFF = "off"
    ON = "on"
    PULSE = "pulse"
    BREATH = "slow breath"
    BLINK_1 = "1 blink, pause"
    BLINK_2 = "2 blinks, pause"
    BLINK_3 = "3 blinks, pause"
    BLINK_4 = "4 blinks, pause"
    BLINK_5 = "5 blinks, pause"
    BLINK_6 = "6 blinks, pause"
    BLINK_7 = "7 blinks, pause"
    BLINK_8 = "8 blinks, pause"
    WARNING = "fast blink"
    OFFER = "double flash"
    KEPT = "long flashes"


class Panel(Protocol):
    """The button and the LED, either of which may be missing; the LED is off as soon as the panel is taken."""

    def listen(self, on_down: Callable[[], None], on_up: Callable[[], None]) -> None:
        """Call these, from any thread, whenever the button's contact closes and opens, chatter included.

        What happened before, a press that is not over yet included, is not told.
        """
        ...

    def show(self, light: Light) -> None:
        """Show a pattern until the next call; one that is shown already goes on undisturbed."""
        ...

    def close(self) -> None:
        """Turn the LED off and release the lines."""
        ...
