"""Which song a recording is of, told by its spectrum alone: stutters, level and the moment it begins do not matter."""

from pathlib import Path
from typing import TypeAlias

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float64]

_FRAME = 8192
_BANDS_PER_OCTAVE = 24
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 8000.0
_SILENCE = 1e-4


def read_mono(path: Path) -> tuple[Samples, int]:
    """Return the samples of a sound file, channels averaged, and their rate."""
    samples, rate = soundfile.read(path, always_2d=True)
    return samples.mean(axis=1), int(rate)


def bands(samples: Samples, rate: int) -> Samples:
    """Return the mean level in dB of each twenty-fourth of an octave, over everything that is not silent."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    frames = frames[np.abs(frames).max(axis=1) > _SILENCE]
    power = (np.abs(np.fft.rfft(frames * np.hanning(_FRAME), axis=1)) ** 2).mean(axis=0)
    octaves = np.log2(_HIGHEST_HZ / _LOWEST_HZ)
    edges = _LOWEST_HZ * 2 ** (np.arange(octaves * _BANDS_PER_OCTAVE) / _BANDS_PER_OCTAVE)
    bins = np.searchsorted(np.fft.rfftfreq(_FRAME, 1 / rate), edges)
    sums = np.add.reduceat(power, np.unique(bins))[:-1]
    level: Samples = 10 * np.log10(sums + 1e-12)
    return level


def likeness(one: Samples, other: Samples) -> float:
    """Return the correlation of two spectra, in [-1, 1]."""
    return float(np.corrcoef(one, other)[0, 1])


def most_alike(recording: Path, songs: list[Path], *, skip_seconds: float) -> tuple[Path, float]:
    """Return the song that a recording sounds most like, and their likeness; what precedes it is skipped."""
    samples, rate = read_mono(recording)
    heard = bands(samples[int(skip_seconds * rate) :], rate)
    ranked = []
    for song in songs:
        whole, song_rate = read_mono(song)
        assert song_rate == rate, f"{song} has {song_rate} Hz, not {rate}"
        ranked.append((likeness(heard, bands(whole, rate)), song))
    best, song = max(ranked)
    return song, best
