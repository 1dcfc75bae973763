"""What one thread does with libvlc: start a sound, follow it, fade it, and judge how it ended.

libvlc reports little that helps: a broken file is "playing" and then "ended", a song without a sound card ends as
normally as any other, and the end is announced before the last sound was heard. So this counts the sound buffers that
the output took, and compares the time played with the length (:func:`judge_ending`).

A song that takes another's place does not wait for it to fade: what the card already holds would be heard for 0.4 s,
and an ALSA card gives its one stream to one song at a time. The old one is cut off, and the new one enters at full
level, so that its first sound is heard at once.

A lead-in is silence in the same stream as the sound, before it: a screen that is given a stream is silent for its first
second or two, and would be so again if the silence were a stream of its own. libvlc makes it, told that the sound is to
be heard so much later. It then runs that much further ahead of what is heard, so that a sound which was led in is cut
off where others fade out.

The silence at a song's end is not waited for, and of that at its beginning a tenth or two of a second are played
(``device.player.beginning``).

Nothing here is told by libvlc's events, whose callbacks must not call libvlc again: the thread looks every few
hundredths of a second, in the middle of a song five times a second, and only while something sounds.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO

from device.errors import SongFileError, SoundCardError
from device.player.audio_outputs import AudioOutput
from device.player.beginning.cut import Cut, cut_of
from device.player.beginning.cut_stream import CutStream
from device.player.player import PlaybackEnd
from device.player.song_file import SongKind, open_song, song_kind

_log = logging.getLogger(__name__)

STEP_SECONDS = 0.04
"""Time between two looks at libvlc while something sounds."""

CALM_SECONDS = 0.2
"""The same in the middle of a song, where nothing changes from one look to the next."""

AHEAD_SECONDS = 0.4
"""How far libvlc fills the output ahead of what is heard, with the caching that ``vlc_player`` asks for (measured). A
change of volume is heard that much later, and the end is announced that much too early."""

AWAKE_SECONDS = 3.0
"""So long after a sound whatever plays it is taken to be awake, and the next one needs no lead-in."""

_FIRST_PATIENCE_SECONDS = 3.0  # with sound decoded and none of it played
_PATIENCE_SECONDS = 5.0  # without a new sound buffer
_LONGEST_LOOK_SECONDS = 0.2  # counted for one look: a machine that stood still has not been waiting for the card
_CARD_CHECK_SECONDS = 1.0
_LAST_COUNT_SECONDS = 1.0  # libvlc counts what it decoded of a very short file only after announcing its end

_TAIL_SECONDS = 0.1
"""Of the silence at a song's end, so much is played."""

_PLACE_SECONDS = 1.5
"""How far libvlc's word of its place in a song may lag behind: it is renewed with every page of an Ogg file."""

_FLAT_PREAMP_DB = 12.05
"""With so much, and all bands at 0, libvlc's equaliser leaves a sound as it is (measured; 12 is .05 dB too little)."""

_FIRST_LEVEL = 0.4
"""Where a fade in begins, -24 dB: libvlc fills the output with :data:`AHEAD_SECONDS` of this level, and from nothing at
all the song's first moment would be lost."""

TOLERATED_SECONDS = 2.0
"""libvlc announces the end up to a second early, since the last of the sound is still on its way to the card."""

TOLERATED_SHARE = 0.05
"""Of a long song this much may be missing: a player skips what is damaged in the middle of a file."""

TOLERATED_SECONDS_OF_AN_ESTIMATE = 3.0
TOLERATED_SHARE_OF_AN_ESTIMATE = 0.5
"""libvlc guesses the length of an MP3 without a seek table from its first bit rate, and is then far off."""


