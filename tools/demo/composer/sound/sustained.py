"""Sustained sounds: bowed and blown instruments, voices, and the synthesiser's pads, leads and basses."""

import numpy as np

from tools.demo.composer.sound.oscillators import (
    SAMPLE_RATE,
    Signal,
    coloured_noise,
    envelope,
    fade_out,
    formants,
    length_of,
    oscillate,
    running_cycles,
    saw_partials,
)

_CELLO_BODY = ((220, 90, 1.0), (420, 160, 0.8), (900, 350, 0.5), (2300, 900, 0.25))
_VOWEL_AH = ((730, 110, 1.0), (1090, 140, 0.5), (2450, 240, 0.14), (300, 200, 0.5))


def _ensemble(  # noqa: PLR0913 - a section has a size and a spread beside its sound
    n: int,
    frequency: float,
    partials: Signal,
    rng: np.random.Generator,
    *,
    players: int,
    spread: float,
) -> Signal:
    """Several players of one part, ``spread`` cents apart, each with a vibrato of their own."""
    cents = np.linspace(-spread, spread, players) + rng.uniform(-1, 1, players)
    voices = [
        oscillate(
            running_cycles(
                n, frequency * 2 ** (cent / 1200), vibrato=9, rate=rng.uniform(4.6, 5.8), start=rng.random()
            ),
            partials,
        )
        for cent in cents
    ]
    together: Signal = np.sum(voices, axis=0) / np.sqrt(players)
    return together


