"""Tunes: motifs set over the chords, and varied where the piece asks for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import isclose

import numpy as np

from tools.demo.composer.music.harmony import SEMITONES, Change, Chord, change_at, nearest_tone, scale_pitch
from tools.demo.composer.music.patterns import MotifNote, motif_beats, parse_motif
from tools.demo.composer.music.plan import HOLD, REST, Melody, Piece

_SHIFTS = (0, -1, 1, -2, 2, -3, 3)
_ORNAMENTED = 0.4
"""Share of the long notes of a varied motif that are broken up."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A note of the tune before anybody plays it; ``start`` and ``length`` in beats, ``pitch`` in MIDI."""

    start: float
    length: float
    pitch: int


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a tune stands on: the MIDI pitch of its degree 1, its scale, and the chords below it."""

    tonic: int
    mode: str
    changes: Sequence[Change]

    def pitch(self, degree: int, alteration: int) -> int:
        return scale_pitch(degree, self.tonic, self.mode) + alteration

    def chord_at(self, beat: float) -> Chord:
        return self.changes[change_at(self.changes, beat)].chord


def compose_tune(melody: Melody, piece: Piece, changes: Sequence[Change], rng: np.random.Generator) -> list[Tone]:
    """Set a melody's motifs bar by bar.

    :raises ValueError: if a motif is unknown or does not fill the bars given to it.
    """
    tonic = melody.centre + (piece.tonic - melody.centre + SEMITONES // 2) % SEMITONES - SEMITONES // 2
    ground = _Ground(tonic, piece.mode, changes)
    tones: list[Tone] = []
    for bar, sign in enumerate(melody.order):
        if sign in (REST, HOLD):
            continue
        steps = _motif(melody, bar, piece.metre)
        start = float(bar * piece.metre)
        if sign not in melody.motifs:
            steps = _ornament(_fit(steps, start, ground), rng)
        tones += _set(steps, start, ground)
        if melody.parallel:
            tones += _set(_second_voice(steps, start, ground, melody.parallel), start, ground)
    return tones


def _motif(melody: Melody, bar: int, metre: int) -> list[MotifNote]:
    sign = melody.order[bar]
    text = melody.motifs.get(sign) or melody.motifs.get(sign.upper())
    if text is None:
        msg = f"there is no motif {sign!r}"
        raise ValueError(msg)
    steps = parse_motif(text)
    rest = melody.order[bar + 1 :]
    beats = metre * (1 + len(rest) - len(rest.lstrip(HOLD)))
    if not isclose(motif_beats(steps), beats, abs_tol=1e-6):
        msg = f"motif {sign!r} lasts {motif_beats(steps)} beats, not the {beats} of its bars: {text!r}"
        raise ValueError(msg)
    return steps


def _timed(steps: Sequence[MotifNote], start: float) -> Iterator[tuple[float, int, MotifNote]]:
    """Yield the beat, the degree and the step itself of every note, leaving out rests."""
    beat = start
    for step in steps:
        if step.degree is not None:
            yield beat, step.degree, step
        beat += step.length


def _set(steps: Sequence[MotifNote], start: float, ground: _Ground) -> list[Tone]:
    return [
        Tone(beat, step.length, ground.pitch(degree, step.alteration)) for beat, degree, step in _timed(steps, start)
    ]


def _moved(step: MotifNote, shift: int) -> MotifNote:
    return step if step.degree is None else replace(step, degree=step.degree + shift)


def _fit(steps: Sequence[MotifNote], start: float, ground: _Ground) -> list[MotifNote]:
    """Move a motif by the steps of the scale at which it agrees best with the chords below it."""

    def clash(shift: int) -> float:
        total = 0.3 * abs(shift)
        for beat, degree, step in _timed(steps, start):
            pitch = ground.pitch(degree + shift, step.alteration)
            total += step.length * abs(nearest_tone(pitch, ground.chord_at(beat)) - pitch)
        return total

    best = min(_SHIFTS, key=clash)
    return [_moved(step, best) for step in steps]


def _second_voice(steps: Sequence[MotifNote], start: float, ground: _Ground, distance: int) -> list[MotifNote]:
    """Go along at a distance in steps of the scale, and one step further where only that belongs to the chord."""
    further = distance + (1 if distance > 0 else -1)
    shifts: dict[float, int] = {}
    for beat, degree, _ in _timed(steps, start):
        tones = ground.chord_at(beat).tones
        near, far = (ground.pitch(degree + shift, 0) % SEMITONES in tones for shift in (distance, further))
        shifts[beat] = further if far and not near else distance
    beats = accumulate((step.length for step in steps), initial=start)
    return [_moved(step, shifts.get(beat, 0)) for beat, step in zip(beats, steps, strict=False)]


def _ornament(steps: Sequence[MotifNote], rng: np.random.Generator) -> list[MotifNote]:
    """Break up some of the long notes: a neighbour that leads on, a turn, or a note repeated in a dotted rhythm."""
    varied: list[MotifNote] = []
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
        varied += [MotifNote(step.degree + offset, step.alteration, length) for offset, length in shape]
    return varied
