"""From the plan of a piece to its score: every player's notes, played by somebody with hands."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import pi, sin

import numpy as np

from tools.demo.composer.music.accompaniment import DRUM_PITCHES, compose_drums, compose_figure
from tools.demo.composer.music.harmony import Change, parse_changes
from tools.demo.composer.music.melody import Tone, compose_tune
from tools.demo.composer.music.plan import Drums, Figure, Melody, Performer, Piece
from tools.demo.composer.music.score import PITCHES, Note, Score, Track

_ACCENT = 0.2
_GHOST = 0.25
_DOWNBEAT = 0.08
_SWELL = 0.08
"""What accents, ghost strokes, strong beats and the middle of a phrase add to or take from a velocity."""

_UNEVENNESS = 0.04
"""Standard deviation of velocities."""

_PHRASE_BARS = 4
_HALF_BEAT = 0.5
_TINY = 1e-6  # beats; a grid's steps are sums of fractions


@dataclass(frozen=True, slots=True)
class _Hands:
    """Turns what is written into what is played: swing, metre, phrasing, and the small unevenness of a person."""

    piece: Piece
    player: Performer
    rng: np.random.Generator

    def note(self, tone: Tone, instrument: str, *, push: float = 0, late: float = 0) -> Note:
        """Play one note; ``push`` is added to the velocity, ``late`` (in seconds) to the start."""
        per_second = self.piece.tempo / 60
        jitter = float(self.rng.normal(0, self.player.looseness))
        begin = self._swung(tone.start)
        end = self._swung(tone.start + tone.length)
        velocity = self.player.velocity + push + self._emphasis(tone.start) + float(self.rng.normal(0, _UNEVENNESS))
        low, high = PITCHES
        return Note(
            start=max(begin + (jitter + late) * per_second, 0.0),
            length=max(end - begin, 0.05),
            pitch=min(max(tone.pitch, low), high),
            velocity=min(max(velocity, 0.05), 1.0),
            instrument=instrument,
        )

    def _swung(self, beat: float) -> float:
        whole, part = divmod(beat, 1.0)
        swing = self.piece.swing
        if part < _HALF_BEAT:
            return whole + part * (1 + swing)
        return whole + 0.5 * (1 + swing) + (part - 0.5) * (1 - swing)

    def _emphasis(self, beat: float) -> float:
        in_bar = beat % self.piece.metre
        metric = _DOWNBEAT if in_bar < _TINY else 0.0 if in_bar % 1 < _TINY else -_DOWNBEAT / 2
        phrase = self.piece.metre * _PHRASE_BARS
        return metric + _SWELL * sin(pi * (beat % phrase) / phrase)


def compose(piece: Piece, seed: int) -> Score:
    """Compose a piece; the same seed gives the same score, and a piece's score does not depend on the other pieces.

    :raises ValueError: if the plan contradicts itself: unknown chords or motifs, or an order without one sign a bar.
    """
    changes = parse_changes(piece.chords, piece.metre, piece.tonic, piece.mode)
    streams = np.random.default_rng([seed, zlib.crc32(piece.slug.encode())]).spawn(len(piece.players))
    tracks = [_track(player, piece, changes, rng) for player, rng in zip(piece.players, streams, strict=True)]
    return Score(piece.title, piece.tempo, piece.seconds, piece.loudness, piece.reverb, tuple(tracks))


def _track(player: Figure | Melody | Drums, piece: Piece, changes: Sequence[Change], rng: np.random.Generator) -> Track:
    if len(player.order) != piece.bars:
        msg = f"{piece.title}: the order {player.order!r} has not one sign for each of {piece.bars} bars"
        raise ValueError(msg)
    hands = _Hands(piece, player, rng)
    if isinstance(player, Melody):
        notes = _tune(player, hands, changes)
    elif isinstance(player, Figure):
        notes = _figure(player, hands, changes)
    else:
        notes = _drums(player, hands)
    ordered = tuple(sorted(notes, key=lambda note: (note.start, note.pitch)))
    return Track(ordered, player.level, player.pan, player.send)


def _tune(melody: Melody, hands: _Hands, changes: Sequence[Change]) -> Iterable[Note]:
    for tone in compose_tune(melody, hands.piece, changes, hands.rng):
        yield hands.note(_detached(tone, melody.detached), melody.instrument)


def _figure(figure: Figure, hands: _Hands, changes: Sequence[Change]) -> Iterable[Note]:
    for start, accented, tones in compose_figure(figure, hands.piece, changes):
        push = _ACCENT if accented else 0.0
        # A hand strums down on the beat and up between beats.
        upward = start % 1 > _TINY and figure.strum > 0
        for string, tone in enumerate(reversed(tones) if upward else tones):
            short = _detached(tone, figure.detached)
            yield hands.note(short, figure.instrument, push=push, late=string * figure.strum)


def _drums(drums: Drums, hands: _Hands) -> Iterable[Note]:
    pushes = {"X": _ACCENT, "g": -_GHOST}
    for drum, stroke in compose_drums(drums, hands.piece):
        push = pushes.get(stroke.sign, 0.0)
        yield hands.note(Tone(stroke.start, stroke.length, DRUM_PITCHES[drum]), drum, push=push)


def _detached(tone: Tone, share: float) -> Tone:
    return replace(tone, length=tone.length * share)
