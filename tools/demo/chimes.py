"""The short sounds of the box, made of struck-bell tones."""

import os
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from device.session.states import Chime

SAMPLE_RATE = 22_050

# Notes as (start in seconds, MIDI pitch). None lies below 300 Hz, which small loudspeakers hardly give: the error falls
# by a tritone, the unquiet interval, where a deep buzz would be lost.
SCORES: dict[Chime, tuple[tuple[float, int], ...]] = {
    Chime.READY: ((0.0, 72), (0.12, 76), (0.24, 79)),
    Chime.START: ((0.0, 81),),
    Chime.NO_FACE: ((0.0, 76), (0.18, 72)),
    Chime.ERROR: ((0.0, 70), (0.22, 64)),
    Chime.GOODBYE: ((0.0, 79), (0.15, 76), (0.30, 72)),
    Chime.AIM: ((0.0, 76),),
    Chime.AIMED: ((0.0, 79), (0.10, 84)),
    Chime.CALIBRATE: ((0.0, 74), (0.3, 76)),
    Chime.CALIBRATED: ((0.0, 84), (0.14, 79), (0.28, 84)),
}

_RING_SECONDS = 0.6
_ATTACK_SECONDS = 0.005
_RELEASE_SECONDS = 0.1  # the end is drawn down to nothing, so that it does not click
_PEAK = 0.35  # of full scale: a chime must not startle
_PARTIALS = ((1.0, 1.0), (2.0, 0.45), (3.01, 0.2), (4.2, 0.08))  # (ratio, strength); slightly inharmonic, like a bell


def render_chime(chime: Chime) -> NDArray[np.float32]:
    """Render one chime, mono at ``SAMPLE_RATE``, peak 0.35."""
    score = SCORES[chime]
    sound = np.zeros(round((score[-1][0] + _RING_SECONDS) * SAMPLE_RATE))
    for start, pitch in score:
        tone = _bell(440 * 2 ** ((pitch - 69) / 12))
        first = round(start * SAMPLE_RATE)
        sound[first : first + len(tone)] += tone[: len(sound) - first]
    return np.asarray(sound * _PEAK / np.abs(sound).max(), dtype=np.float32)


def write_chimes(folder: Path) -> list[Path]:
    """Write every chime as 16-bit wav and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{chime.value}.wav" for chime in Chime]
    for chime, path in zip(Chime, paths, strict=True):
        soundfile.write(os.fsencode(path), render_chime(chime), SAMPLE_RATE, subtype="PCM_16")
    return paths


def _bell(hertz: float) -> NDArray[np.float64]:
    seconds = np.arange(round(_RING_SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    attack = np.minimum(seconds / _ATTACK_SECONDS, 1)
    release = np.minimum((_RING_SECONDS - seconds) / _RELEASE_SECONDS, 1)
    partials = [
        strength * np.sin(2 * np.pi * hertz * ratio * seconds) * np.exp(-seconds * 5 * ratio)
        for ratio, strength in _PARTIALS
    ]
    return np.asarray(np.sum(partials, axis=0) * attack * release)