@dataclass(eq=False)
class Sound:
    """A file to be played, and who wants to know of it."""

    path: Path
    on_start: Callable[[], None]
    on_end: Callable[[PlaybackEnd, str], None]
    output: AudioOutput
    seconds: float | None = None
    """Its length as it was measured, None if nobody did."""
    gain_db: float = 0.0
    """How much louder than the file it is to be, within what ``device.player.levels`` gives."""
    audible_from: float | None = None
    """Seconds to its first audible sound, as they were measured, None if nobody did."""
    audible_until: float | None = None
    """Seconds to its last audible sound, likewise."""
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
    file: BinaryIO
    """What libvlc reads; kept until it lets go of it, since it may open it late."""
    media: Any
    began_at: float
    looked_at: float
    card_checked_at: float
    cut: Cut | None = None
    """What of the song is left out at its beginning."""
    stream: CutStream | None = None
    """What libvlc reads instead of the file, if that is how it is left out."""
    waited: float = 0.0  # since the last new sound buffer
    phase: _Phase = _Phase.PLAYING
    lead_in: float = 0.0
    sounded_at: float | None = None
    """When the first of the sound was heard, or will be: the output took it, or the silence before it."""
    start_told: bool = False
    read_at: float | None = None  # when libvlc was seen to have read the file to its end
    buffers_played: int = 0
    fade_from: float = 0.0
    fade_began_at: float = 0.0
    fade_seconds: float = 1.0
    silent_at: float = 0.0

    @property
    def left_out(self) -> float:
        """Seconds of the song that are not played at its beginning."""
        return self.cut.seconds if self.cut else 0.0

    @property
    def seconds(self) -> float | None:
        """What is to be heard of the song; None if nobody measured it."""
        return None if self.sound.seconds is None else self.sound.seconds - self.left_out

    @property
    def audible_until(self) -> float | None:
        """Seconds from what is heard first to the end of what is to be heard; None if nobody measured it."""
        until = self.sound.audible_until
        return None if until is None else until + _TAIL_SECONDS - self.left_out


