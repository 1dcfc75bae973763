"""How clearly, and in which mode, an excerpt is in a key: what the ear hears in harmony and musicnn hardly says.

Spectral peaks become pitch classes (a chroma, after Fujishima 1999 and Gómez 2006), and these are compared with the
profiles of the 24 keys (Temperley 2007) and with the 24 triads. Added to musicnn's features they raised the R² of
valence on songs not learnt from by .11; alone they reach two thirds of what all features together do. By hand, as the
spectra are (:mod:`tools.audio.spectra`): an analysis on a Pi has no librosa.
"""

import numpy as np
from numpy.typing import NDArray

from tools.audio import spectra
from tools.music_emotion.model.log_mel import SAMPLE_RATE

Floats = NDArray[np.float64]

NAMES = (
    "key_clarity",
    "mode",
    "key_gap",
    "diatonic_share",
    "chord_clarity",
    "chord_mode",
    "chroma_entropy",
    "chroma_flux",
)
"""What :func:`tonality` tells: the correlation with the likeliest key, -1 to 1; by how much the likeliest major key
beats the likeliest minor one; by how much the likeliest key beats the next; the share of the chroma within the
likeliest diatonic scale; the mean correlation of stretches of 1.4 s with their likeliest triad; by how much major
triads beat minor ones; a frame's entropy in nats, 0 to ln 12; how much of the chroma changes between frames, 0 to 2."""

_N_FFT = 8192
"""Half a second: long enough to part semitones from 130 Hz up."""
_HOP_LENGTH = 2048
_LOWEST_HERTZ, _HIGHEST_HERTZ = 60.0, 5000.0
_MOST_PEAKS = 100  # of a frame; weaker ones are noise
_FAINTEST_PEAK = 1e-8  # |STFT|²; digital silence has none
_A4_HERTZ = 440.0
_CLASSES = 12
_CHORD_FRAMES, _CHORD_STEP = 8, 4

_MAJOR_PROFILE = (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400)
_MINOR_PROFILE = (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330)
"""How often each degree occurs in music of a key: Temperley, Music and Probability (2007), from the Kostka-Payne
corpus."""
_DIATONIC = (1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1)
_MAJOR_TRIAD = (1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0)
_MINOR_TRIAD = (1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0)


def _rotations(*profiles: tuple[float, ...]) -> Floats:
    """Return every transposition of each profile, ``(len(profiles) · 12, 12)``."""
    return np.array([np.roll(profile, step) for profile in profiles for step in range(_CLASSES)], dtype=np.float64)


_KEYS = _rotations(_MAJOR_PROFILE, _MINOR_PROFILE)
_SCALES = _rotations(_DIATONIC)
_TRIADS = _rotations(_MAJOR_TRIAD, _MINOR_TRIAD)


def tonality(audio: NDArray[np.float32]) -> Floats:
    """Describe the harmony of an excerpt, ``(8,)`` in the order of ``NAMES``.

    Loudness, transposition and tuning do not matter. Sound without a single peak, silence for one, gives zeros.

    :param audio: ``(n,)`` mono at ``SAMPLE_RATE`` in [-1, 1], n ≥ 8,192.
    :raises ValueError: if it is shorter.
    """
    frames = chroma(audio)
    if not frames.any():
        return np.zeros(len(NAMES))
    mean = frames.mean(axis=0)
    keys = _correlations(mean[np.newaxis], _KEYS)[0]
    first, second = np.sort(keys)[-1:-3:-1]
    starts = range(0, max(1, len(frames) - _CHORD_FRAMES + 1), _CHORD_STEP)
    stretches = np.array([frames[start : start + _CHORD_FRAMES].mean(axis=0) for start in starts])
    chords = _correlations(stretches, _TRIADS)
    shares = frames / np.maximum(frames.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    entropy = -(shares * np.log(np.maximum(shares, np.finfo(np.float64).tiny))).sum(axis=1)
    return np.array(
        [
            first,
            keys[:_CLASSES].max() - keys[_CLASSES:].max(),
            first - second,
            (_SCALES @ mean).max() / mean.sum(),
            chords.max(axis=1).mean(),
            (chords[:, :_CLASSES].max(axis=1) - chords[:, _CLASSES:].max(axis=1)).mean(),
            entropy.mean(),
            np.abs(np.diff(shares, axis=0)).sum(axis=1).mean() if len(shares) > 1 else 0.0,
        ]
    )


def chroma(audio: NDArray[np.float32]) -> Floats:
    """Return how strong each pitch class is in every frame, ``(n_frames, 12)``, from A up; a frame's strongest is 1.

    Peaks are counted by how near they lie to a semitone of the excerpt's own tuning.
    """
    frame, hertz, size = _peaks(audio)
    n_frames = 1 + (len(audio) - _N_FFT) // _HOP_LENGTH
    pitch = _CLASSES * np.log2(hertz / _A4_HERTZ)  # semitones above A4
    tuning = np.angle((size * np.exp(2j * np.pi * pitch)).sum()) / (2 * np.pi)
    semitone = np.round(pitch - tuning)
    weight = size * np.cos(np.pi * (pitch - tuning - semitone)) ** 2
    classes = np.zeros((n_frames, _CLASSES))
    np.add.at(classes, (frame, semitone.astype(np.intp) % _CLASSES), weight)
    strongest = classes.max(axis=1, keepdims=True)
    return np.divide(classes, strongest, out=np.zeros_like(classes), where=strongest > 0)


def _peaks(audio: NDArray[np.float32]) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Return the spectral peaks of all frames: the frame, the frequency in hertz and the magnitude of each.

    Both come from the parabola through the logarithms of a peak's three bins (Smith and Serra 1987).
    """
    power = spectra.power_spectrogram(audio, n_fft=_N_FFT, hop_length=_HOP_LENGTH, precision=np.float32)
    low, high = (round(edge * _N_FFT / SAMPLE_RATE) for edge in (_LOWEST_HERTZ, _HIGHEST_HERTZ))
    left, centre, right = (power[:, low + step : high + step] for step in (-1, 0, 1))
    peaks = np.where((centre > left) & (centre >= right) & (centre > _FAINTEST_PEAK), centre, np.float32(0))
    weakest = np.partition(peaks, -_MOST_PEAKS, axis=1)[:, -_MOST_PEAKS]
    frame, place = np.nonzero((peaks > 0) & (peaks >= weakest[:, np.newaxis]))
    before, at, after = (
        np.log(np.maximum(side[frame, place], np.finfo(np.float32).tiny), dtype=np.float64) / 2
        for side in (left, centre, right)
    )
    shift = 0.5 * (before - after) / (before - 2 * at + after)
    size = np.exp(at - 0.25 * (before - after) * shift)
    return frame, (low + place + shift) * SAMPLE_RATE / _N_FFT, size


def _correlations(rows: Floats, profiles: Floats) -> Floats:
    """Return Pearson's r of every row with every profile, ``(n_rows, n_profiles)``; 0 for a row that never varies."""
    centred, shapes = (values - values.mean(axis=1, keepdims=True) for values in (rows, profiles))
    norms = np.linalg.norm(centred, axis=1)[:, np.newaxis] * np.linalg.norm(shapes, axis=1)
    correlations: Floats = np.divide(centred @ shapes.T, norms, out=np.zeros_like(norms), where=norms > 0)
    return correlations
