"""Short-time spectra and mel bands, in numpy: what every feature of the music is made of.

The conventions are librosa's defaults, which the source and musicnn used: a periodic Hann window, power, Slaney's mel
scale with filters of equal area. By hand: fit for a Pi, without all that librosa brings along, and tested against it.
"""

from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Precision = TypeVar("Precision", np.float32, np.float64)

_VALUES_AT_ONCE = 1 << 15
"""In the frames that are transformed together. Arrays of this size are given out again rather than asked of the system:
at n_fft 8192 that is three times as fast as all frames of 3 s at once."""

_LINEAR_HERTZ_PER_MEL = 200 / 3  # Slaney's scale (Auditory Toolbox, 1998) is linear up to 1 kHz …
_BREAK_HERTZ = 1000.0
_BREAK_MEL = _BREAK_HERTZ / _LINEAR_HERTZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27  # … and then takes 27 mels for every factor of 6.4


def frames_of(audio: NDArray[np.float32], *, length: int, hop_length: int) -> NDArray[np.float32]:
    """Cut mono sound into overlapping frames; nothing is padded.

    :param audio: ``(n,)`` in [-1, 1], at least one frame long.
    :returns: ``(n_frames, length)``, a read-only view, with n_frames = 1 + (n − length) // hop_length.
    :raises ValueError: if ``audio`` is shorter than one frame or has more than one channel.
    """
    if audio.ndim != 1 or len(audio) < length:
        msg = f"one channel of at least {length} values is needed, not {audio.shape}"
        raise ValueError(msg)
    return np.lib.stride_tricks.sliding_window_view(audio, length)[::hop_length]


def power_spectrogram(
    audio: NDArray[np.float32], *, n_fft: int, hop_length: int, precision: type[Precision]
) -> NDArray[Precision]:
    """Return |STFT|² with a Hann window, ``(n_frames, n_fft // 2 + 1)``, of the frames of :func:`frames_of`.

    :param n_fft: even.
    :param precision: ``np.float64``, or ``np.float32``, which takes half the time and is off by 1e-6 of a frame's
        loudest bin at most.
    """
    frames = frames_of(audio, length=n_fft, hop_length=hop_length)
    window = _hann_window(n_fft).astype(precision)
    power = np.empty((len(frames), n_fft // 2 + 1), dtype=precision)
    at_once = max(1, _VALUES_AT_ONCE // n_fft)
    for start in range(0, len(frames), at_once):
        rows = slice(start, start + at_once)
        spectrum = np.fft.rfft(frames[rows] * window)
        np.add(np.square(spectrum.real), np.square(spectrum.imag), out=power[rows])
    return power


@cache
def mel_filters(*, sample_rate: int, n_fft: int, n_mels: int) -> NDArray[np.float64]:
    """Return triangular filters ``(n_mels, n_fft // 2 + 1)`` from 0 Hz to half the sample rate.

    Each has its peak scaled to equal area in hertz. A band narrower than the spacing of the bins may be empty.
    """
    edges = mel_edges(sample_rate=sample_rate, n_mels=n_mels)
    bins = np.linspace(0.0, sample_rate / 2, n_fft // 2 + 1)
    lower, centre, upper = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - lower) / (centre - lower), (upper - bins) / (upper - centre)
    filters: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling)) * 2 / (upper - lower)
    filters.setflags(write=False)
    return filters


def mel_edges(*, sample_rate: int, n_mels: int) -> NDArray[np.float64]:
    """Return the edges of the bands in hertz, ``(n_mels + 2,)``: band i rises from i, peaks at i + 1, ends at i + 2."""
    return _mel_to_hertz(np.linspace(0.0, _hertz_to_mel(sample_rate / 2), n_mels + 2))


@cache
def _hann_window(length: int) -> NDArray[np.float64]:
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return window


def _hertz_to_mel(hertz: float) -> float:
    if hertz < _BREAK_HERTZ:
        return hertz / _LINEAR_HERTZ_PER_MEL
    return float(_BREAK_MEL + np.log(hertz / _BREAK_HERTZ) / _LOG_STEP)


def _mel_to_hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _BREAK_HERTZ * np.exp(_LOG_STEP * (mels - _BREAK_MEL))
    return np.where(mels < _BREAK_MEL, mels * _LINEAR_HERTZ_PER_MEL, above)
