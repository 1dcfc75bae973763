"""Accompaniment: grids turned into chords, broken chords, basses and drum strokes."""

from collections.abc import Sequence

from tools.demo.harmony import SEMITONES, Change, change_at, lead_voices
from tools.demo.melody import Tone
from tools.demo.patterns import Stroke, bar_of, parse_grid, turns
from tools.demo.plan import END, REST, Drums, Figure, Piece

DRUM_PITCHES = {
    "kick": 31,
    "snare": 55,
    "rim": 76,
    "clap": 60,
    "hat": 90,
    "open hat": 90,
    "ride": 86,
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

_BASS_SIGNS = "rtfsoap"


def compose_figure(figure: Figure, piece: Piece, changes: Sequence[Change]) -> list[Beat]:
    """Play a figure's grids over the chords of the piece."""
    voicings = lead_voices([change.chord for change in changes], count=figure.voices, centre=figure.centre)
    beats: list[Beat] = []
    for stroke in _strokes(figure, piece):
        index = change_at(changes, stroke.start)
        pitches = _pitches(stroke.sign.lower(), figure.centre, voicings[index], changes[index : index + 2])
        tones = [Tone(stroke.start, stroke.length, pitch) for pitch in pitches]
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
    """A bass ends on its bass tone, a guitar of power chords on one of them, and everybody else on the whole chord."""
    used = figure.patterns[-1].lower()
    return "P" if "p" in used else "R" if any(sign in _BASS_SIGNS for sign in used) else "X"


def _pitches(sign: str, centre: int, voicing: tuple[int, ...], changes: Sequence[Change]) -> tuple[int, ...]:
    """Pitches for a sign of a grid; ``changes`` are the chord that sounds and, if there is one, the next."""
    if sign == "x":
        return voicing
    if sign.isdigit():
        octave, voice = divmod(int(sign), len(voicing))
        return (voicing[voice] + SEMITONES * octave,)
    chord = changes[0].chord
    bass = _above(chord.bass, centre)
    if sign == "p":
        return bass, bass + 7, bass + SEMITONES
    if sign == "a":
        return (_above(changes[-1].chord.bass, centre) - 1,)
    if sign in "tfs":
        tone = chord.tones[min("tfs".index(sign) + 1, len(chord.tones) - 1)]
        return (_above(tone, bass),)
    return (bass + SEMITONES if sign == "o" else bass,)


def _above(pitch_class: int, floor: int) -> int:
    return floor + (pitch_class - floor) % SEMITONES
