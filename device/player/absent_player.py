"""Stands where the player would be when there is none, so that the box can say why it is silent."""

import logging
from collections.abc import Callable
from pathlib import Path

from device.errors import PlayerError
from device.player.levels import UNMEASURED, Measured
from device.player.player import PlaybackEnd

_log = logging.getLogger(__name__)


class AbsentPlayer:
    """Refuses every song with the error for which there is no player."""

    def __init__(self, error: PlayerError) -> None:
        """Keep the error; each refusal raises it with the same words."""
        self._error = error

    def play(
        self,
        path: Path,  # noqa: ARG002 - no song can be played
        *,
        seconds: float | None = None,  # noqa: ARG002
        measured: Measured = UNMEASURED,  # noqa: ARG002
        on_start: Callable[[], None],  # noqa: ARG002
        on_end: Callable[[PlaybackEnd, str], None],  # noqa: ARG002
    ) -> None:
        """Refuse.

        :raises PlayerError: always.
        """
        raise self._fresh_error()

    def stop(self, *, fade_seconds: float | None = None) -> None:
        """Nothing plays."""

    def set_volume(self, percent: int) -> None:
        """Nothing is heard at any volume."""

    def chime(self, path: Path) -> None:
        """Log that there is no chime."""
        _log.debug("no chime %s: %s", path.name, self._error.what)

    def check(self) -> str:
        """Say why there is no player.

        :raises PlayerError: always.
        """
        raise self._fresh_error()

    def examine(self) -> str:
        """Say why there is no player.

        :raises PlayerError: always.
        """
        raise self._fresh_error()

    def close(self) -> None:
        """Nothing is held."""

    def _fresh_error(self) -> PlayerError:
        """Make a fresh error: one that is raised again and again would gather every traceback."""
        return type(self._error)(self._error.what, mend=self._error.mend)
