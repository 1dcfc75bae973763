import numpy as np
import pytest

from tools.demo.composer.sound.orchestra import INSTRUMENTS
from tools.demo.composer.sound.oscillators import SAMPLE_RATE, Signal, damped_modes, oscillate, running_cycles

TUNED = sorted(
    set(INSTRUMENTS)
    - {"kick", "snare", "clap", "rim", "hat", "open hat", "crash", "shaker", "brush", "clank", "triangle"}
    - {"low tom", "high tom", "taiko"}
)


def play(name: str, frequency: float = 220, seconds: float = 1.0, velocity: float = 0.6, seed: int = 1) -> Signal:
    return INSTRUMENTS[name].play(frequency, seconds, velocity, np.random.default_rng(seed))


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_every_instrument_sounds_soft_notes_are_softer_and_the_end_is_silent(name: str) -> None:
    loud, soft = play(name, velocity=0.9), play(name, velocity=0.3)
    assert np.isfinite(loud).all()
    assert 0.02 < np.abs(loud).max() < 4
    assert np.mean(soft**2) < np.mean(loud**2)
    assert abs(loud[-1]) < 1e-3


@pytest.mark.parametrize("name", TUNED)
def test_tuned_instruments_are_in_tune(name: str) -> None:
    tone = play(name, frequency=220.0, seconds=2.0)[: 2 * SAMPLE_RATE]
    spectrum = np.abs(np.fft.rfft(tone * np.hanning(len(tone)), 8 * SAMPLE_RATE))
    near = slice(8 * 205, 8 * 236)  # a semitone and more to either side
    found = (np.argmax(spectrum[near]) + near.start) / 8
    assert abs(1200 * np.log2(found / 220)) < 12


def test_the_same_randomness_gives_the_same_sound() -> None:
    for name in INSTRUMENTS:
        assert np.array_equal(play(name), play(name))


def test_an_instrument_has_no_partials_above_half_the_sample_rate() -> None:
    # A sawtooth at 3 kHz: what folded back would lie between its partials.
    tone = play("saw lead", frequency=3000, seconds=1.0)[:SAMPLE_RATE]
    spectrum = np.abs(np.fft.rfft(tone * np.hanning(len(tone)))) ** 2
    hertz = np.fft.rfftfreq(len(tone), 1 / SAMPLE_RATE)
    between = (np.abs((hertz / 3000 + 0.5) % 1 - 0.5) > 0.1) & (hertz > 500)
    assert spectrum[between].sum() < 1e-4 * spectrum.sum()


def test_a_damped_mode_is_a_decaying_sine() -> None:
    n = 5000
    time = np.arange(n) / SAMPLE_RATE
    expected = 0.5 * np.exp(-6.91 * time / 0.3) * np.cos(2 * np.pi * 440 * time + 0.2)
    assert damped_modes(n, 440, 0.3, 0.5, 0.2) == pytest.approx(expected, abs=1e-9)


def test_a_mode_above_hearing_is_left_out() -> None:
    assert not damped_modes(100, [30_000], 1, 1).any()


def test_an_oscillator_plays_the_partials_it_is_given() -> None:
    cycles = running_cycles(SAMPLE_RATE, 100)
    expected = np.sin(2 * np.pi * cycles) + 0.5 * np.sin(6 * np.pi * cycles)
    assert oscillate(cycles, [1, 0, 0.5]) == pytest.approx(expected, abs=1e-4)


def test_vibrato_moves_the_pitch_by_its_depth() -> None:
    cycles = running_cycles(SAMPLE_RATE, 1000, vibrato=50, onset=0.1)
    hertz = np.diff(cycles)[SAMPLE_RATE // 4 :] * SAMPLE_RATE
    assert hertz.max() == pytest.approx(1000 * 2 ** (50 / 1200), rel=2e-3)
    assert hertz.min() == pytest.approx(1000 * 2 ** (-50 / 1200), rel=2e-3)
