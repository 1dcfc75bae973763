"""Drums, cymbals and what else is struck."""

import numpy as np

from tools.demo.composer.sound.oscillators import SAMPLE_RATE, Signal, coloured_noise, damped_modes, fade_out, length_of

_METAL = np.array([1.0, 1.342, 1.2312, 1.6532, 1.9523, 2.1523, 2.53, 3.17])
"""Inharmonic ratios of a cymbal's strongest modes, close to the six square waves of an analogue drum machine."""


def _time(n: int) -> Signal:
    return np.arange(n) / SAMPLE_RATE


def _drop(n: int, top: float, bottom: float, fall: float) -> Signal:
    """A sine whose pitch drops from ``top`` to ``bottom`` hertz with the time constant ``fall`` in seconds."""
    time = _time(n)
    cycles = bottom * time + (top - bottom) * fall * (1 - np.exp(-time / fall))
    tone: Signal = np.sin(2 * np.pi * cycles)
    return tone


def kick(frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A bass drum: a dropping sine and a click."""
    n = length_of(0.38)
    tone = _drop(n, 5.5 * frequency, frequency, 0.028) * np.exp(-_time(n) / 0.11)
    click = coloured_noise(n, rng, low=1500, high=6000) * np.exp(-_time(n) / 0.004) * 0.16
    return fade_out(velocity * (np.tanh(1.6 * tone) + velocity * click), 0.05)


def snare(frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A snare drum: two modes of the skin and the rattle below it."""
    n = length_of(0.32)
    skin = damped_modes(n, [frequency, 1.6 * frequency], [0.22, 0.14], [0.6, 0.35])
    rattle = coloured_noise(n, rng, low=900, high=9500) * np.exp(-_time(n) / (0.05 + 0.05 * velocity))
    return fade_out(velocity * (0.8 * skin + 0.3 * rattle), 0.03)


def clap(_frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Several hands, not quite together."""
    n = length_of(0.26)
    time = _time(n)
    hands = sum(np.where(time >= late, np.exp(-(time - late) / 0.009), 0) for late in (0.0, 0.011, 0.023))
    tail = np.where(time > 0.03, np.exp(-(time - 0.03) / 0.06), 0) * 0.7  # noqa: PLR2004 - when the last hand has clapped
    return fade_out(0.35 * velocity * coloured_noise(n, rng, low=800, high=4500) * (hands + tail), 0.03)


def rim(frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A stick across the rim."""
    n = length_of(0.09)
    wood = damped_modes(n, [frequency * 0.75, frequency * 1.9, frequency * 3.1], [0.08, 0.05, 0.03], [0.8, 0.5, 0.3])
    click = coloured_noise(n, rng, low=1500, high=7000) * np.exp(-_time(n) / 0.002) * 0.2
    return fade_out(0.7 * velocity * (wood + click))


def hat(frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Closed cymbals."""
    return _cymbal(2.0 * frequency, velocity, rng, seconds=0.09, fade=0.02 + 0.015 * velocity)


def open_hat(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Open cymbals that the foot closes."""
    return _cymbal(1.9 * frequency, velocity, rng, seconds=min(seconds + 0.05, 0.5), fade=0.16)


def crash(frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A large cymbal, struck with the shaft."""
    return 1.6 * _cymbal(1.2 * frequency, velocity, rng, seconds=2.4, fade=0.55)


def _cymbal(frequency: float, velocity: float, rng: np.random.Generator, *, seconds: float, fade: float) -> Signal:
    """Metal and hiss; ``fade`` is the time constant of the hiss in seconds."""
    n = length_of(seconds)
    metal = damped_modes(n, frequency * _METAL, 6.9 * fade, 0.12, rng.uniform(0, 6, len(_METAL)))
    hiss = coloured_noise(n, rng, low=2.4 * frequency, high=15_000) * np.exp(-_time(n) / fade) * 0.3
    return fade_out(velocity * (metal * 0.5 + hiss), min(0.2 * seconds, 0.2))


def shaker(_frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Grains in a tube, thrown forward."""
    n = length_of(0.12)
    swing = np.sin(np.pi * np.clip(_time(n) / 0.09, 0, 1)) ** 1.5
    return fade_out(0.3 * velocity * swing * coloured_noise(n, rng, low=4500, high=12_000))


def brush(_frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A wire brush swept over a snare drum."""
    n = length_of(0.4)
    sweep = np.clip(_time(n) / 0.03, 0, 1) * np.exp(-_time(n) / 0.11)
    return fade_out(0.25 * velocity * sweep * coloured_noise(n, rng, low=1200, high=7000), 0.05)


def tom(frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A tom-tom."""
    n = length_of(0.6)
    tone = _drop(n, 1.7 * frequency, frequency, 0.05) * np.exp(-_time(n) / 0.16)
    skin = coloured_noise(n, rng, low=200, high=2500) * np.exp(-_time(n) / 0.012) * 0.25
    return fade_out(velocity * (tone + skin), 0.1)


def taiko(frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A very large drum in a large room."""
    n = length_of(1.3)
    modes = damped_modes(
        n, frequency * np.array([1.0, 1.59, 2.14, 2.3, 2.92]), [1.5, 0.8, 0.5, 0.5, 0.3], [1, 0.5, 0.35, 0.3, 0.2]
    )
    stick = coloured_noise(n, rng, low=100, high=1800) * np.exp(-_time(n) / 0.02) * 0.3
    return fade_out(velocity * np.tanh(0.7 * modes + stick), 0.2)


def clank(frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A hammer on scrap metal."""
    n = length_of(0.5)
    modes = damped_modes(
        n, frequency * np.array([1.0, 1.47, 2.09, 2.56, 3.39, 4.08, 5.43]), 0.45, 0.2, rng.uniform(0, 6, 7)
    )
    strike = coloured_noise(n, rng, low=1000, high=9000) * np.exp(-_time(n) / 0.01) * 0.4
    return fade_out(velocity * (modes + strike), 0.05)


def triangle(frequency: float, _seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A small triangle."""
    n = length_of(1.5)
    tone = damped_modes(
        n, frequency * np.array([1.0, 1.73, 2.41, 3.3]), [1.6, 1.2, 0.8, 0.5], 0.2, rng.uniform(0, 6, 4)
    )
    return fade_out(velocity * tone, 0.3)
