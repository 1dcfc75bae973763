"""The log-mel spectrogram that the music model hears, in numpy alone.

The same function serves training and analysis. Its figures are those of musicnn 0.1.0 (``configuration.py`` there),
which took its mel spectrogram from librosa's defaults: Slaney's mel scale and area normalisation, a periodic Hann
window, power.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hertz."""
N_FFT = 512
HOP_LENGTH = 256
N_MELS = 96
PATCH_FRAMES = 187
PATCH_LENGTH = (PATCH_FRAMES - 1) * HOP_LENGTH + N_FFT
"""Audio samples behind one patch: 48,128, about 3 s."""
COMPRESSION = 10_000.0
"""A band of power p becomes log10(1 + 10,000 · p)."""

_LINEAR_HERTZ_PER_MEL = 200 / 3  # Slaney's scale (Auditory Toolbox, 1998) is linear up to 1 kHz …
_BREAK_HERTZ = 1000.0
_BREAK_MEL = _BREAK_HERTZ / _LINEAR_HERTZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27  # … and then takes 27 mels for every factor of 6.4


def log_mel(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn mono sound at ``SAMPLE_RATE`` into a log-mel spectrogram.

    :param audio: ``(n,)`` in [-1, 1], at least ``N_FFT`` long. Frame i covers ``audio[i·HOP_LENGTH : i·HOP_LENGTH +
        N_FFT]``: nothing is padded, so these are the inner frames of a padded, centred spectrogram.
    :returns: ``(n_frames, N_MELS)``, 0 or more, with n_frames = 1 + (n − N_FFT) // HOP_LENGTH; dimensionless.
    :raises ValueError: if ``audio`` is shorter than one frame.
    """
    if audio.ndim != 1 or len(audio) < N_FFT:
        msg = f"one channel of at least {N_FFT} values is needed, not {audio.shape}"
        raise ValueError(msg)
    frames = np.lib.stride_tricks.sliding_window_view(audio, N_FFT)[::HOP_LENGTH]
    power = np.abs(np.fft.rfft(frames * _hann_window(), axis=1)) ** 2
    compressed: NDArray[np.float32] = np.log10(1 + COMPRESSION * (power @ mel_filters().T)).astype(np.float32)
    return compressed


@cache
def mel_filters() -> NDArray[np.float64]:
    """Return the triangular filters ``(N_MELS, N_FFT // 2 + 1)``, each with its peak scaled to equal area in hertz."""
    edges = _mel_to_hertz(np.linspace(0.0, _hertz_to_mel(SAMPLE_RATE / 2), N_MELS + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    lower, centre, upper = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - lower) / (centre - lower), (upper - bins) / (upper - centre)
    filters: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling)) * 2 / (upper - lower)
    return filters


@cache
def _hann_window() -> NDArray[np.float64]:
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    return window


def _hertz_to_mel(hertz: float) -> float:
    if hertz < _BREAK_HERTZ:
        return hertz / _LINEAR_HERTZ_PER_MEL
    return float(_BREAK_MEL + np.log(hertz / _BREAK_HERTZ) / _LOG_STEP)


def _mel_to_hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _BREAK_HERTZ * np.exp(_LOG_STEP * (mels - _BREAK_MEL))
    return np.where(mels < _BREAK_MEL, mels * _LINEAR_HERTZ_PER_MEL, above)
