"""What the box shows and hears while its daemon does not start: one blink, again and again, and the same button.

daemon gives up ─▶ blink 1 ─▶ short press: the daemon is started again
                          └─▶ held for 5 s: the machine shuts down
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

from device.appliance.host import Clock
from device.errors import ConfigurationError
from device.panel.gestures import WARNING_SECONDS, Gesture, GestureReader
from device.panel.panel import Light, Panel
from device.settings.config_file import DEFAULT_FILE, configuration_from, load_configuration, salvaged_tables
from device.settings.sections import PanelSettings

_log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 0.05
"""How often a button that is held is looked at."""


class FaultLamp:
    """Blinks for a daemon that gave up, and listens to the button in its place."""

    def __init__(
        self,
        panel: Panel,
        *,
        start_daemon: Callable[[], None],
        power_off: Callable[[], None],
        clock: Clock = time.monotonic,
    ) -> None:
        """Take what it works with; nothing is shown before :meth:`run`."""
        self._panel, self._clock = panel, clock
        self._answers = {Gesture.SHORT: start_daemon, Gesture.LONG_HOLD: power_off}
        self._reader = GestureReader()
        self._touches: SimpleQueue[Callable[[float], list[Gesture]] | None] = SimpleQueue()

    def run(self) -> None:
        """Blink and listen until :meth:`stop`."""
        self._panel.listen(
            lambda: self._touches.put(self._reader.down),
            lambda: self._touches.put(self._reader.up),
        )
        self._panel.show(Light.BLINK_1)
        while True:
            try:
                touch = self._touches.get(timeout=None if self._reader.is_at_rest else _PATIENCE_SECONDS)
            except Empty:
                touch = self._reader.passed
            if touch is None:
                return
            now = self._clock()
            for gesture in touch(now):
                self._answers.get(gesture, _nothing)()
            warned = self._reader.held_seconds(now) >= WARNING_SECONDS
            self._panel.show(Light.WARNING if warned else Light.BLINK_1)

    def stop(self) -> None:
        """Let :meth:`run` return; from any thread, and from a signal's handler."""
        self._touches.put(None)


def salvaged_panel_settings(file: Path | None) -> PanelSettings:
    """Read how the panel is wired, from a settings file that may be what keeps the daemon from starting.

    :param file: None for the default one. If no sense can be made of its panel, the wiring is taken to be the default.
    """
    try:
        return load_configuration(file).settings.panel
    except ConfigurationError:
        _log.warning("the settings cannot be used; the panel is taken from what can be read of them")
    try:
        path = file or DEFAULT_FILE
        panel = salvaged_tables(path)["panel"]
        return configuration_from({"panel": panel}, file=path).settings.panel
    except (ConfigurationError, KeyError):
        return PanelSettings()


def _nothing() -> None:
    """Answer a gesture that means nothing here."""
