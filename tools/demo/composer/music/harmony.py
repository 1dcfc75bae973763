"""Scales, chords written as Roman numerals, and voice leading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SEMITONES = 12
_MIDDLE_C = 60

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}
"""Semitones of each degree above the tonic."""

_NUMERALS = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7}
_NUMERAL = re.compile(r"(?P<accidental>[b#]?)(?P<degree>[IV]+|[iv]+)(?P<quality>[^/]*)(/(?P<bass>.+))?")
_QUALITIES = {
    "5": (0, 7),
    "M": (0, 4, 7),
    "m": (0, 3, 7),
    "o": (0, 3, 6),
    "+": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "M6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "M7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "o7": (0, 3, 6, 9),
    "%7": (0, 3, 6, 10),
    "Madd9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "M9": (0, 4, 10, 14),
    "m9": (0, 3, 10, 14),
    "maj9": (0, 4, 11, 14),
}
_BY_CASE = ("", "6", "7", "9", "add9")
"""Qualities that mean a major third above an upper-case numeral and a minor third above a lower-case one."""


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord without octaves: pitch classes 0 (C) to 11 (B), ``tones[0]`` the root, and the one in the bass."""

    tones: tuple[int, ...]
    bass: int


@dataclass(frozen=True, slots=True)
class Change:
    """A chord in its place; ``start`` and ``length`` in beats."""

    start: float
    length: float
    chord: Chord


def scale_pitch(degree: int, tonic: int, mode: str) -> int:
    """Return the MIDI pitch of a degree: 1 is the tonic, 0 the degree below it, and so on both ways."""
    steps = MODES[mode]
    octave, step = divmod(degree - 1, len(steps))
    return tonic + SEMITONES * octave + steps[step]


def parse_chord(numeral: str, tonic: int, mode: str) -> Chord:
    """Read a Roman numeral over the degrees of a mode, such as ``ii7``, ``bVImaj7``, ``V/3`` or ``IV/I``.

    Upper case is major and lower case minor; ``o``, ``%7``, ``+``, ``5`` and ``sus4`` say otherwise. After a stroke
    comes the bass: a chord tone (3, 5 or 7) or another degree.

    :raises ValueError: if it is none.
    """
    match = _NUMERAL.fullmatch(numeral)
    if match is None or match["degree"].upper() not in _NUMERALS:
        msg = f"{numeral!r} is no chord"
        raise ValueError(msg)
    quality = match["quality"]
    if quality in _BY_CASE:
        quality = ("M" if match["degree"].isupper() else "m") + quality
    if quality not in _QUALITIES:
        msg = f"{numeral!r}: the quality {match['quality']!r} is unknown"
        raise ValueError(msg)
    shift = {"": 0, "b": -1, "#": 1}[match["accidental"]]
    root = scale_pitch(_NUMERALS[match["degree"].upper()], tonic, mode) + shift
    tones = tuple((root + interval) % SEMITONES for interval in _QUALITIES[quality])
    return Chord(tones, _bass(match["bass"], tones, tonic, mode))


def parse_changes(text: str, metre: int, tonic: int, mode: str) -> list[Change]:
    """Read a piece's chords, ``I V/3 | vi IV``: bars of ``metre`` beats, which the chords of a bar share evenly.

    :raises ValueError: if one is no chord.
    """
    changes: list[Change] = []
    for bar, names in enumerate(text.split("|")):
        numerals = names.split()
        length = metre / len(numerals)
        for index, numeral in enumerate(numerals):
            changes.append(Change(bar * metre + index * length, length, parse_chord(numeral, tonic, mode)))
    return changes


def change_at(changes: Sequence[Change], beat: float) -> int:
    """Return the index of the chord that sounds at a beat; after the end it is the last one."""
    return max((index for index, change in enumerate(changes) if change.start <= beat + 1e-6), default=0)


def lead_voices(chords: Sequence[Chord], *, count: int, centre: int) -> list[tuple[int, ...]]:
    """Give every chord the voicing nearest to the one before, so that common tones stay and others step.

    :param count: voices of a chord; tones are doubled in the octave where the chord has fewer.
    :param centre: MIDI pitch around which the first chord lies and to which the others are gently drawn.
    :returns: for each chord ``count`` rising MIDI pitches.
    """
    led: list[tuple[int, ...]] = []
    for chord in chords:
        before = led[-1] if led else None

        def strain(voicing: tuple[int, ...], before: tuple[int, ...] | None = before) -> tuple[float, int]:
            drift = abs(sum(voicing) / count - centre)
            moved = sum(abs(new - old) for new, old in zip(voicing, before, strict=True)) if before else 0
            return moved + drift, voicing[0]

        led.append(min(_voicings(chord, count, centre), key=strain))
    return led


def nearest_tone(pitch: int, chord: Chord) -> int:
    """Return the chord tone nearest to a MIDI pitch, the lower one of equals."""
    return min(
        range(pitch - SEMITONES, pitch + SEMITONES), key=lambda tone: (not _sounds(tone, chord), abs(tone - pitch))
    )


def _sounds(pitch: int, chord: Chord) -> bool:
    return pitch % SEMITONES in chord.tones


def _bass(name: str | None, tones: tuple[int, ...], tonic: int, mode: str) -> int:
    if name is None:
        return tones[0]
    if name in ("3", "5", "7"):
        return tones[(int(name) - 1) // 2]
    return parse_chord(name, tonic, mode).tones[0]


def _voicings(chord: Chord, count: int, centre: int) -> list[tuple[int, ...]]:
    """Every close position within an octave of the centre, and the same with the second voice from the top dropped."""
    ladder = [pitch for pitch in range(centre - 2 * SEMITONES, centre + 2 * SEMITONES) if _sounds(pitch, chord)]
    close = [tuple(ladder[first : first + count]) for first in range(len(ladder) - count + 1)]
    dropped = [tuple(sorted((*voices[:-2], voices[-2] - SEMITONES, voices[-1]))) for voices in close if count > 2]  # noqa: PLR2004
    return [voices for voices in (*close, *dropped) if _is_clear(voices)]


def _is_clear(voices: tuple[int, ...]) -> bool:
    """Semitone clusters sound muddy below middle C; a wide gap sounds hollow."""
    steps = [(below, above - below) for below, above in pairwise(voices)]
    return all(1 <= step <= SEMITONES and (step > 1 or below >= _MIDDLE_C) for below, step in steps)
