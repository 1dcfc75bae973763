"""What the composer hands to the synthesiser: a piece of music as pure data, without a sound in it."""

from dataclasses import dataclass
from typing import Literal

PITCHES = (21, 108)
"""Lowest and highest MIDI pitch of a note: a piano's keyboard."""

Octant = Literal["frustrated", "tense", "excited", "happy", "content", "calm", "tired", "depressed"]
"""A song label of ``device.emotion.labels``."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note or one stroke of a drum.

    :param start: beats from the beginning of the piece, at or after 0.
    :param length: beats until it is released, above 0.
    :param pitch: MIDI pitch (60 is middle C); of a drum, what it is tuned to.
    :param velocity: how hard it is played, above 0 and at most 1.
    :param instrument: a name known to ``tools.demo.composer.sound.orchestra``.
    :raises ValueError: if a value lies outside.
    """

    start: float
    length: float
    pitch: int
    velocity: float
    instrument: str

    def __post_init__(self) -> None:
        """Refuse what nobody can play."""
        low, high = PITCHES
        if self.start < 0 or self.length <= 0 or not low <= self.pitch <= high or not 0 < self.velocity <= 1:
            msg = f"{self} cannot be played"
            raise ValueError(msg)

    @property
    def end(self) -> float:
        """Beat at which it is released."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Track:
    """The notes of one player, and where he sits in the room.

    :param level: loudness beside the other tracks, in dB.
    :param pan: -1 left to 1 right.
    :param send: share of the sound that goes to the reverberation, 0 to 1.
    """

    notes: tuple[Note, ...]
    level: float
    pan: float
    send: float


@dataclass(frozen=True, slots=True)
class Score:
    """A whole piece.

    :param tempo: beats per minute.
    :param seconds: length of the recording, the last chord's ringing included.
    :param loudness: root mean square of the recording before peaks are limited, in dB of full scale.
    :param reverb: seconds in which the room's sound dies away by 60 dB.
    """

    title: str
    tempo: float
    seconds: float
    loudness: float
    reverb: float
    tracks: tuple[Track, ...]

    def seconds_at(self, beat: float) -> float:
        """Return the time of a beat, in seconds from the beginning of the piece."""
        return beat * 60 / self.tempo
