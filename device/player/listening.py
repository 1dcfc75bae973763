"""A chime that somebody listens for: played like a song, so that what goes wrong is heard of."""

import time
from importlib import resources
from pathlib import Path
from threading import Event

from device.errors import SongFileError, SoundCardError
from device.player.levels import CHIMES, Measured
from device.player.player import PlaybackEnd, Player

CHIME = Path(str(resources.files("device.player") / "chimes" / "ready.wav"))

_PATIENCE_SECONDS = 6.0  # until it begins; with the chime, less than whoever asks will wait
_WHOLE_SECONDS = 3.0  # the longest lead-in, and the chime


def play_for_a_listener(player: Player) -> str:
    """Play a chime to its end, at a moment when nothing plays; return where it went.

    :raises PlayerError: if nothing can have been heard: no card, one that takes no sound, a volume of 0 %.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    where = player.examine()
    started, ended, ends = Event(), Event(), list[tuple[PlaybackEnd, str]]()

    def on_end(end: PlaybackEnd, why: str) -> None:
        ends.append((end, why))
        ended.set()

    player.play(CHIME, measured=Measured(CHIMES), on_start=started.set, on_end=on_end)
    while not (started.is_set() or ended.is_set()) and time.monotonic() < until:
        started.wait(0.05)
    if not ended.wait(_WHOLE_SECONDS if started.is_set() else 0):
        player.stop()
    if ends and ends[0][0] is PlaybackEnd.BROKEN_FILE:
        what = f"{CHIME}: {ends[0][1]}"
        raise SongFileError(what, mend="install mien again: sudo ./deploy/install.sh")
    if ends and ends[0][0] is not PlaybackEnd.FINISHED:
        raise SoundCardError(ends[0][1], mend="mien doctor looks closer; aplay -l lists the cards")
    if not started.is_set():
        what = f"{where}: no sound has left for it"
        raise SoundCardError(what, mend="try again, and if it stays: sudo systemctl restart mien")
    return where
