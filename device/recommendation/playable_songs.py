"""The music folder beside the song table: which songs have their file there."""

import logging
import os
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.errors import SongTableError
from device.recommendation.song_table import SongTable

_log = logging.getLogger(__name__)

_MOMENT_SECONDS = 0.2
"""How long whoever asks waits for a count that has just begun."""
_PAUSES = 100
"""The count rests so many times as long as it took: whoever asks all the time costs one part in a hundred."""


class PlayableSongs:
    """Knows which songs can be played.

    A song's file is looked for when the song is about to be chosen, so a box with a million songs need not look for
    them all before it is ready. Which ones are missing is found out aside, so that status can tell; as long as some
    are, :meth:`rescan` notices those that were copied back, and :meth:`keep_count` those that went as well.
    """

    def __init__(self, table: SongTable, music: Path) -> None:
        """Believe every song there until somebody looks."""
        self.playable: NDArray[np.bool_] = np.ones(len(table.songs), dtype=np.bool_)
        """For each song whether its file is there, as far as is known, ``(n,)``; one array for all who ask."""
        self._table, self._music = table, music
        self._looking = threading.Thread()  # one that has ended, as it were
        self._next_count_at = 0.0
        self._lock = threading.Lock()

    def is_present(self, path: str) -> bool:
        """Look whether a file is there now."""
        return os.path.isfile(f"{self._music}/{path}")  # noqa: PTH113 - as quick as can be, on a song's way to the ear

    def scan(self, *, patience_seconds: float) -> None:
        """Look for every song aside, and wait no longer than this for the end of it."""
        with self._lock:
            looking = self._begin()
        looking.join(patience_seconds)

    def rescan(self) -> None:
        """Look for every song aside if some were missing, unless a look is under way; wait for nothing."""
        with self._lock:
            if not (self._looking.is_alive() or self.playable.all()):
                self._begin()

    def keep_count(self) -> None:
        """Look for every song aside, unless that was done so recently that doing it again would cost too much.

        Waits a moment for the end of it: with a thousand songs the count is right at once, with a million soon. Safe
        from any thread.
        """
        with self._lock:
            if self._looking.is_alive() or time.monotonic() < self._next_count_at:
                return
            looking = self._begin()
        looking.join(_MOMENT_SECONDS)

    def _begin(self) -> threading.Thread:
        self._looking = threading.Thread(target=self._look, name="song scan", daemon=True)
        self._looking.start()
        return self._looking

    def _look(self) -> None:
        begun = time.monotonic()
        try:
            there = self._table.present_under(self._music)
        except SongTableError as error:
            _log.warning("which songs are there is not known: %s", error.what)
            return
        ended = time.monotonic()
        self._next_count_at = ended + _PAUSES * (ended - begun)
        had_some = self.playable.any()
        self.playable[:] = there
        if had_some and not there.any():
            _log.warning("none of the %d songs is under %s", len(there), self._music)
