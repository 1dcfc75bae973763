"""Hears the excerpts of a long song and passes by the rest undecoded. PyAV (FFmpeg) is used here as well.

From its first audible value on the song is cut into 16 equal parts, and the middle of each is an excerpt: enough to say
nearly what all overlapping excerpts say (``tests/benchmarks/README.md`` has the figures).

Only those packets are decoded that an excerpt needs, with a quarter of a second before it for the codec to find its
feet. In Ogg the file is searched for them; elsewhere the packets are read from first to last, as a player would: unlike
a jump by a table or by the bit rate that is sure in every format, to within .01 s (which Vorbis's stamps are off). The
frames of an excerpt are mixed and resampled together: one by one, that took three times as long as decoding them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from tools.audio.decode import MOST_DAMAGED_SHARE, decode, mono, open_audio
from tools.audio.excerpts import MOST_EXCERPTS, Excerpts, is_audible, sound_begins
from tools.errors import AudioError

_RUN_UP_SECONDS = 0.25
"""Decoded before an excerpt: Opus asks for .08, and an MP3 packet refers back to the last few."""
_RUN_OUT_SECONDS = 0.02
"""Decoded after an excerpt: the resampler looks .001 s ahead."""
_LONGEST_PACKET_SECONDS = 1.0
_JUMPING_FORMATS = ("ogg",)
"""Whose pages say where they are: a jump there lands on the very packet. MP3's table of contents is a guess."""
_SHORTEST_JUMP_SECONDS = 2.0
_LENGTH_TOLERANCE = 0.01
"""By what share of a song its stated length may be off; else the excerpts are laid out again by its packets."""
_FEWEST_AUDIBLE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Window:
    """Where an excerpt lies, in values at the sample rate of the result, from the first sound that the file gives."""

    start: int
    stop: int


def skim_excerpts(path: Path, *, length: int, sample_rate: int) -> Excerpts | None:
    """Choose excerpts of a song without decoding all of it; None where all of it must be decoded.

    That is: where the song is so short that most of it is heard, where the file's time stamps are missing, run
    backwards or leave gaps, where more packets are damaged than a player should bear, and where most of the excerpts
    are silent.

    :param length: of one excerpt, in values at ``sample_rate``, in hertz.
    """
    try:
        first = _first_sound(path, sample_rate)
        seconds = None if first is None else _stated_seconds(path)
        if first is None or seconds is None:
            return None
        heard, measured = _hear(path, first, seconds, length, sample_rate)
        if abs(measured - seconds) > _LENGTH_TOLERANCE * measured:
            heard, measured = _hear(path, first, measured, length, sample_rate)
    except (AudioError, FFmpegError, ValueError):  # decoding all of it will tell what is wrong
        return None
    audible = [audio for audio in heard if is_audible(audio)]
    if len(audible) <= _FEWEST_AUDIBLE_SHARE * len(heard):
        return None
    return Excerpts(np.array(audible, dtype=np.float32), measured)


def _stated_seconds(path: Path) -> float | None:
    """Return how long a file says its sound is, or would be at its first packets' bit rate; None if it does not."""
    with open_audio(path) as container:
        stream = container.streams.audio[0]
        if stream.duration is not None and stream.time_base is not None:
            return float(stream.duration * stream.time_base)
        return None if container.duration is None else container.duration / av.time_base


def _first_sound(path: Path, sample_rate: int) -> int | None:
    """Return the place of the first audible value."""
    passed = 0
    for block in decode(path, sample_rate=sample_rate):
        if is_audible(block):
            return passed + sound_begins(block)
        passed += len(block)
    return None


