"""Hears the excerpts of a long song and passes by the rest undecoded. PyAV (FFmpeg) is used here as well.

From its first audible value on the song is cut into 16 equal parts, and the middle of each is an excerpt: enough to say
nearly what all overlapping excerpts say (``tests/benchmarks/README.md`` has the figures).

Loudness is measured on the middle of each excerpt and on two short samples between any two of them: the excerpts alone
were within .5 LU of the whole song for 93 % of 149 songs of a minute and more, with the samples for 98 %.
"""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from device.player.levels import Loudness
from tools.audio.decode import MOST_DAMAGED_SHARE, decode, open_audio
from tools.audio.ending import trailing_silence
from tools.audio.excerpts import MOST_EXCERPTS, Excerpts, is_audible, sound_begins
from tools.audio.loudness import loudness_meter
from tools.audio.window_reader import Window, WindowReader
from tools.errors import AudioError

_RUN_UP_SECONDS = 0.25
"""Decoded before an excerpt: Opus asks for .08, and an MP3 packet refers back to the last few."""
_LENGTH_TOLERANCE = 0.01
"""By what share of a song its stated length may be off; else the excerpts are laid out again by its packets."""
_FEWEST_AUDIBLE_SHARE = 0.5

_MEASURED_SECONDS = 1.5
"""In an excerpt's middle, what its loudness is measured on: with more, the rest of the song would count too little."""
_SAMPLE_SECONDS = 0.5
"""Of a sample between excerpts; loudness is taken over .4 s at a time."""
_SAMPLE_RUN_UP_SECONDS = 0.1
_SHORTEST_GAP_SECONDS = 2.0
"""Between excerpts, for two samples to lie in it apart from each other and from them."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one pass through a file has given.

    ``seconds`` is how long the song lasts by its packets.
    """

    excerpts: list[NDArray[np.float32]]
    seconds: float
    loudness: Loudness | None


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
        heard = _hear(path, first, seconds, length, sample_rate)
        if abs(heard.seconds - seconds) > _LENGTH_TOLERANCE * heard.seconds:
            heard = _hear(path, first, heard.seconds, length, sample_rate)
        audible = [audio for audio in heard.excerpts if is_audible(audio)]
        if len(audible) <= _FEWEST_AUDIBLE_SHARE * len(heard.excerpts):
            return None
        trailing = trailing_silence(path, heard.seconds)
    except (AudioError, FFmpegError, ValueError):  # decoding all of it will tell what is wrong
        return None
    return Excerpts(np.array(audible, dtype=np.float32), heard.seconds, first / sample_rate, trailing, heard.loudness)


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


def _windows(first: int, total: int, length: int, run_up: int) -> list[Window]:
    """Lay out the excerpts; none if, with their run-ups, they fill the song: decoding all of it is as quick then."""
    room = total - first - length  # for an excerpt to begin in
    if room < MOST_EXCERPTS * (length + run_up):
        return []
    starts = [first + room * (2 * part + 1) // (2 * MOST_EXCERPTS) for part in range(MOST_EXCERPTS)]
    return [Window(start, start + length) for start in starts]


def _samples(windows: list[Window], total: int, sample_rate: int) -> set[Window]:
    """Lay out the samples: two between any two excerpts, one before the first and after the last, where they fit."""
    if not windows:
        return set()
    length, shortest = round(_SAMPLE_SECONDS * sample_rate), round(_SHORTEST_GAP_SECONDS * sample_rate)
    begin = windows[0].start - (windows[1].start - windows[0].stop) // 2
    edges = [begin, *(edge for window in windows for edge in (window.start, window.stop)), total]
    middles = list[int]()
    for number, (left, right) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
        quarters = (1, 3) if 0 < number < len(windows) else (2,)
        if 2 * (right - left) >= len(quarters) * shortest:
            middles += [left + (right - left) * quarter // 4 for quarter in quarters]
    return {Window(middle - length // 2, middle + length // 2) for middle in middles}


def _hear(path: Path, first: int, seconds: float, length: int, sample_rate: int) -> _Heard:
    """Go through a song that is taken to last ``seconds``.

    There are no excerpts if the song is too short for this.

    :raises ValueError: if one is not there, or too many packets are damaged, or their times cannot be trusted.
    """
    total = round(seconds * sample_rate)
    windows = _windows(first, total, length, round(_RUN_UP_SECONDS * sample_rate))
    samples = _samples(windows, total, sample_rate)
    excerpts = list[NDArray[np.float32]]()
    with open_audio(path) as container, loudness_meter() as meter:
        reader = WindowReader(container, container.streams.audio[0], sample_rate)
        for window in sorted({*windows, *samples}, key=lambda window: window.start):
            is_sample = window in samples
            sound = reader.read(window, run_up=_SAMPLE_RUN_UP_SECONDS if is_sample else _RUN_UP_SECONDS)
            excerpt = None if sound is None or is_sample else sound.mixed()
            if excerpt is not None:
                excerpts.append(excerpt)
            elif not is_sample:
                break
            measured = _SAMPLE_SECONDS if is_sample else min(_MEASURED_SECONDS, length / sample_rate)
            if sound is not None and (part := sound.middle(measured)) is not None:
                meter.hear(part)
        lasts = reader.finish()
        if reader.damaged > MOST_DAMAGED_SHARE * reader.decoded:
            msg = f"{reader.damaged} of {reader.decoded} packets are damaged"
            raise ValueError(msg)
        loudness = meter.result()
    if len(excerpts) < len(windows) and abs(lasts - seconds) <= _LENGTH_TOLERANCE * lasts:
        msg = "the sound is not where the time stamps say"
        raise ValueError(msg)
    return _Heard(excerpts, lasts, loudness)
