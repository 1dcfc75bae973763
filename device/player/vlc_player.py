"""Songs and chimes by libvlc, straight to an ALSA card."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from device.errors import PlayerError
from device.player.alsa_cards import CARDS_FILE
from device.player.audio_outputs import output_for
from device.player.levels import AS_RECORDED, CHIMES, UNMEASURED, Measured, attenuation_db, gain_db
from device.player.player import PlaybackEnd
from device.player.song_file import SongKind, refuse_playlist
from device.player.vlc_playback import STEP_SECONDS, Playback, Sound

_log = logging.getLogger(__name__)

_ARGUMENTS = (
    "--quiet",
    "--ignore-config",
    "--no-interact",
    "--no-lua",
    "--no-video",
    "--no-spu",
    "--no-metadata-network-access",
    "--no-sub-autodetect-file",
    "--avformat-format=aiff",  # all that this demultiplexer is ever asked for
    # libvlc fills the output a second ahead of what is heard. With these two it is 0.4 s, so that fades are heard soon.
    "--file-caching=200",
    "--clock-jitter=0",
)

_INSTALL = "sudo apt install --no-install-recommends libvlc5 vlc-plugin-base, then sudo systemctl restart mien"

_CLIPS_BEFORE_THE_VOLUME = {SongKind.WAV, SongKind.AIFF}
"""Of these libvlc makes whole numbers again behind the gain, of MP3, AAC, ALAC, FLAC and Vorbis behind the volume, so
that a gain above full scale is taken back by it (measured)."""

_LAST_FADE_SECONDS = 0.7
_CLOSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Stop:
    """Fade out, for so long; None for as long as usual."""

    fade_seconds: float | None


@dataclass(frozen=True, slots=True)
class _Louder:
    """Play songs at another volume, softer or louder."""

    percent: int


class _Close:
    """Let go of libvlc."""


class VLCPlayer:
    """Plays one sound at a time; all calls return at once, and a thread of its own speaks to libvlc.

    A callback that is already on its way when a song is stopped may still arrive; none starts afterwards. While a song
    plays a chime is left out, since an ALSA card serves one sound at a time; after :meth:`stop` it follows the fade.
    A song that replaces another cuts it off, to be heard at once.
    """

    def __init__(  # noqa: PLR0913 - each is one setting of [sound]
        self,
        *,
        output: str,
        card: str,
        recording: Path | None,
        start_volume_percent: int,
        maximum_volume_percent: int,
        fade_seconds: float,
        lead_in_seconds: float,
        loudness_target: float = AS_RECORDED,
        chime_volume_percent: int | None = None,
        cards_file: Path = CARDS_FILE,
    ) -> None:
        """Start libvlc, once for the life of the process; the card is looked for when it is needed.

        :param output: ``alsa``; ``default`` for what libvlc chooses; ``file`` for a wav file, which holds the last song
            and no chimes, since each sound overwrites the file; or ``dummy``, which plays to nobody.
        :param card: name of the ALSA card, or its USB port; empty chooses (``card_choice``).
        :param recording: the wav file of ``output="file"``.
        :param start_volume_percent: on libvlc's scale, whose amplitude is the cube: 50 % is an eighth (-18 dB).
        :param fade_seconds: length of the fades; 0 for none. A fade begins to be heard 0.4 s late.
        :param lead_in_seconds: silence before a sound on a card, 0 to 2; below 0 the output chooses.
        :param loudness_target: in LUFS, what songs of known loudness are brought to, and chimes; ``AS_RECORDED`` leaves
            all as they are.
        :param chime_volume_percent: volume of the chimes, which no :meth:`set_volume` changes; None for that at the
            start.
        :param cards_file: where the kernel lists the cards.
        :raises PlayerError: if libvlc is missing.
        :raises ValueError: if the volume at the start is above the maximum.
        """
        if start_volume_percent > maximum_volume_percent:
            msg = f"a start volume of {start_volume_percent} % is above the maximum of {maximum_volume_percent} %"
            raise ValueError(msg)
        self._output = output_for(output, card=card, recording=recording, cards_file=cards_file)
        vlc = _load_vlc()
        instance = vlc.Instance([*_ARGUMENTS, *self._output.arguments])
        if instance is None:
            what = "libvlc has no plugins"
            raise PlayerError(what, mend=_INSTALL)
        self._loudness_target = loudness_target
        self._maximum_volume_percent = maximum_volume_percent
        self._playback = Playback(
            vlc,
            instance,
            volume_percent=start_volume_percent,
            fade_seconds=fade_seconds,
            lead_in_seconds=lead_in_seconds,
        )
        if chime_volume_percent is not None:
            self._playback.chime_volume_percent = chime_volume_percent
        self._commands: SimpleQueue[Sound | _Stop | _Louder | _Close] = SimpleQueue()
        self._lock = threading.Lock()
        self._song: Sound | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="vlc player", daemon=True)
        self._thread.start()

    def play(
        self,
        path: Path,
        *,
        seconds: float | None = None,
        measured: Measured = UNMEASURED,
        on_start: Callable[[], None],
        on_end: Callable[[PlaybackEnd, str], None],
    ) -> None:
        """Cut off what plays and start ``path``; both callbacks come from the player's thread.

        :raises SongFileError: if the file is not there, may not be read, or is a playlist.
        :raises PlayerError: if the sound card is not there, or the player was closed.
        """
        self.check()
        kind = refuse_playlist(path)
        softened = self._output.softens and kind not in _CLIPS_BEFORE_THE_VOLUME
        attenuation = attenuation_db(self._maximum_volume_percent) if softened else 0.0
        gain = gain_db(measured.loudness, target=self._loudness_target, attenuation_db=attenuation)
        song = Sound(path, on_start=on_start, on_end=on_end, output=self._output, seconds=seconds, gain_db=gain)
        song.audible_from, song.audible_until = measured.audible_from, measured.audible_until
        self._replace(song)

    def stop(self, *, fade_seconds: float | None = None) -> None:
        """Begin to fade out, and return."""
        self._replace(None, fade_seconds=fade_seconds)

    def set_volume(self, percent: int) -> None:
        """Have songs played at another volume, and return; it is heard :data:`AHEAD_SECONDS` later.

        After a lead-in it is heard as much later as that was long. In a wav file there is no volume.
        """
        self._commands.put(_Louder(min(percent, self._maximum_volume_percent)))  # by which the gains were chosen

    def chime(self, path: Path) -> None:
        """Play a short sound unless a song plays or the output is a file; what goes wrong is logged."""
        try:
            self.check()
        except PlayerError as error:
            _log.warning("no chime %s: %s", path.name, error.what)
            return
        if not self._output.plays_chimes:
            _log.debug("no chime %s: it would overwrite the recording", path.name)
            return

        def on_end(end: PlaybackEnd, reason: str) -> None:
            if end is not PlaybackEnd.FINISHED:
                _log.warning("no chime %s: %s", path.name, reason)

        chime = Sound(path, on_start=lambda: None, on_end=on_end, output=self._output, is_chime=True)
        chime.gain_db = gain_db(CHIMES, target=self._loudness_target)
        self._commands.put(chime)

    def check(self) -> str:
        """Say where the sound goes.

        :raises PlayerError: if the card or the recording's folder is not there, or the player was closed.
        """
        if self._closed:
            what = "the player was closed"
            raise PlayerError(what, mend="start mien again")
        return self._output.check()

    def examine(self) -> str:
        """Look at the output closely, and say where the sound goes.

        :raises PlayerError: if nothing would be heard: no card, or one that is off or in use.
        """
        self.check()
        return self._output.examine()

    def close(self) -> None:
        """Fade out shortly and release libvlc, within a second even if libvlc hangs; a second call does nothing."""
        if self._closed:
            return
        self._replace(None)
        self._closed = True
        self._commands.put(_Close())
        self._thread.join(_CLOSE_SECONDS)
        if self._thread.is_alive():
            _log.warning("libvlc does not let go of the sound card")

    def _replace(self, sound: Sound | None, *, fade_seconds: float | None = None) -> None:
        with self._lock:
            if self._song is not None:
                self._song.wanted = False
            self._song = sound
            self._commands.put(sound or _Stop(fade_seconds))

    def _work(self) -> None:
        while True:
            try:
                command = self._commands.get(timeout=self._playback.next_look(time.monotonic()))
            except Empty:
                command = None
            if isinstance(command, _Close):
                break
            try:
                self._obey(command)
            except Exception:  # noqa: BLE001 - the thread must outlive a callback that fails
                _log.exception("the player goes on after an error")
        self._finish()

    def _obey(self, command: Sound | _Stop | _Louder | None) -> None:
        now = time.monotonic()
        match command:
            case Sound():
                self._playback.start(command, now)
            case _Stop(fade_seconds):
                self._playback.stop(now, fade_seconds=fade_seconds)
            case _Louder(percent):
                self._playback.set_volume(percent)
        self._playback.step(now)

    def _finish(self) -> None:
        until = time.monotonic() + _LAST_FADE_SECONDS
        while not self._playback.is_idle and time.monotonic() < until:
            self._playback.step(time.monotonic())
            time.sleep(STEP_SECONDS)
        self._playback.close()


def _load_vlc() -> Any:  # noqa: ANN401 - python-vlc has no types
    try:
        import vlc  # noqa: PLC0415 - its import loads libvlc, which may be missing
    except (ImportError, NotImplementedError, OSError, SystemExit) as error:  # python-vlc's ways to say it
        what = f"libvlc cannot be loaded ({error})"
        raise PlayerError(what, mend=_INSTALL) from error
    return vlc
