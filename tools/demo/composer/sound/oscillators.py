"""Where sound begins: damped modes, single-cycle waves, envelopes and noise. Everything is mono at ``SAMPLE_RATE``."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Signal = NDArray[np.float64]
"""Samples ``(n,)``, or ``(2, n)`` where a docstring says stereo; full scale is ±1."""

SAMPLE_RATE = 44_100
"""Samples a second."""

_CYCLE = 2048
_BLOCK = 512
_CONTROL = 64
_DECADES = 6.91
"""Natural logarithm of 60 dB: a decay time is the time to fall by 60 dB."""

_TOP = 0.45 * SAMPLE_RATE
"""Partials above this frequency are left out, so that nothing folds back."""


def length_of(seconds: float) -> int:
    """Return how many samples a time has, at least one."""
    return max(round(seconds * SAMPLE_RATE), 1)


def damped_modes(
    n: int, frequencies: ArrayLike, decays: ArrayLike, amplitudes: ArrayLike, phases: ArrayLike = 0
) -> Signal:
    """Sum of decaying sines: what a struck string, bar or bell is made of.

    Powers of each mode's complex pole are split into a coarse and a fine factor, so that the whole sum is one product
    of two small matrices.

    :param n: samples.
    :param frequencies: hertz, ``(modes,)``.
    :param decays: seconds to fall by 60 dB, likewise, or one for all; likewise amplitudes and phases (radians).
    """
    hertz, decay, amplitude, phase = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in (frequencies, decays, amplitudes, phases))
    )
    audible = hertz < _TOP
    exponent = (-_DECADES / decay[audible] + 2j * np.pi * hertz[audible]) / SAMPLE_RATE
    start = amplitude[audible] * np.exp(1j * phase[audible])
    blocks = np.arange(-(-n // _BLOCK)) * _BLOCK
    coarse = np.exp(np.outer(blocks, exponent)) * start
    fine = np.exp(np.outer(exponent, np.arange(_BLOCK)))
    product: Signal = coarse.real @ fine.real - coarse.imag @ fine.imag
    return product.reshape(-1)[:n]


def saw_partials(frequency: float, *, cutoff: float, steepness: float = 2.0) -> Signal:
    """Amplitudes of a sawtooth's partials behind a low-pass filter.

    :param cutoff: hertz at which the filter halves the amplitude.
    :param steepness: how fast it falls beyond; 2 is 12 dB an octave.
    """
    partials = np.arange(1, max(int(_TOP / frequency), 1) + 1)
    return 1 / partials / (1 + (partials * frequency / cutoff) ** steepness)


def formants(frequency: float, peaks: Sequence[tuple[float, float, float]]) -> Signal:
    """Gain of a body or a vowel at each partial of a note, from peaks of (hertz, width in hertz, gain)."""
    partials = np.arange(1, max(int(_TOP / frequency), 1) + 1) * frequency
    gains: Signal = sum(
        (gain / (1 + ((partials - centre) / width) ** 2) for centre, width, gain in peaks), np.zeros(len(partials))
    )
    return gains


def oscillate(cycles: Signal, partials: ArrayLike, phases: ArrayLike = 0) -> Signal:
    """Play a wave of the given partials.

    :param cycles: the running phase in cycles, ``(n,)``, not negative.
    :param partials: amplitudes of the first, second … partial; the caller leaves out those above the limit.
    """
    amplitudes = np.asarray(partials, dtype=np.float64)[: _CYCLE // 2 - 1]
    spectrum = np.zeros(_CYCLE // 2 + 1, dtype=np.complex128)
    spectrum[1 : len(amplitudes) + 1] = -1j * amplitudes * np.exp(1j * np.asarray(phases)) * _CYCLE / 2
    wave = np.fft.irfft(spectrum)
    wave = np.append(wave, wave[0])
    position = cycles * _CYCLE
    index = position.astype(np.intp)
    fraction = position - index
    index &= _CYCLE - 1
    before = wave[index]
    played: Signal = before + (wave[index + 1] - before) * fraction
    return played


def running_cycles(  # noqa: PLR0913 - a vibrato has a depth, a rate and an onset
    n: int,
    frequency: float,
    *,
    vibrato: float = 0,
    rate: float = 5.3,
    onset: float = 0.4,
    start: float = 0,
) -> Signal:
    """Phase of a tone in cycles, ``(n,)``, beginning at ``start``.

    :param vibrato: depth in cents, growing over ``onset`` seconds; ``rate`` in hertz.
    """
    if not vibrato:
        return start + frequency * np.arange(n) / SAMPLE_RATE
    # Vibrato is slow, so its phase is summed at a lower rate and drawn straight in between.
    time = np.arange(0, n + _CONTROL, _CONTROL) / SAMPLE_RATE
    depth = vibrato / 1200 * np.log(2) * np.clip(time / onset, 0, 1) ** 2
    hertz = frequency * np.exp(depth * np.sin(2 * np.pi * rate * time + 6 * start))
    cycles = start + np.concatenate([[0.0], np.cumsum(hertz[:-1])]) * _CONTROL / SAMPLE_RATE
    return np.interp(np.arange(n), np.arange(len(cycles)) * _CONTROL, cycles)


def envelope(  # noqa: PLR0913 - the times and levels that an envelope has
    n: int,
    *,
    attack: float,
    release: float,
    held: float,
    sustain: float = 1.0,
    decay: float = 0.3,
) -> Signal:
    """Attack, decay to ``sustain``, and from ``held`` on a release; all times in seconds, corners rounded.

    :param release: seconds to fall by 60 dB.
    """
    time = np.arange(n) / SAMPLE_RATE
    rise = np.sin(np.pi / 2 * np.clip(time / attack, 0, 1)) ** 2
    settle = sustain + (1 - sustain) * np.exp(-np.clip(time - attack, 0, None) / decay)
    fall = np.exp(-_DECADES * np.clip(time - held, 0, None) / release)
    shape: Signal = rise * settle * fall
    return shape


def fade_out(signal: Signal, seconds: float = 0.01) -> Signal:
    """Bring the end to zero, so that nothing clicks; changes the signal in place and returns it."""
    n = min(length_of(seconds), signal.shape[-1])
    signal[..., -n:] *= np.linspace(1, 0, n)
    return signal


def coloured_noise(n: int, rng: np.random.Generator, *, low: float, high: float) -> Signal:
    """Noise between two frequencies in hertz, of root mean square 1."""
    size = 1 << max(n - 1, 1).bit_length()
    spectrum = np.fft.rfft(rng.standard_normal(size))
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    spectrum *= 1 / np.sqrt(1 + (low / np.maximum(hertz, 1)) ** 8) / np.sqrt(1 + (hertz / high) ** 8)
    noise: Signal = np.fft.irfft(spectrum)[:n]
    noise /= np.sqrt(np.mean(noise**2)) + 1e-12
    return noise
