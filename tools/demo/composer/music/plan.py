"""How a piece is written down: its harmony, and for every player a few patterns and an order of bars.

Patterns are drawn on a grid that divides a bar evenly; spaces are for the eye:

    ``.`` silence          ``-`` holds the stroke before       ``|`` next bar of a pattern of several bars
    ``x`` whole chord      ``0`` to ``9`` one voice of it, from below (past the last one, an octave higher)
    ``r t f s o`` the bass tone, third, fifth, seventh and upper octave of the chord, in the bass register
    ``a`` a step below the next chord's bass, leading into it
    ``b`` the bass tone with the whole chord above it
    ``p`` root, fifth and octave together, as on an electric guitar

Upper case is an accent. On a drum ``x`` is a stroke, ``X`` an accent and ``g`` a ghost stroke.

Orders of bars have one character a bar: a digit picks a pattern, ``.`` rests, and ``e`` ends: one stroke on the first
beat that rings on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.demo.composer.music.score import Octant

REST = "."
END = "e"
HOLD = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Performer:
    """What every player has.

    :param order: one character for each bar of the piece.
    :param level: loudness beside the other players, in dB.
    :param pan: -1 left to 1 right.
    :param send: share of the sound that goes to the reverberation, 0 to 1.
    :param velocity: how hard an unaccented note is played, 0 to 1.
    :param looseness: standard deviation of the timing in seconds.
    """

    order: str
    level: float = -6.0
    pan: float = 0.0
    send: float = 0.2
    velocity: float = 0.6
    looseness: float = 0.006


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure(Performer):
    """Chords, broken chords or a bass.

    :param centre: MIDI pitch around which chords lie; a bass lies in the octave above it.
    :param voices: how many tones a chord has.
    :param strum: seconds from one string of a chord to the next.
    :param detached: share of its length for which a note sounds.
    """

    instrument: str
    patterns: tuple[str, ...]
    centre: int = 60
    voices: int = 4
    strum: float = 0.0
    detached: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Melody(Performer):
    """A tune made of motifs.

    Motifs are written ``degree:beats`` (``5:1 #4:.5 5:1.5 r:1``; 1 is the tonic, 8 its octave, 0 and below lead
    downwards, ``r`` rests). In the order a capital letter plays a motif as it is written, and the same letter in lower
    case varies it: moved by steps of the scale to fit the chord, and ornamented. ``-`` lets a longer motif go on.

    :param centre: degree 1 is the tonic nearest to this MIDI pitch.
    :param parallel: steps of the scale at which a second voice goes along, one more where only that belongs to the
        chord; 0 is none.
    """

    instrument: str
    motifs: Mapping[str, str]
    centre: int = 72
    parallel: int = 0
    detached: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Drums(Performer):
    """A drummer; each pattern names the grid of every drum it uses."""

    patterns: tuple[Mapping[str, str], ...]
    ending: tuple[str, ...] = ("kick", "crash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece as its composer wrote it.

    :param octant: the song label that it is meant for.
    :param tonic: pitch class of the tonic, 0 (C) to 11 (B).
    :param mode: one of ``tools.demo.composer.music.harmony.MODES``.
    :param tempo: beats per minute.
    :param chords: bars divided by ``|``; the chords of a bar share it evenly.
    :param metre: beats in a bar.
    :param swing: by what share of an eighth the second of two eighths comes late.
    :param ring: seconds for which the last bar rings on beyond its end.
    :param loudness: root mean square before peaks are limited, in dB of full scale.
    :param reverb: seconds of reverberation.
    """

    title: str
    octant: Octant
    tonic: int
    mode: str
    tempo: float
    chords: str
    players: tuple[Figure | Melody | Drums, ...] = field(repr=False)
    metre: int = 4
    swing: float = 0.0
    ring: float = 1.0
    loudness: float = -18.0
    reverb: float = 1.6

    @property
    def slug(self) -> str:
        """The title as a file name without its ending."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower().replace("'", "")).strip("-")

    @property
    def bars(self) -> int:
        """How many bars it has."""
        return len(self.chords.split("|"))

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.bars * self.metre * 60 / self.tempo + self.ring
