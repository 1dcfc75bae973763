"""From a score to sound: every note played, every track placed in the room, and the whole brought to a proper level."""

import zlib
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tools.demo.composer.music.score import Note, Score, Track
from tools.demo.composer.sound.effects import filtered, limit, loudness, low_cut, room
from tools.demo.composer.sound.orchestra import INSTRUMENTS
from tools.demo.composer.sound.oscillators import SAMPLE_RATE, Signal, length_of

PEAK = 10 ** (-1 / 20)
"""Highest sample of a finished piece: 1 dB below full scale."""

_REFERENCE = -20.0
"""Loudness in dB to which each track is brought before its own level is added."""

_TAKES = 3
_FADE_IN = 0.02
_FADE_OUT = 1.6
"""Seconds."""


def render_score(score: Score, seed: int) -> NDArray[np.float32]:
    """Play a score.

    :returns: stereo samples ``(n, 2)`` at ``SAMPLE_RATE``, none above ``PEAK``; the same score and seed give the same.
    :raises KeyError: if it asks for an instrument that is not in the orchestra.
    """
    n = length_of(score.seconds)
    streams = np.random.default_rng([seed, zlib.crc32(score.title.encode())]).spawn(len(score.tracks) + 1)
    dry, sent = np.zeros((2, n)), np.zeros((2, n))
    for track, rng in zip(score.tracks, streams[1:], strict=True):
        played = _play(track, score, n, rng)
        played *= 10 ** ((_REFERENCE + track.level - loudness(played)) / 20)
        dry += played
        sent += track.send * played
    mixed = dry + room(sent, score.reverb, streams[0])
    return _master(mixed, score.loudness)


def _play(track: Track, score: Score, n: int, rng: np.random.Generator) -> Signal:
    """Play one track on its own, stereo ``(2, n)``, instrument by instrument so that each goes through its effect."""
    whole = np.zeros((2, n))
    for name in sorted({note.instrument for note in track.notes}):
        bus = np.zeros((2, n))
        effect = INSTRUMENTS[name].effect
        _add_notes(bus, (note for note in track.notes if note.instrument == name), score, track.pan, rng)
        whole += effect(bus) if effect is not None else bus
    return whole


def _add_notes(bus: Signal, notes: Iterable[Note], score: Score, pan: float, rng: np.random.Generator) -> None:
    """Add the notes of one instrument to a stereo track, which is changed in place."""
    takes = _Takes(rng)
    for note in notes:
        instrument = INSTRUMENTS[note.instrument]
        begin = score.seconds_at(note.start)
        first = round(begin * SAMPLE_RATE)
        if first >= bus.shape[1]:
            continue
        tone = takes.tone(note, score.seconds_at(note.end) - begin)[: bus.shape[1] - first]
        place = pan + instrument.pan + instrument.width * (note.pitch - 60) / 12
        angle = (np.clip(place, -1, 1) + 1) * np.pi / 4
        sides = instrument.gain * np.array([[np.cos(angle)], [np.sin(angle)]])
        bus[:, first : first + len(tone)] += sides * tone


class _Takes:
    """Plays notes; those that hardly differ share three takes in turn, as in a sampler, which saves time."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._count: Counter[tuple[int, float, float]] = Counter()
        self._tones: dict[tuple[int, float, float, int], Signal] = {}

    def tone(self, note: Note, seconds: float) -> Signal:
        """Return the sound of a note, mono, at its exact velocity."""
        velocity = max(round(note.velocity, 1), 0.1)
        alike = (note.pitch, round(seconds, 2), velocity)
        key = (*alike, self._count[alike] % _TAKES)
        self._count[alike] += 1
        if key not in self._tones:
            frequency = 440 * 2 ** ((note.pitch - 69) / 12)
            self._tones[key] = INSTRUMENTS[note.instrument].play(frequency, seconds, velocity, self._rng)
        return self._tones[key] * (note.velocity / velocity)


def _master(mixed: Signal, target: float) -> NDArray[np.float32]:
    """Take away rumble, fade, and bring the piece to its loudness; what would then be too loud is limited."""
    signal = filtered(mixed, low_cut(28))
    rise, fall = length_of(_FADE_IN), length_of(_FADE_OUT)
    signal[:, :rise] *= np.sin(np.linspace(0, np.pi / 2, rise)) ** 2
    signal[:, -fall:] *= np.cos(np.linspace(0, np.pi / 2, fall)) ** 2
    signal *= 10 ** (target / 20) / np.sqrt(np.mean(signal**2))
    return np.ascontiguousarray(limit(signal, PEAK).T, dtype=np.float32)
