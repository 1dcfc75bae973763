"""Reads windows of a file of music, one after the other in a single pass. PyAV (FFmpeg) is used here as well.

Only those packets are decoded that a window needs, with a quarter of a second before it for the codec to find its
feet. In Ogg the file is searched for them; elsewhere the packets are read from first to last, as a player would: unlike
a jump by a table or by the bit rate that is sure in every format, to within .01 s (which Vorbis's stamps are off). The
frames of a window are mixed and resampled together: one by one, that took three times as long as decoding them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from tools.audio.decode import mono

_RUN_OUT_SECONDS = 0.02
"""Decoded after a window: the resampler looks .001 s ahead."""
_LONGEST_PACKET_SECONDS = 1.0
_JUMPING_FORMATS = ("ogg",)
"""Whose pages say where they are: a jump there lands on the very packet. MP3's table of contents is a guess."""
_SHORTEST_JUMP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Window:
    """Where a part of a song lies, in values at the rate of the result, from the first sound that the file gives."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class WindowSound:
    """What was decoded of a window: ``channels`` ``(n_channels, n)`` at the file's own rate, from ``begins`` on.

    ``begins`` and the window count values at ``result_rate``.
    """

    window: Window
    channels: NDArray[np.float32]
    layout: str
    sample_rate: int
    begins: int
    result_rate: int

    def mixed(self) -> NDArray[np.float32] | None:
        """Return the window's sound, ``(n,)``, at the result's rate; None if some of it is not there.

        The channels are averaged before they are resampled: a third of the work, and the same but for rounding.
        """
        mixed = self.channels.mean(axis=0, dtype=np.float32)
        if not np.isfinite(mixed.sum()):
            mixed = np.nan_to_num(mixed, posinf=0.0, neginf=0.0)
        resampler = av.AudioResampler(format="fltp", rate=self.result_rate)
        resampled = (*mono(resampler.resample(self._frame(mixed[np.newaxis], "mono"))), *mono(resampler.resample(None)))
        audio = np.concatenate(resampled)[max(0, self.window.start - self.begins) :]
        length = self.window.stop - self.window.start
        return audio[:length] if self.begins <= self.window.start and len(audio) >= length else None

    def middle(self, seconds: float) -> av.AudioFrame | None:
        """Return so much from the middle of the window with all its channels; None if it is not there, or no sound."""
        centre = ((self.window.start + self.window.stop) / 2 - self.begins) / self.result_rate
        start, length = round((centre - seconds / 2) * self.sample_rate), round(seconds * self.sample_rate)
        part = np.ascontiguousarray(self.channels[:, max(0, start) : start + length])
        if part.shape[1] < length or not np.isfinite(part.sum()):
            return None
        return self._frame(part, self.layout)

    def _frame(self, channels: NDArray[np.float32], layout: str) -> av.AudioFrame:
        frame = av.AudioFrame.from_ndarray(channels, format="fltp", layout=layout)
        frame.sample_rate = self.sample_rate
        return frame


class WindowReader:
    """Goes through a file once, from window to window."""

    def __init__(
        self, container: av.container.InputContainer, stream: av.audio.stream.AudioStream, sample_rate: int
    ) -> None:
        """Take a file that was just opened.

        :param sample_rate: in hertz, what windows are counted in.
        """
        self.decoded = self.damaged = 0
        self._stream = stream
        self._container = container
        self._sample_rate = sample_rate
        self._jumps = container.format.name in _JUMPING_FORMATS
        self._tick = float(stream.time_base or 0)  # seconds; a Fraction would cost more than reading the packet
        self._packets = self._timed()
        self._first: int | None = None
        self._end = 0
        self._asleep = False
        self._begins: float | None = None
        """Seconds at which the file's first sound is stamped, 0.025 in many MP3 files."""

    def read(self, window: Window, *, run_up: float) -> WindowSound | None:
        """Return the sound of a window, and a little around it; None if the file gives nothing there.

        :param run_up: seconds to decode before it.
        :raises ValueError: if the times of packets or frames cannot be trusted.
        """
        frames, begins = av.AudioFifo(), 0
        wake = window.start / self._sample_rate - run_up
        self._jump(wake)
        for frame in self._frames_from(wake):
            begun, lasts = self._time(frame), frame.samples / frame.sample_rate
            if not frames.samples:
                begins = round(begun * self._sample_rate)
            frame.pts = None  # what was passed by has left gaps
            frames.write(frame)
            if begun + lasts >= window.stop / self._sample_rate + _RUN_OUT_SECONDS:
                break
        heard = frames.read()
        if heard is None:
            return None
        layout, rate = heard.layout.name, heard.sample_rate
        return WindowSound(window, planar_channels(heard), layout, rate, begins, self._sample_rate)

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


def planar_channels(frame: av.AudioFrame) -> NDArray[np.float32]:
    """Return a frame's sound, ``(n_channels, n)`` in [-1, 1]."""
    planar = frame if frame.format.name == "fltp" else av.AudioResampler(format="fltp").resample(frame)[0]
    return planar.to_ndarray().astype(np.float32, copy=False)
