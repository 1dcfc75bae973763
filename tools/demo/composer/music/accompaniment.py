"""Accompaniment: grids turned into chords, broken chords, basses and drum strokes."""

from collections.abc import Sequence

from tools.demo.composer.music.harmony import SEMITONES, Change, change_at, lead_voices
from tools.demo.composer.music.melody import Tone
from tools.demo.composer.music.patterns import Stroke, bar_of, parse_grid, turns
from tools.demo.composer.music.plan import END, REST, Drums, Figure, Piece

DRUM_PITCHES = {
    "kick": 31,
    "snare": 55,
    "rim": 76,
    "clap": 60,
    "hat": 90,
    "open hat": 90,
    "crash": 84,
    "shaker": 96,
    "brush": 70,
    "low tom": 43,
    "high tom": 50,
    "taiko": 33,
    "clank": 62,
    "triangle": 98,
}
"""What a drum is tuned to, as a MIDI pitch."""

Beat = tuple[float, bool, list[Tone]]
"""Start in beats, whether it is accented, and the tones struck together from below."""

_CHORD_SIGNS = frozenset("x0123456789")
_BASS_SIGNS = frozenset("rtfsoa")


def compose_figure(figure: Figure, piece: Piece, changes: Sequence[Change]) -> list[Beat]:
    """Play a figure's grids over the chords of the piece."""
    voicings = lead_voices([change.chord for change in changes], count=figure.voices, centre=figure.centre)
    beats: list[Beat] = []
    for stroke in _strokes(figure, piece):
        index = change_at(changes, stroke.start)
        pitches = _pitches(stroke.sign.lower(), figure.centre, voicings[index], changes[index : index + 2])
        length = stroke.length
        if index + 1 < len(changes):
            length = min(length, changes[index + 1].start - stroke.start)  # nobody holds a chord into the next one
        tones = [Tone(stroke.start, length, pitch) for pitch in pitches]
        beats.append((stroke.start, stroke.sign.isupper(), tones))
    return beats


def compose_drums(drums: Drums, piece: Piece) -> list[tuple[str, Stroke]]:
    """Return every stroke of a drummer with the drum it falls on."""
    strokes: list[tuple[str, Stroke]] = []
    for bar, (sign, turn) in enumerate(zip(drums.order, turns(drums.order), strict=True)):
        start = bar * piece.metre
        if sign == END:
            strokes += [(drum, Stroke(start, piece.metre, "X")) for drum in drums.ending]
        elif sign != REST:
            for drum, pattern in drums.patterns[int(sign)].items():
                grid = parse_grid(bar_of(pattern, turn), piece.metre)
                strokes += [(drum, Stroke(start + stroke.start, stroke.length, stroke.sign)) for stroke in grid]
    return strokes


def _strokes(figure: Figure, piece: Piece) -> list[Stroke]:
    strokes: list[Stroke] = []
    for bar, (sign, turn) in enumerate(zip(figure.order, turns(figure.order), strict=True)):
        start = bar * piece.metre
        if sign == END:
            length = piece.metre + 0.6 * piece.ring * piece.tempo / 60
            strokes.append(Stroke(start, length, _ending_sign(figure)))
        elif sign != REST:
            grid = parse_grid(bar_of(figure.patterns[int(sign)], turn), piece.metre)
            strokes += [Stroke(start + stroke.start, stroke.length, stroke.sign) for stroke in grid]
    return strokes


def _ending_sign(figure: Figure) -> str:
    """Who plays power chords ends on one, who picks bass and chord tones on both, and others on what they play."""
    used = set(figure.patterns[-1].lower())
    if "p" in used:
        return "P"
    chord, bass = used & _CHORD_SIGNS, used & _BASS_SIGNS
    return "b" if chord and bass else "r" if bass else "x"


def _pitches(sign: str, centre: int, voicing: tuple[int, ...], changes: Sequence[Change]) -> tuple[int, ...]:
    """Pitches for a sign of a grid; ``changes`` are the chord that sounds and, if there is one, the next."""
    chord = changes[0].chord
    if sign == "x":
        return voicing
    if sign == "b":
        # A picked guitar's register is its chords' too, so the bass goes below them.
        return (_above(chord.bass, min(voicing) - SEMITONES), *voicing)
    if sign == "p":
        root = _above(chord.tones[0], centre)
        return root, root + 7, root + SEMITONES
    if sign.isdigit():
        octave, voice = divmod(int(sign), len(voicing))
        return (voicing[voice] + SEMITONES * octave,)
    return (_bass_pitch(sign, centre, changes),)


def _bass_pitch(sign: str, centre: int, changes: Sequence[Change]) -> int:
    chord = changes[0].chord
    bass = _above(chord.bass, centre)
    if sign in "tfs":
        return _above(chord.tones[min("tfs".index(sign) + 1, len(chord.tones) - 1)], bass)
    if sign == "a":
        return _above(changes[-1].chord.bass, centre) - 1
    return bass + SEMITONES if sign == "o" else bass


def _above(pitch_class: int, floor: int) -> int:
    return floor + (pitch_class - floor) % SEMITONES
