"""What a player does, and how a song may end."""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Protocol

from device.player.levels import UNMEASURED, Measured


class PlaybackEnd(Enum):
    """How a song came to its end."""

    FINISHED = "finished"
    BROKEN_FILE = "the file could not be played"
    CUT_SHORT = "the song ended long before its time"
    NO_SOUND = "the sound card took no sound"
    CARD_LOST = "the sound card vanished"


class Player(Protocol):
    """Plays one song at a time, and short chimes."""

    def play(
        self,
        path: Path,
        *,
        seconds: float | None = None,
        measured: Measured = UNMEASURED,
        on_start: Callable[[], None],
        on_end: Callable[[PlaybackEnd, str], None],
    ) -> None:
        """Cut off what plays and start ``path``, to be heard within 0.2 s.

        ``on_start`` is called from any thread when the first sound leaves, ``on_end`` when the song ends by itself,
        with a sentence that says why if it failed. A song that is stopped or replaced calls neither any more.

        :param seconds: the song's true length, measured and not estimated, by which a file that breaks off is known;
            None if nobody measured it.
        :param measured: what brings it to the level of all others, and where it ends for a listener.
        :raises SongFileError: if the file is not there.
        :raises SoundCardError: if the sound card is not there.
        :raises PlayerError: if there is no player at all.
        """
        ...

    def stop(self, *, fade_seconds: float | None = None) -> None:
        """Fade out and stop; nothing happens if nothing plays.

        :param fade_seconds: how long that takes; None for as long as the player is set to. A shorter fade overtakes a
            longer one, and so does a chime.
        """
        ...

    def set_volume(self, percent: int) -> None:
        """Play songs, the one that plays included, at another volume; chimes keep their own.

        :param percent: from 0 to 100, on libvlc's scale, whose amplitude is the cube.
        """
        ...

    def chime(self, path: Path) -> None:
        """Play a short sound, unless a song plays; errors are logged, never raised."""
        ...

    def check(self) -> str:
        """Say in a few words where the sound goes.

        :raises SoundCardError: if the sound card is not there.
        :raises PlayerError: if there is no player at all.
        """
        ...

    def examine(self) -> str:
        """Look more closely than :meth:`check`, at a moment when nothing plays: opened, switched on, not at 0 %.

        :raises SoundCardError: if nothing would be heard.
        :raises PlayerError: if there is no player at all.
        """
        ...

    def close(self) -> None:
        """Stop and release the sound card."""
        ...
