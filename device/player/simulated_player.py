"""A player without a sound, with levers for how a song ends."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from device.errors import SongFileError, SoundCardError
from device.player.levels import UNMEASURED, Measured
from device.player.player import PlaybackEnd

_UNPLUGGED = "the simulated sound card was unplugged"
_REMEMBERED = 100


@dataclass(frozen=True, slots=True)
class SimulatedSong:
    """One song that was to be played, and what was said of it; ``seconds`` is None where nothing was."""

    path: Path
    seconds: float | None
    measured: Measured


class SimulatedPlayer:
    """Plays nothing, and takes note of it; a song starts at once and plays until it is stopped or a lever ends it."""

    def __init__(self) -> None:
        self._played: deque[SimulatedSong] = deque(maxlen=_REMEMBERED)
        self._chimes: deque[Path] = deque(maxlen=_REMEMBERED)
        self._volumes: deque[int] = deque(maxlen=_REMEMBERED)
        self._fades: deque[float] = deque(maxlen=_REMEMBERED)
        self.closed = False
        self._on_end: Callable[[PlaybackEnd, str], None] | None = None
        self._plugged_in = True

    @property
    def played(self) -> list[Path]:
        """The last hundred songs that were played."""
        return [song.path for song in self.songs]

    @property
    def songs(self) -> list[SimulatedSong]:
        """The same, with what was said of each."""
        return list(self._played)

    @property
    def chimes(self) -> list[Path]:
        """The last hundred chimes."""
        return list(self._chimes)

    @property
    def volumes(self) -> list[int]:
        """The last hundred volumes that were asked for."""
        return list(self._volumes)

    @property
    def fades(self) -> list[float]:
        """The last hundred fades whose length was told."""
        return list(self._fades)

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
        measured: Measured = UNMEASURED,
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
        self._played.append(SimulatedSong(path, seconds, measured))
        self._on_end = on_end
        on_start()

    def stop(self, *, fade_seconds: float | None = None) -> None:
        """Forget the song, and note how long it was to fade."""
        if self.is_playing and fade_seconds is not None:
            self._fades.append(fade_seconds)
        self._on_end = None

    def set_volume(self, percent: int) -> None:
        """Note the volume."""
        self._volumes.append(percent)

    def chime(self, path: Path) -> None:
        """Note the chime."""
        self._chimes.append(path)

    def check(self) -> str:
        """Say that this player is simulated.

        :raises SoundCardError: if the card was unplugged.
        """
        if not self._plugged_in:
            raise SoundCardError(_UNPLUGGED, mend="plug it in again")
        return "simulated, nothing is heard"

    def examine(self) -> str:
        """There is no more to be seen.

        :raises SoundCardError: if the card was unplugged.
        """
        return self.check()

    def close(self) -> None:
        """Forget the song, and note that the player was closed."""
        self.stop()
        self.closed = True

    def _end(self, end: PlaybackEnd, reason: str) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(end, reason)
