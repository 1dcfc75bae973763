"""Stands where the button and the LED would be on a machine that has no lines for them."""

from collections.abc import Callable

from device.errors import PanelError
from device.panel.panel import Light


class AbsentPanel:
    """Is never pressed and shows nothing; ``mien press`` does what the button would."""

    def __init__(self, error: PanelError) -> None:
        """Keep why there is none."""
        self.why = error.what
        """What hindered the driver, in its words."""

    def listen(self, on_down: Callable[[], None], on_up: Callable[[], None]) -> None:
        """Nobody presses."""

    def show(self, light: Light) -> None:
        """Nobody sees it."""

    def close(self) -> None:
        """Nothing is held."""
