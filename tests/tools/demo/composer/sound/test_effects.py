import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.demo.composer.sound.effects import (
    amplifier,
    chorus,
    fast_length,
    filtered,
    leslie,
    limit,
    loudness,
    low_cut,
    room,
    tremolo,
)
from tools.demo.composer.sound.oscillators import SAMPLE_RATE, Signal


def sine(hertz: float, seconds: float = 1.0, level: float = 0.5) -> Signal:
    tone = level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)
    return np.stack([tone, tone])


@given(st.integers(2, 3_000_000))
def test_a_fast_length_is_even_smooth_and_close(n: int) -> None:
    size = fast_length(n)
    assert n <= size <= 1.2 * n + 2
    assert size % 2 == 0
    for prime in (2, 3, 5):
        while size % prime == 0:
            size //= prime
    assert size == 1


def test_a_low_cut_takes_the_lows_and_leaves_the_rest() -> None:
    assert np.abs(filtered(sine(40), low_cut(200))[:, 9000:-9000]).max() < 0.01
    middle = slice(9000, -9000)
    assert filtered(sine(2000), low_cut(200))[:, middle] == pytest.approx(sine(2000)[:, middle], abs=0.01)


@settings(max_examples=30)
@given(st.integers(0, 1000), st.floats(0.1, 0.95))
def test_the_limiter_keeps_its_ceiling_and_leaves_quiet_sound_alone(seed: int, ceiling: float) -> None:
    rng = np.random.default_rng(seed)
    signal = rng.normal(0, 0.3, (2, 4000)) * np.linspace(0, 2, 4000)
    assert np.abs(limit(signal, ceiling)).max() <= ceiling + 1e-9
    quiet = signal * ceiling / np.abs(signal).max() * 0.99
    assert limit(quiet, ceiling) == pytest.approx(quiet)


def test_loudness_counts_only_what_sounds_and_follows_the_level() -> None:
    tone = sine(1000)
    padded = np.concatenate([tone, np.zeros_like(tone)], axis=1)
    assert loudness(padded) == pytest.approx(loudness(tone), abs=0.2)
    assert loudness(tone * 0.5) == pytest.approx(loudness(tone) - 6.02, abs=0.01)
    assert loudness(sine(40)) < loudness(sine(1000)) < loudness(sine(4000))
    assert np.isfinite(loudness(np.zeros((2, 5000))))


def test_an_amplifier_adds_harmonics_and_keeps_the_place_on_the_stage() -> None:
    left = sine(200) * np.array([[1.0], [0.25]])
    driven = amplifier(left, 20.0)
    spectrum = np.abs(np.fft.rfft(driven[0]))
    assert spectrum[600] > 0.05 * spectrum[200]
    assert spectrum[8000:].max() < 0.01 * spectrum[200]
    power = np.sqrt(np.mean(driven**2, axis=1))
    assert power[1] / power[0] == pytest.approx(0.25, rel=0.01)


def test_a_room_answers_late_dies_away_and_differs_on_both_sides() -> None:
    clap = np.zeros((2, 2 * SAMPLE_RATE))
    clap[:, 0] = 1
    answer = room(clap, 1.0, np.random.default_rng(1))
    assert not np.abs(answer[:, :500]).max() > 1e-9
    early, late = np.mean(answer[:, 4000:14_000] ** 2), np.mean(answer[:, 40_000:44_000] ** 2)
    assert 10 * np.log10(late / early) < -30
    assert abs(np.corrcoef(answer)[0, 1]) < 0.2


@pytest.mark.parametrize("effect", [chorus, tremolo, leslie])
def test_effects_keep_length_and_silence(effect: object) -> None:
    assert callable(effect)
    assert effect(sine(300)).shape == sine(300).shape
    assert not effect(np.zeros((2, 1000))).any()
