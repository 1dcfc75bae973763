"""What happens to sound after the instrument: filters, an amplifier, chorus, a room, and levels."""

from collections.abc import Callable

import numpy as np

from tools.demo.composer.sound.oscillators import SAMPLE_RATE, Signal, length_of

_FRAME = 2048

Response = Callable[[Signal], Signal]
"""Gain of a filter for frequencies in hertz."""


def fast_length(n: int) -> int:
    """Return the smallest even length from ``n`` on that has no prime factor above 5, for a quick Fourier transform."""
    candidates = [2**a * 3**b * 5**c for a in range(1, 24) for b in range(7) for c in range(5)]
    return int(min(size for size in candidates if size >= n))


def filtered(signal: Signal, response: Response) -> Signal:
    """Filter without shifting phases; ``signal`` is ``(n,)`` or ``(2, n)``."""
    n = signal.shape[-1]
    size = fast_length(n + SAMPLE_RATE // 10)
    spectrum = np.fft.rfft(signal, size) * response(np.fft.rfftfreq(size, 1 / SAMPLE_RATE))
    shaped: Signal = np.fft.irfft(spectrum, size)[..., :n]
    return shaped


def low_cut(hertz: float) -> Response:
    """A high-pass filter of 24 dB an octave."""
    return lambda f: 1 / np.sqrt(1 + (hertz / np.maximum(f, 1e-3)) ** 8)


def amplifier(signal: Signal, drive: float) -> Signal:
    """A valve amplifier and its loudspeaker box, which stands where the track was heard.

    The distortion runs at twice the sample rate, so that less of what it adds folds back.

    :param signal: stereo ``(2, n)``.
    :param drive: gain before the valve; about 2 growls, 30 is heavy.
    """
    tight = filtered(signal.sum(axis=0), _input_stage)
    tight /= np.abs(tight).max() + 1e-12
    n = len(tight)
    size = fast_length(n)
    finer = np.fft.irfft(np.fft.rfft(tight, size), 2 * size) * 2
    valve = np.tanh(drive * finer + 0.15) - np.tanh(0.15)
    coarse: Signal = np.fft.irfft(np.fft.rfft(valve)[: size // 2 + 1], size)[:n] / 2
    power = np.sqrt(np.mean(signal**2, axis=1, keepdims=True))
    heard: Signal = filtered(coarse, _loudspeaker) * power / (power.max() + 1e-12)
    return heard


def _input_stage(hertz: Signal) -> Signal:
    """Less of the lows, which would blur the distortion."""
    gain: Signal = 1 / np.sqrt(1 + (110 / np.maximum(hertz, 1e-3)) ** 4) / np.sqrt(1 + (hertz / 7000) ** 4)
    return gain


def _loudspeaker(hertz: Signal) -> Signal:
    """A box with four 12-inch loudspeakers: nothing below 80 Hz or above 5 kHz, and a peak at 2.5 kHz."""
    low = 1 / np.sqrt(1 + (85 / np.maximum(hertz, 1e-3)) ** 8)
    high = 1 / np.sqrt(1 + (hertz / 4800) ** 10)
    bite, hollow = np.exp(-(((hertz - 2500) / 900) ** 2)), np.exp(-(((hertz - 450) / 200) ** 2))
    gain: Signal = low * high * (1 + 0.9 * bite - 0.35 * hollow)
    return gain


def chorus(signal: Signal) -> Signal:
    """Add a slowly drifting copy, opposite on either side; ``signal`` is stereo ``(2, n)``."""
    n = signal.shape[-1]
    positions = np.arange(n, dtype=np.float64)
    wave = np.sin(2 * np.pi * 0.7 * positions / SAMPLE_RATE)
    copies = [
        np.interp(positions - (0.012 + side * 0.0025 * wave) * SAMPLE_RATE, positions, channel, left=0.0)
        for side, channel in zip((1, -1), signal, strict=True)
    ]
    return 0.75 * signal + 0.5 * np.stack(copies)


def tremolo(signal: Signal) -> Signal:
    """Let the sound sway slowly from side to side, as an electric piano does; ``signal`` is stereo ``(2, n)``."""
    sway = 0.22 * np.sin(2 * np.pi * 4.6 * np.arange(signal.shape[-1]) / SAMPLE_RATE)
    swaying: Signal = signal * np.stack([1 + sway, 1 - sway])
    return swaying


def leslie(signal: Signal) -> Signal:
    """A rotating loudspeaker behind a gently driven valve; ``signal`` is stereo ``(2, n)``."""
    turned = chorus(np.tanh(1.5 * signal / (np.abs(signal).max() + 1e-12)))
    sway = 0.25 * np.sin(2 * np.pi * 6.4 * np.arange(signal.shape[-1]) / SAMPLE_RATE)
    turned *= np.stack([1 + sway, 1 - sway])
    return turned


def room(signal: Signal, seconds: float, rng: np.random.Generator) -> Signal:
    """Reverberate: convolve with noise that dies away, high frequencies sooner.

    :param signal: stereo ``(2, n)``.
    :param seconds: time in which the room's sound falls by 60 dB.
    :returns: the room alone, as long as the signal.
    """
    n = signal.shape[-1]
    size = fast_length(n + length_of(seconds * 1.2))
    time = np.arange(length_of(seconds * 1.2)) / SAMPLE_RATE
    bands = ((20.0, 350.0, 1.15), (350.0, 3000.0, 1.0), (3000.0, 9000.0, 0.5))
    wet = np.empty_like(signal)
    for side in range(2):
        tail = np.zeros(len(time))
        for low, high, share in bands:
            hiss = filtered(rng.standard_normal(len(time)), _band(low, high))
            tail += hiss * np.exp(-6.91 * time / (seconds * share))
        tail *= np.clip((time - 0.012) / 0.02, 0, 1)
        tail /= np.sqrt(np.sum(tail**2))
        wet[side] = np.fft.irfft(np.fft.rfft(signal[side], size) * np.fft.rfft(tail, size), size)[:n]
    return wet


def _band(low: float, high: float) -> Response:
    return lambda f: np.where((f >= low) & (f < high), 1.0, 0.0)


def loudness(signal: Signal) -> float:
    """Return the level of the parts that sound, in dB of full scale; ``signal`` is stereo.

    Like ITU-R BS.1770 in spirit: lows count less and highs more, and silence does not count, here frames of 46 ms that
    lie more than 20 dB below the loudest.
    """
    whole = signal[:, : signal.shape[1] // _FRAME * _FRAME].reshape(2, -1, _FRAME)
    hertz = np.maximum(np.fft.rfftfreq(_FRAME, 1 / SAMPLE_RATE), 1e-3)
    weight = (1 + 0.58 / (1 + (1500 / hertz) ** 2)) / np.sqrt(1 + (70 / hertz) ** 4)
    power = np.mean(np.sum(np.abs(np.fft.rfft(whole) * weight) ** 2, axis=2), axis=0) * 2 / _FRAME**2
    sounding = power[power >= power.max() * 0.01]
    return float(10 * np.log10(np.mean(sounding) + 1e-12))


def limit(signal: Signal, ceiling: float) -> Signal:
    """Turn down what would exceed ``ceiling``, smoothly and ahead of time; ``signal`` is stereo ``(2, n)``."""
    block = 32
    reach = 40  # blocks to either side: 29 ms
    n = signal.shape[-1]
    padded = np.pad(np.abs(signal).max(axis=0), (0, -n % block)).reshape(-1, block).max(axis=1)
    needed = np.minimum(1.0, ceiling / np.maximum(padded, 1e-9))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(needed, reach, mode="edge"), 2 * reach + 1)
    least = windows.min(axis=1)
    smooth_reach = reach - 2
    kernel = np.hanning(2 * smooth_reach + 3)[1:-1]
    gain = np.convolve(np.pad(least, smooth_reach, mode="edge"), kernel / kernel.sum(), mode="valid")
    return signal * np.interp(np.arange(n), (np.arange(len(gain)) + 0.5) * block, gain)
