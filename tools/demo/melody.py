"""Tunes: motifs set over the chords, and varied where the piece asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tools.demo.harmony import SEMITONES, Change, change_at, nearest_tone, scale_pitch
from tools.demo.patterns import Step, motif_beats, parse_motif
from tools.demo.plan import HOLD, REST, Melody, Piece

_SHIFTS = (0, -1, 1, -2, 2, -3, 3)
_ORNAMENTED = 0.4
"""Share of the long notes of a varied motif that are broken up."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A note of the tune before anybody plays it; ``start`` and ``length`` in beats, ``pitch`` in MIDI."""

    start: float
    length: float
    pitch: int


def compose_tune(melody: Melody, piece: Piece, changes: Sequence[Change], rng: np.random.Generator) -> list[Tone]:
    """Set a melody's motifs bar by bar.

    :raises ValueError: if a motif is unknown or does not fill the bars given to it.
    """
    tonic = melody.centre + (piece.tonic - melody.centre + SEMITONES // 2) % SEMITONES - SEMITONES // 2
    tones: list[Tone] = []
    for bar, sign in enumerate(melody.order):
        if sign in (REST, HOLD):
            continue
        steps = _motif(melody, bar, piece.metre)
        start = float(bar * piece.metre)
        if sign not in melody.motifs:
            steps = _fit(steps, start, tonic, piece.mode, changes)
            steps = _ornament(steps, rng)
        tones += _set(steps, start, tonic, piece.mode)
        if melody.parallel:
            below = [_moved(step, melody.parallel) for step in steps]
            tones += _set(below, start, tonic, piece.mode)
    return tones


def _motif(melody: Melody, bar: int, metre: int) -> list[Step]:
    sign = melody.order[bar]
    text = melody.motifs.get(sign) or melody.motifs.get(sign.upper())
    if text is None:
        msg = f"there is no motif {sign!r}"
        raise ValueError(msg)
    steps = parse_motif(text)
    rest = melody.order[bar + 1 :]
    bars = 1 + len(rest) - len(rest.lstrip(HOLD))
    if abs(motif_beats(steps) - bars * metre) > 1e-6:  # noqa: PLR2004 - lengths are sums of binary fractions and thirds
        msg = f"motif {sign!r} lasts {motif_beats(steps)} beats, not the {bars * metre} of its bars: {text!r}"
        raise ValueError(msg)
    return steps


def _moved(step: Step, shift: int) -> Step:
    return step if step.degree is None else replace(step, degree=step.degree + shift)


def _fit(steps: Sequence[Step], start: float, tonic: int, mode: str, changes: Sequence[Change]) -> list[Step]:
    """Move a motif by the steps of the scale at which it agrees best with the chords below it."""

    def clash(shift: int) -> float:
        total, beat = 0.3 * abs(shift), start
        for step in steps:
            if step.degree is not None:
                pitch = scale_pitch(step.degree + shift, tonic, mode) + step.alteration
                chord = changes[change_at(changes, beat)].chord
                total += step.length * abs(nearest_tone(pitch, chord) - pitch)
            beat += step.length
        return total

    best = min(_SHIFTS, key=clash)
    return [_moved(step, best) for step in steps]


def _ornament(steps: Sequence[Step], rng: np.random.Generator) -> list[Step]:
    """Break up some of the long notes: a neighbour that leads on, a turn, or a note repeated in a dotted rhythm."""
    varied: list[Step] = []
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if step.degree is None or step.length < 1 or following is None or rng.random() > _ORNAMENTED:
            varied.append(step)
            continue
        aim = following.degree if following.degree is not None else step.degree
        way = 1 if aim >= step.degree else -1
        half = step.length / 2
        shapes = (
            ((0, half), (way, half)),
            ((0, half), (way, half / 2), (0, half / 2)),
            ((0, 1.5 * half), (0, half / 2)),
        )
        shape = shapes[int(rng.integers(len(shapes)))]
        varied += [Step(step.degree + offset, step.alteration, length) for offset, length in shape]
    return varied


def _set(steps: Sequence[Step], start: float, tonic: int, mode: str) -> list[Tone]:
    tones: list[Tone] = []
    beat = start
    for step in steps:
        if step.degree is not None:
            tones.append(Tone(beat, step.length, scale_pitch(step.degree, tonic, mode) + step.alteration))
        beat += step.length
    return tones
