"""The log-mel spectrogram that the music model hears.

The same function serves training and analysis. Its figures are those of musicnn 0.1.0 (``configuration.py`` there),
which took its mel spectrogram from librosa's defaults; :mod:`tools.audio.spectra` says why librosa does not make it.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tools.audio import spectra

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


def log_mel(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn mono sound at ``SAMPLE_RATE`` into a log-mel spectrogram.

    :param audio: ``(n,)`` in [-1, 1], at least ``N_FFT`` long. Frame i covers ``audio[i·HOP_LENGTH : i·HOP_LENGTH +
        N_FFT]``: nothing is padded, so these are the inner frames of a padded, centred spectrogram.
    :returns: ``(n_frames, N_MELS)``, 0 or more, with n_frames = 1 + (n − N_FFT) // HOP_LENGTH; dimensionless.
    :raises ValueError: if ``audio`` is shorter than one frame.
    """
    power = spectra.power_spectrogram(audio, n_fft=N_FFT, hop_length=HOP_LENGTH, precision=np.float32)
    compressed: NDArray[np.float32] = np.log10(1 + np.float32(COMPRESSION) * (power @ _mel_filters()))
    return compressed


def mel_filters() -> NDArray[np.float64]:
    """Return the triangular filters ``(N_MELS, N_FFT // 2 + 1)``, each with its peak scaled to equal area in hertz."""
    return spectra.mel_filters(sample_rate=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS)


@cache
def _mel_filters() -> NDArray[np.float32]:
    return np.ascontiguousarray(mel_filters().T, dtype=np.float32)
