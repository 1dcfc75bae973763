"""A panel whose LED is a file, for development and for the tests that kill the daemon."""

import fcntl
import logging
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from device.errors import PanelError
from device.panel.panel import Light

_log = logging.getLogger(__name__)

_WIDTH = max(len(light.value) for light in Light)


class FilePanel:
    """No button, and an LED whose line is a file that holds what it shows, in words.

    The file behaves as a line does under Raspberry Pi OS: one process has it, it is free as soon as that process dies,
    and it stays as it was then. So anybody can read what a crash leaves behind.
    """

    def __init__(self, line: Path) -> None:
        """Take the line; the LED is off.

        :raises PanelError: if another process has it, or it cannot be written.
        """
        self._line = _taken(line)
        self._light = Light.OFF
        self._write(Light.OFF)

    def listen(self, on_down: Callable[[], None], on_up: Callable[[], None]) -> None:
        """Call neither: there is no button."""

    def show(self, light: Light) -> None:
        """Put the light on the line; one that is shown already is not written again."""
        if light is not self._light:
            self._light = light
            _log.info("LED: %s", light.value)
            self._write(light)

    def close(self) -> None:
        """Turn the LED off and free its line; a second call does nothing."""
        self.show(Light.OFF)
        self._line.close()

    def _write(self, light: Light) -> None:
        os.pwrite(self._line.fileno(), f"{light.value:<{_WIDTH}}\n".encode(), 0)  # in one call: never half a light


def _taken(path: Path) -> BinaryIO:
    try:
        path.touch()
        with ExitStack() as opened:
            file = opened.enter_context(path.open("r+b", buffering=0))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            opened.pop_all()
    except OSError as error:
        what = f"{path}: cannot be the LED's line ({error.strerror})"
        raise PanelError(what, mend="end the process that has it, or name another line under [panel]") from error
    return file
