"""What one thread does with libvlc: start a sound, follow it, fade it, and judge how it ended.

libvlc reports little that helps: a broken file is "playing" and then "ended", a song without a sound card ends as
normally as any other, and the end is announced before the last sound was heard. So this counts the sound buffers that
the output took, and compares the time played with the length.

Nothing here is told by libvlc's events, whose callbacks must not call libvlc again: the thread looks every few
hundredths of a second, and only while something sounds.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from device.drivers.sound_outlets import Outlet
from device.errors import PlayerError
from device.interfaces import PlaybackEnd

_log = logging.getLogger(__name__)

STEP_SECONDS = 0.04
"""Time between two looks at libvlc while something sounds."""

AHEAD_SECONDS = 0.4
"""How far libvlc fills the output ahead of what is heard, with the caching that ``vlc_player`` asks for (measured). A
change of volume is heard that much later, and the end is announced that much too early."""
_PATIENCE_SECONDS = 5.0  # without a new sound buffer
_CARD_CHECK_SECONDS = 1.0
_LAST_COUNT_SECONDS = 0.3  # libvlc counts the buffers of a very short file a little after announcing its end
_TOLERATED_SHORTFALL_SECONDS = 3.0  # lengths of files without a seek table are estimates


@dataclass(eq=False)
class Sound:
    """A file to be played, and who wants to know of it."""

    path: Path
    on_start: Callable[[], None]
    on_end: Callable[[PlaybackEnd, str], None]
    outlet: Outlet
    is_chime: bool = False
    wanted: bool = True
    """Cleared by whoever stops or replaces the sound: from then on it reports nothing."""


class _Phase(Enum):
    PLAYING = "playing"
    DRAINING = "draining"  # all is decoded, the last of it is still to be heard
    FADING = "fading out"


@dataclass
class _Run:
    """One sound on its way; times in seconds."""

    sound: Sound
    media: Any
    began_at: float
    progress_at: float
    card_checked_at: float
    phase: _Phase = _Phase.PLAYING
    sounded_at: float | None = None
    read_at: float | None = None  # when libvlc was seen to have read the file to its end
    buffers_played: int = 0
    fade_from: float = 0.0
    fade_began_at: float = 0.0
    silent_at: float = 0.0


class Playback:
    """One libvlc media player; every method is called from the same thread, with the time now in seconds."""

    def __init__(self, vlc: Any, instance: Any, *, volume_percent: int, fade_seconds: float) -> None:  # noqa: ANN401
        """Take the module ``vlc`` and an instance of libvlc, which :meth:`close` releases.

        :param volume_percent: libvlc's scale, whose amplitude is the cube: 50 % is an eighth of the amplitude.
        """
        self._vlc = vlc
        self._instance = instance
        self._player = instance.media_player_new()
        self._volume_percent = volume_percent
        self._fade_seconds = fade_seconds
        self._run: _Run | None = None
        self._next: Sound | None = None
        self._level = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to follow."""
        return self._run is None

    def start(self, sound: Sound, now: float) -> None:
        """Play a sound once the one before has faded out; a chime is left out while a song plays."""
        run = self._run
        if sound.is_chime and run is not None and not run.sound.is_chime and run.phase is not _Phase.FADING:
            _log.debug("no chime %s: a song plays", sound.path.name)
            return
        self.stop(now)
        self._next = sound

    def stop(self, now: float) -> None:
        """Fade out what plays; what was to come next does not come."""
        self._next = None
        run = self._run
        if run is None or run.phase is _Phase.FADING:
            return
        audible = run.sounded_at is not None and self._fade_seconds > 0
        run.phase, run.fade_from, run.fade_began_at = _Phase.FADING, self._level, now
        run.silent_at = now + self._fade_seconds + AHEAD_SECONDS if audible else now

    def step(self, now: float) -> None:
        """Look how far the sound has come, and do what is due."""
        if self._run is not None:
            self._advance(self._run, now)
        if self._run is None and self._next is not None:
            sound, self._next = self._next, None
            self._begin(sound, now)

    def close(self) -> None:
        """Stop at once and release libvlc."""
        self._silence()
        self._player.release()
        self._instance.release()

    def _begin(self, sound: Sound, now: float) -> None:
        media = self._instance.media_new_path(os.fsencode(sound.path))
        self._run = run = _Run(sound, media, began_at=now, progress_at=now, card_checked_at=now)
        try:
            device = sound.outlet.device()
        except PlayerError as error:
            self._end(run, PlaybackEnd.NO_SOUND, error.what)
            return
        self._player.set_media(media)
        self._set_level(1.0 if sound.is_chime or self._fade_seconds == 0 else 0.0)
        if device:
            self._player.audio_output_device_set(None, device)
        sound.outlet.begin()
        self._player.play()

    def _advance(self, run: _Run, now: float) -> None:
        match run.phase:
            case _Phase.PLAYING:
                self._follow(run, now)
            case _Phase.DRAINING if now >= run.silent_at:
                self._end(run, PlaybackEnd.FINISHED, "")
            case _Phase.FADING if now >= run.silent_at:
                self._silence()
            case _Phase.FADING:
                self._set_level(run.fade_from * (1 - (now - run.fade_began_at) / self._fade_seconds))

    def _follow(self, run: _Run, now: float) -> None:
        if self._level < 1:
            self._set_level((now - run.began_at) / self._fade_seconds)
        statistics = self._vlc.MediaStats()
        run.media.get_stats(statistics)
        if statistics.played_abuffers > run.buffers_played:
            run.buffers_played, run.progress_at = statistics.played_abuffers, now
        if run.sounded_at is None and (run.buffers_played or run.sound.outlet.takes_sound()):
            run.sounded_at = now
            _tell_start(run.sound)
        if self._player.get_state() in {self._vlc.State.Ended, self._vlc.State.Error}:
            run.read_at = now if run.read_at is None else run.read_at
            if run.sounded_at is not None or now - run.read_at > _LAST_COUNT_SECONDS:
                self._judge(run, now, decoded=statistics.decoded_audio > 0)
        elif now - run.progress_at > _PATIENCE_SECONDS:
            self._end(run, PlaybackEnd.NO_SOUND, f"the sound card took no sound for {_PATIENCE_SECONDS:g} s")
        elif now - run.card_checked_at > _CARD_CHECK_SECONDS:
            run.card_checked_at = now
            self._look_for_card(run)

    def _judge(self, run: _Run, now: float, *, decoded: bool) -> None:
        """The file was read to its end: find out whether all of it was played."""
        if run.sounded_at is None:
            if decoded:
                self._end(run, PlaybackEnd.NO_SOUND, "the sound card took none of it: is it in use?")
            else:
                self._end(run, PlaybackEnd.BROKEN_FILE, "holds nothing that can be played")
            return
        length, played = self._player.get_length() / 1000, now - run.sounded_at
        missing = max(length - played, 0)
        if missing > max(length / 2, _TOLERATED_SHORTFALL_SECONDS):
            self._end(run, PlaybackEnd.BROKEN_FILE, f"broke off after {played:.0f} of {length:.0f} s")
            return
        run.phase, run.silent_at = _Phase.DRAINING, now + min(missing, 2 * AHEAD_SECONDS)

    def _look_for_card(self, run: _Run) -> None:
        try:
            run.sound.outlet.device()
        except PlayerError as error:
            self._end(run, PlaybackEnd.NO_SOUND, error.what)

    def _end(self, run: _Run, end: PlaybackEnd, reason: str) -> None:
        self._silence()
        if run.sound.wanted:
            run.sound.wanted = False
            run.sound.on_end(end, reason)

    def _silence(self) -> None:
        self._player.stop()
        self._run = None

    def _set_level(self, level: float) -> None:
        self._level = min(max(level, 0.0), 1.0)
        self._player.audio_set_volume(round(self._level * self._volume_percent))


def _tell_start(sound: Sound) -> None:
    if sound.wanted:
        sound.on_start()
