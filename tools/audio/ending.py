"""Tells for how long a song is silent at its ends, decoding no more of it than must be. PyAV (FFmpeg) is used here.

Silent is where no channel is audible: the channels' mean is silent where they are opposed.
"""

import itertools
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from tools.audio.decode import open_audio
from tools.audio.excerpts import SILENCE
from tools.audio.window_reader import planar_channels

_TAIL_SECONDS = 2.0
_MORE = 8
"""If all of a tail is silent, so many times as much is decoded."""
_AT_ONCE_SECONDS = 2.0


def leading_silence(path: Path) -> float:
    """Return for how many seconds nothing is audible, in any channel, at the beginning of a song.

    0 where its beginning cannot be decoded, or nothing at all is audible.
    """
    passed = 0.0
    try:
        with open_audio(path) as container:
            for frame in container.decode(container.streams.audio[0]):
                loud = (np.abs(planar_channels(frame)) > SILENCE).any(axis=0)
                if loud.any():
                    return passed + int(loud.argmax()) / frame.sample_rate
                passed += frame.samples / frame.sample_rate
    except (FFmpegError, ValueError):  # ValueError: the sample rate or the channels change on the way
        pass
    return 0.0


def trailing_silence(path: Path, seconds: float) -> float:
    """Return for how many seconds nothing is audible, in any channel, at the end of a song that lasts ``seconds``.

    0 where its end cannot be decoded.
    """
    for tail in itertools.takewhile(lambda tail: tail < _MORE * seconds, _tails()):
        try:
            silent = _silence_from(path, max(0.0, seconds - tail))
        except (FFmpegError, ValueError):  # ValueError: the sample rate or the channels change on the way
            return 0.0
        if silent is not None:
            return min(silent, seconds)
    return 0.0


def _tails() -> "itertools.accumulate[float]":
    return itertools.accumulate(itertools.repeat(_MORE), lambda tail, more: tail * more, initial=_TAIL_SECONDS)


def _silence_from(path: Path, start: float) -> float | None:
    """Decode from about ``start``, in seconds, to the end; None if nothing is audible there."""
    silent, frames = None, av.AudioFifo()
    with open_audio(path) as container:
        if start:
            container.seek(round(start * av.time_base))
        for frame in itertools.chain(container.decode(container.streams.audio[0]), [None]):
            if frame is not None:
                frame.pts = None  # a gap is no reason to stop
                frames.write(frame)
            if frames.samples and (frame is None or frames.samples >= _AT_ONCE_SECONDS * frame.sample_rate):
                silent = _silence_after(frames.read(), silent)
    return silent


def _silence_after(frame: av.AudioFrame | None, silent: float | None) -> float | None:
    """Return for how many seconds nothing is audible at the end of a frame.

    :param silent: the same of what came before it; None if nothing was audible.
    """
    if frame is None:
        return silent
    loud = (np.abs(planar_channels(frame)) > SILENCE).any(axis=0)
    if loud.any():
        return int(loud[::-1].argmax()) / frame.sample_rate
    return None if silent is None else silent + frame.samples / frame.sample_rate