class Playback:
    """One libvlc media player; every method is called from the same thread, with the time now in seconds."""

    def __init__(
        self,
        vlc: Any,  # noqa: ANN401 - python-vlc has no types
        instance: Any,  # noqa: ANN401
        *,
        volume_percent: int,
        fade_seconds: float,
        lead_in_seconds: float,
    ) -> None:
        """Take the module ``vlc`` and an instance of libvlc, which :meth:`close` releases.

        :param volume_percent: libvlc's scale, whose amplitude is the cube: 50 % is an eighth of the amplitude.
        :param lead_in_seconds: silence before a sound, 0 to 2 (libvlc prepares no more); below 0 the output chooses.
        """
        self._vlc = vlc
        self._instance = instance
        self._player = instance.media_player_new()
        self._volume_percent = volume_percent
        self.chime_volume_percent = volume_percent
        """The chimes' own, on the same scale."""
        self._fade_seconds = fade_seconds
        self._lead_in_seconds = lead_in_seconds
        self._awake_until = 0.0
        self._run: _Run | None = None
        self._next: Sound | None = None
        self._level = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to follow."""
        return self._run is None

    def next_look(self, now: float) -> float | None:
        """Return in how many seconds :meth:`step` is to be called again; None while there is nothing to follow."""
        run = self._run
        if run is None:
            return None
        is_calm = run.phase is _Phase.PLAYING and run.start_told and self._level >= 1 and not run.waited
        if not is_calm or run.sounded_at is None:
            return STEP_SECONDS
        until = run.audible_until
        left = CALM_SECONDS if until is None else run.sounded_at + until - now
        return min(max(left, STEP_SECONDS), CALM_SECONDS)

    def start(self, sound: Sound, now: float) -> None:
        """Play a song at once, whatever sounds; a chime once a song has faded out, and not at all while one plays."""
        run = self._run
        song_plays = run is not None and not run.sound.is_chime and run.phase is not _Phase.FADING
        if not sound.is_chime:
            self._next = None
            self._silence()
            self._begin(sound, now, level=1.0 if song_plays or self._fade_seconds == 0 else _FIRST_LEVEL)
        elif song_plays:
            _log.debug("no chime %s: a song plays", sound.path.name)
        else:
            self.stop(now)
            self._next = sound

    def stop(self, now: float, *, fade_seconds: float | None = None) -> None:
        """Fade out what plays; what was to come next does not come.

        :param fade_seconds: how long that takes, by default as it is set; a shorter fade overtakes a longer one. One
            that is longer than usual is no answer to a hand, so that behind a lead-in it is heard to its end, too.
        """
        self._next = None
        run, fade = self._run, self._fade_seconds if fade_seconds is None else fade_seconds
        if run is None:
            return
        audible = run.sounded_at is not None and fade > 0 and (not run.lead_in or fade > self._fade_seconds)
        silent_at = now + fade + AHEAD_SECONDS + run.lead_in if audible else now
        if run.phase is _Phase.FADING and run.silent_at <= silent_at:
            return
        run.phase, run.fade_from, run.fade_began_at, run.fade_seconds = _Phase.FADING, self._level, now, fade
        run.silent_at = silent_at

    def set_volume(self, percent: int) -> None:
        """Play songs at another volume from now on, the one that plays included."""
        self._volume_percent = percent
        if self._run is not None:
            self._set_level(self._level)

    def step(self, now: float) -> None:
        """Look how far the sound has come, and do what is due."""
        if self._run is not None:
            self._advance(self._run, now)
        if self._run is None and self._next is not None:
            sound, self._next = self._next, None
            self._begin(sound, now, level=1.0)

    def close(self) -> None:
        """Stop at once and release libvlc."""
        self._silence()
        self._player.release()
        self._instance.release()

    def _begin(self, sound: Sound, now: float, *, level: float) -> None:
        try:
            device = sound.output.device()
        except SoundCardError as error:  # it was there when the sound was asked for
            _tell_end(sound, PlaybackEnd.CARD_LOST, error.what)
            return
        try:
            file = open_song(sound.path)
        except SongFileError as error:
            _tell_end(sound, PlaybackEnd.BROKEN_FILE, error.what)
            return
        kind, why = _kind_of(file)
        if kind is None:
            file.close()
            _tell_end(sound, PlaybackEnd.BROKEN_FILE, why)
            return
        cut = _cut_of(sound, file, kind)
        media, stream = self._media_of(file, kind, cut)
        lead_in = 0.0 if now < self._awake_until else sound.output.lead_in(self._lead_in_seconds)
        if lead_in:
            media.add_option(f":audio-desync={round(lead_in * 1000)}")
        self._run = _Run(
            sound,
            file,
            media,
            began_at=now,
            looked_at=now,
            card_checked_at=now,
            cut=cut,
            stream=stream,
            lead_in=lead_in,
        )
        self._player.set_media(media)
        self._set_gain(sound.gain_db)
        self._set_level(level)
        if device:
            self._player.audio_output_device_set(None, device)
        sound.output.begin()
        self._player.play()

    def _media_of(self, file: BinaryIO, kind: SongKind, cut: Cut | None) -> tuple[Any, CutStream | None]:
        """Have libvlc read this very file, or the rest of it, by the demultiplexers of its kind and by no other.

        Nothing may follow them, not even "none": that of MP3 and AAC looks behind a file's first bytes, and takes AAC
        at all where the name does not say it, only if it is named alone.
        """
        stream = CutStream(self._vlc, file, cut) if cut and cut.resumes_at else None
        media = stream.media(self._instance) if stream else self._instance.media_new_fd(file.fileno())
        if cut and not stream:
            media.add_option(f":start-time={cut.seconds:.3f}")
        media.add_option(f":demux={kind.value}")
        return media, stream

    def _advance(self, run: _Run, now: float) -> None:
        _tell_start(run, now)
        if run.sounded_at is not None and now >= run.sounded_at:
            self._awake_until = now + AWAKE_SECONDS
        match run.phase:
            case _Phase.PLAYING:
                self._follow(run, now)
            case _Phase.DRAINING if now >= run.silent_at:
                self._end(run, PlaybackEnd.FINISHED, "")
            case _Phase.FADING if now >= run.silent_at:
                self._silence()
            case _Phase.FADING:
                self._set_level(run.fade_from * (1 - (now - run.fade_began_at) / run.fade_seconds))

    def _follow(self, run: _Run, now: float) -> None:
        if self._level < 1:
            self._set_level(_FIRST_LEVEL + (1 - _FIRST_LEVEL) * (now - run.began_at) / self._fade_seconds)
        statistics = self._vlc.MediaStats()
        run.media.get_stats(statistics)
        run.waited += min(now - run.looked_at, _LONGEST_LOOK_SECONDS)
        run.looked_at = now
        if statistics.played_abuffers > run.buffers_played:
            run.buffers_played, run.waited = statistics.played_abuffers, 0.0
        if run.sounded_at is None and (run.buffers_played or run.sound.output.takes_sound()):
            run.sounded_at, run.waited = now + run.lead_in, 0.0
            _tell_start(run, now)
        decoded = statistics.decoded_audio > 0
        if self._player.get_state() in {self._vlc.State.Ended, self._vlc.State.Error}:
            run.read_at = now if run.read_at is None else run.read_at
            if run.sounded_at is not None or now - run.read_at > _LAST_COUNT_SECONDS:
                self._judge(run, now, decoded=decoded)
        elif self._only_silence_follows(run, now):
            self._end(run, PlaybackEnd.FINISHED, "")
        elif run.waited > (_FIRST_PATIENCE_SECONDS if decoded and run.sounded_at is None else _PATIENCE_SECONDS):
            self._give_up(run, decoded=decoded)
        elif now - run.card_checked_at > _CARD_CHECK_SECONDS:
            run.card_checked_at = now
            self._look_for_card(run)

    def _only_silence_follows(self, run: _Run, now: float) -> bool:
        """Tell whether the last audible sound was heard, by the clock and by libvlc's place in the song."""
        until = run.audible_until
        if run.sounded_at is None or until is None or now - run.sounded_at < until:
            return False
        counted = run.left_out if run.cut and run.cut.counted else 0.0
        return bool(self._player.get_time() / 1000 - counted >= until - _PLACE_SECONDS)

    def _judge(self, run: _Run, now: float, *, decoded: bool) -> None:
        """The file was read to its end: find out whether all of it was played."""
        declared = self._player.get_length() / 1000
        end, why = judge_ending(played=now - run.began_at, measured=run.seconds, declared=declared)
        if run.sounded_at is None and not decoded:
            self._give_up(run, decoded=False)
        elif end is not PlaybackEnd.FINISHED:
            self._end(run, end, why)
        elif run.sounded_at is None:
            self._give_up(run, decoded=True)
        else:
            still_to_come = (run.seconds or declared) - (now - run.sounded_at)
            run.phase = _Phase.DRAINING
            run.silent_at = now + min(max(still_to_come, 0), 2 * AHEAD_SECONDS + run.lead_in)

    def _give_up(self, run: _Run, *, decoded: bool) -> None:
        """Nothing is heard: find out whether it lies in the file or in the card."""
        if not decoded:
            self._end(run, PlaybackEnd.BROKEN_FILE, "holds nothing that can be played")
            return
        self._look_for_card(run)
        if self._run is run:
            self._silence()  # or it would be ourselves who hold the card
            self._end(run, PlaybackEnd.NO_SOUND, f"the sound card takes no sound: {run.sound.output.why_silent()}")

    def _look_for_card(self, run: _Run) -> None:
        if why := run.sound.output.lost():
            self._end(run, PlaybackEnd.CARD_LOST, why)

    def _end(self, run: _Run, end: PlaybackEnd, why: str) -> None:
        self._silence()
        _tell_end(run.sound, end, why)

    def _silence(self) -> None:
        """Cut off what sounds, and let go of the card.

        By taking the media away, since libvlc's own stop also throws the audio output away with its volume and its
        device: the next song would go to ALSA's default device, and begin at full volume.
        """
        if self._run is not None:
            run, self._run = self._run, None
            self._player.set_media(None)
            run.media.release()  # python-vlc leaves it to its caller
            if run.stream:
                run.stream.release()
            run.file.close()

    def _set_gain(self, gain_db: float) -> None:
        """Let the sound that begins be so much louder or softer, from its first value on.

        By the equaliser's preamplifier, all bands flat: it takes fractions of a decibel, works on floating-point values
        before the volume, and is there whatever the output is. libvlc's volume takes whole percentages, a step of which
        is .4 dB at 60 and 1.3 dB at 20, and a wav file has none. Without a gain there is no equaliser either.
        """
        equaliser = None
        if gain_db:
            equaliser = self._vlc.libvlc_audio_equalizer_new()
            self._vlc.libvlc_audio_equalizer_set_preamp(equaliser, gain_db + _FLAT_PREAMP_DB)
        self._vlc.libvlc_media_player_set_equalizer(self._player, equaliser)
        if equaliser is not None:
            self._vlc.libvlc_audio_equalizer_release(equaliser)  # libvlc has copied it

    def _set_level(self, level: float) -> None:
        self._level = min(max(level, 0.0), 1.0)
        is_chime = self._run is not None and self._run.sound.is_chime
        volume = self.chime_volume_percent if is_chime else self._volume_percent
        self._player.audio_set_volume(round(self._level * volume))