def strings(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A string section; short notes are bowed with a firm attack."""
    attack = min(0.28, 0.25 * seconds + 0.02)
    n = length_of(seconds + 0.45)
    partials = saw_partials(frequency, cutoff=900 + 2600 * velocity, steepness=1.6)
    tone = _ensemble(n, frequency, partials, rng, players=4, spread=9)
    return fade_out(0.5 * velocity * tone * envelope(n, attack=attack, held=seconds, release=0.5))


def cello(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """One bowed string over a wooden body, with vibrato that comes late and the rasp of the bow."""
    n = length_of(seconds + 0.25)
    bow = saw_partials(frequency, cutoff=1400 + 2600 * velocity, steepness=1.8)
    partials = bow * (0.25 + formants(frequency, _CELLO_BODY))
    cycles = running_cycles(n, frequency, vibrato=16, rate=rng.uniform(4.9, 5.5), onset=0.7, start=rng.random())
    rasp = coloured_noise(n, rng, low=900, high=3500) * 0.012
    attack = min(0.13, 0.3 * seconds + 0.02)
    swell = envelope(n, attack=attack, held=seconds, release=0.35, sustain=0.5, decay=1.8)
    return fade_out(0.9 * velocity * (oscillate(cycles, partials) + rasp) * swell)


def fiddle(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A violin played for dancing: quick bow, little vibrato."""
    n = length_of(seconds + 0.25)
    bow = saw_partials(frequency, cutoff=2600 + 3000 * velocity, steepness=1.8)
    partials = bow * (0.4 + formants(frequency, ((480, 150, 0.8), (1050, 300, 0.6), (2800, 900, 0.6))))
    cycles = running_cycles(n, frequency, vibrato=10, rate=5.8, onset=0.35, start=rng.random())
    rasp = coloured_noise(n, rng, low=1500, high=6000) * 0.02
    bowing = envelope(n, attack=0.03, held=seconds, release=0.3, sustain=0.35, decay=1.5)
    return fade_out(0.7 * velocity * (oscillate(cycles, partials) + rasp) * bowing)


def accordion(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Three reeds of a musette: one in tune and one to either side, so that they beat."""
    n = length_of(seconds + 0.1)
    reed = saw_partials(frequency, cutoff=2200 + 3200 * velocity, steepness=1.6)
    reed *= 0.35 + formants(frequency, ((900, 500, 0.8), (2600, 900, 0.5)))
    cents = (-11.0, 0.0, 12.0)
    reeds = [oscillate(running_cycles(n, frequency * 2 ** (cent / 1200), start=rng.random()), reed) for cent in cents]
    bellows = envelope(n, attack=0.035, held=seconds, release=0.15, sustain=0.45, decay=1.5)
    return fade_out(0.35 * velocity * np.sum(reeds, axis=0) * bellows)


def harmonica(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """One reed between cupped hands: it bends up into the note, and the hands make it tremble."""
    n = length_of(seconds + 0.12)
    time = np.arange(n) / SAMPLE_RATE
    reed = saw_partials(frequency, cutoff=2600 + 3000 * velocity, steepness=2.0)
    reed *= 0.2 + formants(frequency, ((1300, 450, 0.9), (3000, 800, 0.5)))
    reed[1::2] *= 0.6
    bend = 0.02 * frequency * 0.04 * np.exp(-time / 0.04)
    tone = oscillate(running_cycles(n, frequency, start=rng.random() + 1) + bend, reed)
    hands = 1 + 0.18 * np.sin(2 * np.pi * 4.8 * time) * np.clip((time - 0.25) / 0.3, 0, 1)
    breath = coloured_noise(n, rng, low=1200, high=5000) * 0.012
    swell = envelope(n, attack=0.045, held=seconds, release=0.25, sustain=0.4, decay=1.5)
    return fade_out(0.9 * velocity * (tone * hands + breath) * swell)


def whistle(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Somebody whistling: nearly a sine that slides into the note."""
    n = length_of(seconds + 0.1)
    slide = np.exp(-np.arange(n) / SAMPLE_RATE / 0.025)
    cycles = running_cycles(n, frequency, vibrato=14, rate=5.6, onset=0.3) - 0.03 * frequency * 0.025 * (1 - slide)
    tone = oscillate(cycles, [1.0, 0.06, 0.02])
    breath = coloured_noise(n, rng, low=0.8 * frequency, high=1.6 * frequency) * 0.05
    return fade_out(0.6 * velocity * (tone + breath) * envelope(n, attack=0.035, held=seconds, release=0.12))


def choir(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Voices on "ah"."""
    n = length_of(seconds + 0.6)
    glottis = saw_partials(frequency, cutoff=1800 + 1500 * velocity, steepness=1.5)
    tone = _ensemble(n, frequency, glottis * formants(frequency, _VOWEL_AH), rng, players=5, spread=13)
    return fade_out(1.2 * velocity * tone * envelope(n, attack=min(0.3, seconds * 0.4), held=seconds, release=0.7))


def pad(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A soft synthesiser pad that opens and closes slowly."""
    n = length_of(seconds + 1.1)
    dark = _ensemble(n, frequency, saw_partials(frequency, cutoff=350 + 300 * velocity), rng, players=4, spread=7)
    open_ = _ensemble(n, frequency, saw_partials(frequency, cutoff=1100 + 1400 * velocity), rng, players=2, spread=10)
    opening = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / length_of(seconds + 1.1))
    swell = envelope(n, attack=min(0.9, 0.45 * seconds), held=seconds, release=1.2)
    return fade_out(0.5 * velocity * (dark + 0.5 * opening * open_) * swell)


def brass(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A small brass section: the louder the brighter, and brightest a moment after the attack."""
    n = length_of(seconds + 0.14)
    dark = _ensemble(n, frequency, saw_partials(frequency, cutoff=600 + 500 * velocity), rng, players=3, spread=6)
    bright = _ensemble(n, frequency, saw_partials(frequency, cutoff=2500 + 4500 * velocity), rng, players=3, spread=6)
    blare = envelope(n, attack=0.06, held=seconds, release=0.1, sustain=0.55, decay=0.2)
    swell = envelope(n, attack=0.03, held=seconds, release=0.15, sustain=0.85)
    return fade_out(0.5 * velocity * (dark + velocity * blare * bright) * swell)


def saw_lead(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Two sawtooth oscillators through a filter that snaps open."""
    n = length_of(seconds + 0.12)
    closed = _ensemble(n, frequency, saw_partials(frequency, cutoff=900), rng, players=2, spread=6)
    opened = _ensemble(n, frequency, saw_partials(frequency, cutoff=3000 + 5000 * velocity), rng, players=2, spread=6)
    sweep = envelope(n, attack=0.01, held=seconds, release=0.1, sustain=0.45, decay=0.15)
    return fade_out(
        0.45
        * velocity
        * ((1 - sweep) * closed + sweep * opened)
        * envelope(n, attack=0.008, held=seconds, release=0.14)
    )


def supersaw(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Seven detuned sawtooths: the wide chord of dance music."""
    n = length_of(seconds + 0.16)
    partials = saw_partials(frequency, cutoff=3500 + 7000 * velocity)
    tone = _ensemble(n, frequency, partials, rng, players=7, spread=16)
    return fade_out(
        0.5 * velocity * tone * envelope(n, attack=0.012, held=seconds, release=0.2, sustain=0.8, decay=0.15)
    )


def synth_bass(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A sawtooth bass with a plucked filter and a sine below."""
    n = length_of(seconds + 0.06)
    cycles = running_cycles(n, frequency, start=0.0)
    opened = oscillate(cycles * 1.003, saw_partials(frequency, cutoff=900 + 1800 * velocity))
    closed = oscillate(cycles, saw_partials(frequency, cutoff=250))
    pluck = np.exp(-np.arange(n) / SAMPLE_RATE / (0.08 + 0.1 * rng.random()))
    tone = 0.7 * np.sin(2 * np.pi * cycles) + closed + pluck * opened
    return fade_out(0.45 * velocity * tone * envelope(n, attack=0.004, held=seconds, release=0.07))


def drone(frequency: float, seconds: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A dark, beating drone with wind in it."""
    n = length_of(seconds + 1.0)
    tone = _ensemble(n, frequency, saw_partials(frequency, cutoff=260 + 600 * velocity), rng, players=3, spread=14)
    wind = coloured_noise(n, rng, low=200, high=900) * 0.06
    return fade_out(
        0.6 * velocity * (tone + wind) * envelope(n, attack=min(1.2, seconds * 0.4), held=seconds, release=1.1)
    )
