"""A button without a finger and an LED without light, with levers."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from device.panel.panel import Light

_log = logging.getLogger(__name__)

_REMEMBERED = 100


class SimulatedPanel:
    """A button without a finger and an LED without light; the log shows the LED."""

    def __init__(self, *, wait: Callable[[float], None] = time.sleep) -> None:
        """Build a panel; ``wait`` lets the seconds of a :meth:`press` pass."""
        self._wait = wait
        self._on_down: Callable[[], None] = _nobody_listens
        self._on_up: Callable[[], None] = _nobody_listens
        self._lights = deque([Light.OFF], maxlen=_REMEMBERED)
        self._changed = threading.Condition()

    @property
    def light(self) -> Light:
        """What the LED shows now."""
        return self._lights[-1]

    @property
    def lights(self) -> list[Light]:
        """The last hundred lights that were shown, from the first on; one that is shown twice running counts once."""
        with self._changed:
            return list(self._lights)

    def wait_for(self, *lights: Light, at_most_seconds: float | None = None) -> bool:
        """Wait until the LED shows one of these lights; False if it did not in that time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.light in lights, at_most_seconds)

    def down(self) -> None:
        """Lever: push the button."""
        self._on_down()

    def up(self) -> None:
        """Lever: let go of the button."""
        self._on_up()

    def press(self, seconds: float = 0.1) -> None:
        """Lever: push the button and hold it for ``seconds``."""
        self.down()
        self._wait(seconds)
        self.up()

    def listen(self, on_down: Callable[[], None], on_up: Callable[[], None]) -> None:
        """Call these when the levers are moved, from their thread."""
        self._on_down, self._on_up = on_down, on_up

    def show(self, light: Light) -> None:
        """Note the light."""
        with self._changed:
            if light is self.light:
                return
            self._lights.append(light)
            self._changed.notify_all()
        _log.info("LED: %s", light.value)

    def close(self) -> None:
        """Turn the LED off and listen no more."""
        self.show(Light.OFF)
        self.listen(_nobody_listens, _nobody_listens)


def _nobody_listens() -> None:
    """Take an edge that nobody asked for."""
