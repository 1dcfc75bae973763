import hashlib
from dataclasses import replace

import numpy as np
import pytest

from tools.demo.composer.music.composition import compose
from tools.demo.composer.music.plan import Piece
from tools.demo.composer.music.score import Note, Score, Track
from tools.demo.composer.pieces.catalogue import PIECES
from tools.demo.composer.sound.oscillators import SAMPLE_RATE
from tools.demo.composer.sound.synthesis import PEAK, render


def make_score(*notes: Note, seconds: float = 2.5, pan: float = 0.0, loudness: float = -20.0) -> Score:
    return Score("A Test", 60, seconds, loudness, 1.0, (Track(notes, -6, pan, 0.2),))


CHORD = tuple(Note(0.2, 1.5, pitch, 0.6, "piano") for pitch in (48, 55, 64))


@pytest.mark.parametrize("piece", PIECES[::5], ids=lambda piece: piece.slug)
def test_the_same_seed_gives_the_same_samples(piece: Piece) -> None:
    score = replace(compose(piece, 3), seconds=4.0)
    first, second = render(score, 3), render(score, 3)
    assert hashlib.sha256(first.tobytes()).digest() == hashlib.sha256(second.tobytes()).digest()
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert first.shape == (4 * SAMPLE_RATE, 2)
    assert np.abs(first).max() <= PEAK + 1e-6


def test_a_piece_reaches_its_loudness() -> None:
    samples = render(make_score(*CHORD, loudness=-24), 1)
    assert 20 * np.log10(np.sqrt(np.mean(samples**2))) == pytest.approx(-24, abs=0.1)


def test_a_loud_piece_is_limited_and_not_clipped() -> None:
    samples = render(make_score(*CHORD, loudness=-8), 1)
    assert np.abs(samples).max() <= PEAK + 1e-6
    assert np.mean(np.abs(samples) > 0.999 * PEAK) < 0.001


def test_a_piece_begins_and_ends_in_silence() -> None:
    samples = np.abs(render(make_score(*CHORD), 1))
    assert samples[0].max() < 1e-6
    assert samples[-20:].max() < 1e-3


def test_a_track_is_heard_where_it_stands() -> None:
    left, right = np.sqrt(np.mean(render(make_score(*CHORD, pan=-0.9), 1) ** 2, axis=0))
    assert left > 2 * right


def test_another_seed_sounds_different() -> None:
    score = make_score(*CHORD)
    assert not np.array_equal(render(score, 1), render(score, 2))


def test_levels_are_balanced_by_what_is_heard() -> None:
    bass = Track((Note(0, 2, 36, 0.5, "piano"),), 0, -1.0, 0)
    flute = Track((Note(0, 2, 84, 0.5, "whistle"),), 0, 1.0, 0)
    score = replace(make_score(), tracks=(bass, flute))
    left, right = np.sqrt(np.mean(render(score, 1)[: 2 * SAMPLE_RATE] ** 2, axis=0))
    assert 1 / 4 < left / right < 4


def test_an_unknown_instrument_is_named() -> None:
    with pytest.raises(KeyError, match="kazoo"):
        render(make_score(Note(0, 1, 60, 0.5, "kazoo")), 1)


def test_a_note_after_the_end_is_left_out() -> None:
    late = Note(60, 1, 60, 0.5, "piano")
    assert np.array_equal(render(make_score(*CHORD, late), 1), render(make_score(*CHORD), 1))
