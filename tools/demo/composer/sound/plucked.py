"""Plucked strings: a burst of noise running round a delay line (Karplus & Strong 1983, Jaffe & Smith 1983)."""

import numpy as np

from tools.demo.composer.sound.oscillators import SAMPLE_RATE, Signal, coloured_noise, fade_out, length_of

_DECADES = 6.91


def string(  # noqa: PLR0913 - a string has many properties
    n: int,
    frequency: float,
    rng: np.random.Generator,
    *,
    decay: float,
    damping: float,
    brightness: float,
    pluck: float,
) -> Signal:
    """Pluck a string.

    :param n: samples.
    :param decay: seconds in which the fundamental falls by 60 dB.
    :param damping: 0 to 0.5, how much faster high partials die (0.5 is the original algorithm).
    :param brightness: hertz up to which the finger excites the string.
    :param pluck: where it is plucked, as a share of its length; partials with a node there are missing.
    """
    # The filter in the loop delays by `damping` samples; the rest of the tuning is done by reading at another rate.
    period = max(int(SAMPLE_RATE / frequency - damping), 2)
    rate = (period + damping) * frequency / SAMPLE_RATE
    length = int(n * rate) + 2
    burst = coloured_noise(period, rng, low=20, high=brightness)
    burst -= np.roll(burst, round(pluck * period))
    burst -= burst.mean()
    gain = np.exp(-_DECADES * period / SAMPLE_RATE / decay)
    rounds = np.empty((-(-length // period), period))
    rounds[0] = burst
    previous = np.empty(period)
    for turn in range(1, len(rounds)):
        before = rounds[turn - 1]
        previous[1:] = before[:-1]
        previous[0] = rounds[turn - 2, -1] if turn > 1 else 0.0
        rounds[turn] = gain * ((1 - damping) * before + damping * previous)
    line = rounds.reshape(-1)
    played: Signal = np.interp(np.arange(n) * rate, np.arange(len(line)), line)
    played /= np.abs(burst).max() + 1e-12
    return played


def _released(signal: Signal, seconds: float, release: float) -> Signal:
    """Damp a string with the hand after ``seconds``."""
    time = np.arange(len(signal)) / SAMPLE_RATE
    signal *= np.exp(-_DECADES * np.clip(time - seconds, 0, None) / release)
    return fade_out(signal)


def nylon_guitar(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A classical guitar, warm."""
    n = length_of(seconds + 0.35)
    tone = string(n, frequency, rng, decay=3.2, damping=0.42, brightness=900 + 3200 * velocity, pluck=0.31)
    return velocity * _released(tone, seconds, 0.35)


def steel_guitar(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A folk guitar with steel strings, bright."""
    n = length_of(seconds + 0.3)
    tone = string(n, frequency, rng, decay=4.5, damping=0.25, brightness=2200 + 6500 * velocity, pluck=0.17)
    return velocity * _released(tone, seconds, 0.3)


def ukulele(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A small guitar whose strings die quickly."""
    n = length_of(min(seconds, 1.2) + 0.2)
    tone = string(n, frequency, rng, decay=1.3, damping=0.38, brightness=2000 + 4500 * velocity, pluck=0.23)
    return velocity * _released(tone, seconds, 0.2)


def harp(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A harp: nobody damps its strings."""
    n = length_of(max(seconds, 2.2) + 0.4)
    tone = string(n, frequency, rng, decay=4.0, damping=0.45, brightness=1200 + 3500 * velocity, pluck=0.46)
    return velocity * _released(tone, max(seconds, 2.2), 0.4)


def electric_guitar(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """The bare string of an electric guitar; its amplifier is in ``effects``. Short notes are palm-muted."""
    muted = seconds < 0.2  # noqa: PLR2004 - seconds that only a muted note lasts
    n = length_of(seconds + 0.08)
    decay, brightness = (0.7, 2400) if muted else (6.0, 4200)
    tone = string(n, frequency, rng, decay=decay, damping=0.3, brightness=brightness * (0.6 + velocity), pluck=0.13)
    return velocity * _released(tone, seconds, 0.06)


def bass_guitar(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """An electric bass, played with the finger."""
    n = length_of(seconds + 0.12)
    tone = string(n, frequency, rng, decay=3.5, damping=0.45, brightness=500 + 1500 * velocity, pluck=0.29)
    body = np.sin(2 * np.pi * frequency * np.arange(n) / SAMPLE_RATE) * np.exp(-np.arange(n) / SAMPLE_RATE / 1.2)
    attack = np.clip(np.arange(n) / length_of(0.006), 0, 1)
    return velocity * _released((0.5 * tone + 0.6 * body) * attack, seconds, 0.12)
