"""Keyboards and mallets: piano, electric piano, music box, marimba, organ."""

import numpy as np

from tools.demo.composer.sound.oscillators import (
    SAMPLE_RATE,
    Signal,
    coloured_noise,
    damped_modes,
    envelope,
    fade_out,
    length_of,
    oscillate,
    running_cycles,
)

_MIDDLE_C = 261.6


def piano(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A piano: stretched partials, two strings a note that beat slowly, a hammer that is harder when it is faster."""
    release = 0.3
    n = length_of(seconds + release)
    partials = np.arange(1, min(28, int(9000 / frequency) + 2))
    stretch = 4e-4 * (frequency / _MIDDLE_C) ** 1.2
    hertz = frequency * partials * np.sqrt((1 + stretch * partials**2) / (1 + stretch))
    knee = 500 + 2300 * velocity**1.5 + 0.6 * frequency
    strike = np.abs(np.sin(np.pi * partials * 0.12)) + 0.08
    amplitudes = strike / partials**0.6 / (1 + (hertz / knee) ** 2.2)
    decays = 11 * (_MIDDLE_C / frequency) ** 0.55 / (1 + 0.16 * partials + (hertz / 2800) ** 2)
    decays = np.maximum(decays, 0.15)
    detune = 1 + 0.00025 * rng.uniform(0.6, 1.4)
    tone = damped_modes(n, hertz, decays, amplitudes) + 0.7 * damped_modes(
        n, hertz * detune, decays * 1.5, amplitudes, 0.3
    )
    tone /= amplitudes.sum()
    knock = coloured_noise(min(n, length_of(0.06)), rng, low=60, high=700 + 900 * velocity)
    tone[: len(knock)] += 0.035 * velocity * knock * np.exp(-np.arange(len(knock)) / SAMPLE_RATE / 0.012)
    return fade_out(velocity**1.3 * tone * envelope(n, attack=0.002, held=seconds, release=release))


def electric_piano(frequency: float, seconds: float, velocity: float, _rng: np.random.Generator) -> Signal:
    """A tine piano by frequency modulation; a hard stroke barks."""
    release = 0.25
    n = length_of(seconds + release)
    time = np.arange(n) / SAMPLE_RATE
    cycles = 2 * np.pi * frequency * time
    bark = (0.25 + 1.5 * velocity) * np.exp(-time / 0.5) * min(1.0, 500 / frequency)
    tine = 0.18 * velocity * np.exp(-time / 0.07)
    tone = np.sin(cycles + bark * np.sin(cycles) + tine * np.sin(14 * cycles * (14 * frequency < SAMPLE_RATE / 3)))
    tone += 0.25 * np.sin(2 * cycles + 0.4 * bark * np.sin(cycles)) * np.exp(-time / 0.8)
    decay = np.exp(-time / (1.6 * (_MIDDLE_C / frequency) ** 0.4))
    return fade_out(velocity * tone * decay * envelope(n, attack=0.003, held=seconds, release=release))


def music_box(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A celesta or music box: a small bar with a few high partials."""
    n = length_of(max(seconds, 1.5))
    ratios = np.array([1.0, 2.0, 3.01, 5.4, 8.9])
    loud = np.array([1.0, 0.22, 0.12, 0.14 * velocity, 0.06 * velocity])
    tone = damped_modes(n, frequency * ratios, 2.6 / ratios**0.8, loud, rng.uniform(0, 0.5, len(ratios)))
    return fade_out(velocity * tone / loud.sum() * np.clip(np.arange(n) / length_of(0.001), 0, 1), 0.2)


def marimba(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A wooden bar over a tube, struck with a soft mallet."""
    n = length_of(max(seconds, 0.7))
    ratios = np.array([1.0, 3.93, 9.6])
    loud = np.array([1.0, 0.3 * velocity, 0.1 * velocity])
    tone = damped_modes(n, frequency * ratios, np.array([1.3, 0.35, 0.12]) * (_MIDDLE_C / frequency) ** 0.3, loud)
    thump = coloured_noise(min(n, length_of(0.03)), rng, low=150, high=1800)
    tone[: len(thump)] += 0.1 * velocity * thump * np.exp(-np.arange(len(thump)) / SAMPLE_RATE / 0.006)
    return fade_out(velocity * tone * np.clip(np.arange(n) / length_of(0.002), 0, 1), 0.1)


def organ(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A drawbar organ with a little key click."""
    n = length_of(seconds + 0.09)
    drawbars = np.zeros(16)
    drawbars[[0, 1, 2, 3, 5, 7, 15]] = 0.8, 1.0, 0.75, 0.5, 0.3, 0.35, 0.22 * velocity
    audible = drawbars * (np.arange(1, 17) * frequency / 2 < SAMPLE_RATE / 2.3)
    tone = oscillate(running_cycles(n, frequency / 2, vibrato=7, rate=6.1, onset=0.05, start=rng.random()), audible)
    click = coloured_noise(min(n, length_of(0.01)), rng, low=800, high=5000)
    tone[: len(click)] += 0.15 * click * np.linspace(1, 0, len(click))
    return fade_out(0.4 * velocity * tone * envelope(n, attack=0.006, held=seconds, release=0.12))
