"""Chooses the excerpts of a song that are listened to, in one pass and in bounded memory."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.player.levels import Loudness

MOST_EXCERPTS = 16
SILENCE = 1e-3
"""Amplitude (-60 dB of full scale) below which nothing is heard."""


@dataclass(frozen=True, slots=True)
class Excerpts:
    """``audio`` ``(n, length)``, n from 0 (nothing but silence) to ``MOST_EXCERPTS``; ``seconds`` of the whole song.

    ``leading_silence`` and ``trailing_silence`` are seconds before its first and after its last audible value;
    ``loudness`` is None if nobody measured it, or there was too little to measure.
    """

    audio: NDArray[np.float32]
    seconds: float
    leading_silence: float = 0.0
    trailing_silence: float = 0.0
    loudness: Loudness | None = None


def evenly_spaced_excerpts(blocks: Iterable[NDArray[np.float32]], *, length: int, sample_rate: int) -> Excerpts:
    """Choose excerpts spread evenly over a song whose length is not known beforehand.

    From its first audible value on, the song is cut into excerpts of which each overlaps the next by half, so that of a
    short one as much as possible is heard; excerpts without an audible value are left out. Of the others every 2ᵏ-th is
    taken, with the smallest k that leaves at most ``MOST_EXCERPTS``: 9 to 16 of a song of more than 26 s, and none
    overlaps another where k is above 0. A song shorter than one excerpt is repeated until it fills one. Of long songs
    :func:`tools.audio.seeking.skim_excerpts` does it better and faster, where it can.

    :param blocks: mono sound in [-1, 1], in order, of any lengths.
    :param length: of one excerpt, in values.
    """
    kept: list[NDArray[np.float32]] = []
    audible, every, total = 0, 1, 0
    first, ended = None, 0
    pending = np.empty(0, dtype=np.float32)
    for block in blocks:
        if is_audible(block):
            first = total + sound_begins(block) if first is None else first
            ended = total + sound_ends(block)
        total += len(block)
        heard = block if audible or len(pending) else block[sound_begins(block) :]
        pending = np.concatenate([pending, heard])
        while len(pending) >= length:
            excerpt, pending = pending[:length], pending[(length + 1) // 2 :]
            if not is_audible(excerpt):
                continue
            if audible % every == 0:
                kept.append(excerpt)
            audible += 1
            if len(kept) > MOST_EXCERPTS:
                kept, every = kept[::2], every * 2
    if not kept and is_audible(pending):
        kept = [np.resize(pending, length)]
    audio = np.array(kept, dtype=np.float32).reshape(len(kept), length)
    return Excerpts(audio, total / sample_rate, (first or 0) / sample_rate, (total - ended) / sample_rate)


def is_audible(audio: NDArray[np.float32]) -> bool:
    """Tell whether a value is louder than ``SILENCE``."""
    return bool((np.abs(audio) > SILENCE).any())


def sound_begins(audio: NDArray[np.float32]) -> int:
    """Return the place of the first value louder than ``SILENCE``; the length, if there is none."""
    loud = np.abs(audio) > SILENCE
    return int(loud.argmax()) if loud.any() else len(audio)


def sound_ends(audio: NDArray[np.float32]) -> int:
    """Return the place after the last value louder than ``SILENCE``; 0, if there is none."""
    return len(audio) - sound_begins(audio[::-1]) if is_audible(audio) else 0