def judge_ending(*, played: float, measured: float | None, declared: float) -> tuple[PlaybackEnd, str]:
    """Tell a song that came to its end from one that broke off, and say so in words.

    :param played: seconds from the command to play to the end of the file, ≥ 0.
    :param measured: the length in seconds that the song table holds, found by going through the whole file; None if
        there is none.
    :param declared: the length in seconds that libvlc reads from the file's head or estimates; ≤ 0 if it knows none.
        It counts only where nothing was measured.
    """
    if measured is None:
        length = max(declared, 0.0)
        tolerated = max(TOLERATED_SECONDS_OF_AN_ESTIMATE, TOLERATED_SHARE_OF_AN_ESTIMATE * length)
    else:
        length = measured
        tolerated = max(TOLERATED_SECONDS, TOLERATED_SHARE * length)
    if length - played > tolerated:
        return PlaybackEnd.CUT_SHORT, f"broke off after {played:.0f} of {length:.0f} s"
    return PlaybackEnd.FINISHED, ""


def _kind_of(file: BinaryIO) -> tuple[SongKind | None, str]:
    try:
        return song_kind(file)
    except OSError as error:
        return None, f"cannot be read ({error.strerror})"


def _cut_of(sound: Sound, file: BinaryIO, kind: SongKind) -> Cut | None:
    """Find what to leave out of a song whose sound was measured, length and beginning."""
    if sound.audible_from is None or not sound.seconds:
        return None
    try:
        return cut_of(file, kind, sound.audible_from)
    except OSError:  # a drive that fails will be told by libvlc
        return None
    except Exception:  # noqa: BLE001 - whatever a stranger's file holds, it is played from its beginning, if at all
        _log.exception("%s: not understood, and played from its beginning", sound.path.name)
        return None


def _tell_start(run: _Run, now: float) -> None:
    """Tell that the sound begins, once, and no sooner than it is heard."""
    if not run.start_told and run.sounded_at is not None and now >= run.sounded_at and run.phase is not _Phase.FADING:
        run.start_told = True
        if run.sound.wanted:
            run.sound.on_start()


def _tell_end(sound: Sound, end: PlaybackEnd, why: str) -> None:
    if sound.wanted:
        sound.wanted = False
        sound.on_end(end, why)