def _windows(first: int, total: int, length: int, run_up: int) -> list[_Window]:
    """Lay out the excerpts; none if, with their run-ups, they fill the song: decoding all of it is as quick then."""
    room = total - first - length  # for an excerpt to begin in
    if room < MOST_EXCERPTS * (length + run_up):
        return []
    starts = [first + room * (2 * part + 1) // (2 * MOST_EXCERPTS) for part in range(MOST_EXCERPTS)]
    return [_Window(start, start + length) for start in starts]


def _hear(
    path: Path, first: int, seconds: float, length: int, sample_rate: int
) -> tuple[list[NDArray[np.float32]], float]:
    """Return the excerpts of a song that is taken to last ``seconds``, and how long it lasts by its packets.

    There are no excerpts if the song is too short for this.

    :raises ValueError: if one is not there, or too many packets are damaged, or their times cannot be trusted.
    """
    windows = _windows(first, round(seconds * sample_rate), length, round(_RUN_UP_SECONDS * sample_rate))
    heard = []
    with open_audio(path) as container:
        reader = _Reader(container, container.streams.audio[0])
        for window in windows:
            audio = reader.read(window, sample_rate)
            if audio is None:
                break
            heard.append(audio)
        measured = reader.finish()
        if reader.damaged > MOST_DAMAGED_SHARE * reader.decoded:
            msg = f"{reader.damaged} of {reader.decoded} packets are damaged"
            raise ValueError(msg)
    if len(heard) < len(windows) and abs(measured - seconds) <= _LENGTH_TOLERANCE * measured:
        msg = "the sound is not where the time stamps say"
        raise ValueError(msg)
    return heard, measured


def _mixed_and_resampled(frame: av.AudioFrame, sample_rate: int) -> NDArray[np.float32]:
    """Average a long frame's channels before it is resampled: a third of the work, and the same but for rounding."""
    (mixed,) = mono(av.AudioResampler(format="fltp").resample(frame))
    one = av.AudioFrame.from_ndarray(mixed[np.newaxis], format="fltp", layout="mono")
    one.sample_rate = frame.sample_rate
    resampler = av.AudioResampler(format="fltp", rate=sample_rate)
    return np.concatenate([*mono(resampler.resample(one)), *mono(resampler.resample(None))])


class _Reader:
    """Goes through a file once, from window to window."""

    def __init__(self, container: av.container.InputContainer, stream: av.audio.stream.AudioStream) -> None:
        self.decoded = self.damaged = 0
        self._stream = stream
        self._container = container
        self._jumps = container.format.name in _JUMPING_FORMATS
        self._tick = float(stream.time_base or 0)  # seconds; a Fraction would cost more than reading the packet
        self._packets = self._timed()
        self._first: int | None = None
        self._end = 0
        self._asleep = False
        self._begins: float | None = None
        """Seconds at which the file's first sound is stamped, 0.025 in many MP3 files."""

    def read(self, window: _Window, sample_rate: int) -> NDArray[np.float32] | None:
        """Return the sound of a window; None if some of it is not there."""
        frames, begun = av.AudioFifo(), 0
        wake = window.start / sample_rate - _RUN_UP_SECONDS
        self._jump(wake)
        for frame in self._frames_from(wake):
            begins, lasts = self._time(frame), frame.samples / frame.sample_rate
            if not frames.samples:
                begun = round(begins * sample_rate)
            frame.pts = None  # what was passed by has left gaps
            frames.write(frame)
            if begins + lasts >= window.stop / sample_rate + _RUN_OUT_SECONDS:
                break
        heard = frames.read()
        if heard is None:
            return None
        audio = _mixed_and_resampled(heard, sample_rate)[max(0, window.start - begun) :]
        whole = begun <= window.start and len(audio) >= window.stop - window.start
        return audio[: window.stop - window.start] if whole else None

    def finish(self) -> float:
        """Read on to the end; return how many seconds the packets span."""
        for _ in self._packets:
            pass
        return (self._end - (self._first or 0)) * self._tick

    def _jump(self, seconds: float) -> None:
        """Go to just before ``seconds`` where the format knows the way, and where that is quicker than reading on."""
        if self._jumps and self._begins is not None:
            target = (seconds + self._begins) / self._tick
            if target - self._end > _SHORTEST_JUMP_SECONDS / self._tick:
                self._container.seek(int(target), stream=self._stream)
                self._packets = self._timed()

    def _timed(self) -> Iterator[av.Packet]:
        """Yield the packets.

        :raises ValueError: if their times are missing, run backwards or leave gaps.
        """
        longest = _LONGEST_PACKET_SECONDS / self._tick if self._tick else 0.0
        last = None
        for packet in self._container.demux(self._stream):
            if packet.size:
                begins = packet.pts
                last = begins if last is None else last
                self._first = begins if self._first is None else self._first
                if last is None or begins is None or not 0 <= begins - last <= longest:
                    msg = "time stamps that cannot be trusted"
                    raise ValueError(msg)
                last, self._end = begins, begins + (packet.duration or 0)
            yield packet

    def _frames_from(self, seconds: float) -> Iterator[av.AudioFrame]:
        """Decode on, leaving out what ends before ``seconds``."""
        for packet in self._packets:
            if packet.size and self._begins is not None and self._end * self._tick - self._begins <= seconds:
                self._asleep = True
                continue
            if self._asleep:
                self._stream.codec_context.flush_buffers()
                self._asleep = False
            for frame in self._decode(packet):
                if self._time(frame) + frame.samples / frame.sample_rate > seconds:
                    yield frame

    def _time(self, frame: av.AudioFrame) -> float:
        """Return at which second of the sound a frame begins.

        :raises ValueError: if it does not say.
        """
        time = frame.time
        if time is None:
            msg = "a frame without a time stamp"
            raise ValueError(msg)
        if self._begins is None:
            self._begins = time
        return time - self._begins

    def _decode(self, packet: av.Packet) -> list[av.AudioFrame]:
        self.decoded += packet.size > 0
        try:
            return list(self._stream.decode(packet))
        except FFmpegError:  # the first packet after a leap may refer to one that was passed by
            self.damaged += 1
            return []
