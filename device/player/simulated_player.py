"""A player without a sound: the simulated part beside those of :mod:`device.appliance.simulated_host`."""

from collections.abc import Callable
from pathlib import Path

from device.errors import SongFileError, SoundCardError
from device.player.player import PlaybackEnd

_UNPLUGGED = "the simulated sound card was unplugged"


class SimulatedPlayer:
    """Plays nothing, and keeps a list of it; a song starts at once and plays until a lever ends it."""

    def __init__(self) -> None:
        self.played: list[Path] = []
        self.lengths: list[float | None] = []
        self.chimes: list[Path] = []
        self.closed = False
        self._on_end: Callable[[PlaybackEnd, str], None] | None = None
        self._plugged_in = True

    @property
    def is_playing(self) -> bool:
        """Whether a song plays."""
        return self._on_end is not None

    def finish(self) -> None:
        """Lever: let the song come to its end; nothing happens if none plays."""
        self._end(PlaybackEnd.FINISHED, "")

    def fail(self, end: PlaybackEnd, reason: str) -> None:
        """Lever: let the song fail in one of the ways, but for the lost card, which is :meth:`unplug`."""
        self._end(end, reason)

    def unplug(self) -> None:
        """Lever: take the sound card away, from under a song too if one plays."""
        self._plugged_in = False
        self._end(PlaybackEnd.CARD_LOST, _UNPLUGGED)

    def plug_in(self) -> None:
        """Lever: put the sound card back."""
        self._plugged_in = True

    def play(
        self,
        path: Path,
        *,
        seconds: float | None = None,
        on_start: Callable[[], None],
        on_end: Callable[[PlaybackEnd, str], None],
    ) -> None:
        """Note the song; ``on_start`` is called before this returns.

        :raises SongFileError: if the file is not there.
        :raises SoundCardError: if the card was unplugged.
        """
        self.check()
        if not path.is_file():
            what = f"{path}: there is no such song"
            raise SongFileError(what, mend="copy the music again")
        self.played.append(path)
        self.lengths.append(seconds)
        self._on_end = on_end
        on_start()

    def stop(self) -> None:
        """Forget the song."""
        self._on_end = None

    def chime(self, path: Path) -> None:
        """Note the chime."""
        self.chimes.append(path)

    def check(self) -> str:
        """Say that this player is simulated.

        :raises SoundCardError: if the card was unplugged.
        """
        if not self._plugged_in:
            raise SoundCardError(_UNPLUGGED, mend="plug it in again")
        return "simulated, nothing is heard"

    def close(self) -> None:
        """Forget the song, and note that the player was closed."""
        self.stop()
        self.closed = True

    def _end(self, end: PlaybackEnd, reason: str) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(end, reason)
