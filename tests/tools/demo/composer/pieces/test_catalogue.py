from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from device.emotion.labels import SONG_LABELS
from tools.demo.composer.music.composition import compose
from tools.demo.composer.music.harmony import parse_changes
from tools.demo.composer.music.melody import compose_tune
from tools.demo.composer.music.plan import Figure, Melody, Piece
from tools.demo.composer.pieces.catalogue import PIECES
from tools.demo.composer.sound.orchestra import INSTRUMENTS

pieces = pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.slug)


def test_every_octant_has_two_pieces_or_more_and_titles_differ() -> None:
    counts = Counter(piece.octant for piece in PIECES)
    assert set(counts) == set(SONG_LABELS)
    assert min(counts.values()) >= 2
    assert len(PIECES) >= 16
    assert len({piece.slug for piece in PIECES}) == len(PIECES)


@pieces
def test_a_score_is_playable_and_lasts_about_twenty_seconds(piece: Piece) -> None:
    score = compose(piece, 1)
    assert 18 <= score.seconds <= 22
    notes = [note for track in score.tracks for note in track.notes]
    assert {note.instrument for note in notes} <= set(INSTRUMENTS)
    assert all(track.notes for track in score.tracks)
    assert max(score.seconds_at(note.start) for note in notes) < score.seconds - 1


@pieces
def test_the_same_seed_gives_the_same_score_and_another_one_another(piece: Piece) -> None:
    assert compose(piece, 1) == compose(piece, 1)
    assert compose(piece, 1) != compose(piece, 2)


@pieces
def test_basses_and_chords_only_sound_tones_of_their_chords(piece: Piece) -> None:
    # A person plays a hair early or late, so chords are looked up at the middle of the note's first half.
    changes = parse_changes(piece.chords, piece.metre, piece.tonic, piece.mode)
    for player, track in zip(piece.players, compose(replace(piece, swing=0), 1).tracks, strict=True):
        if not isinstance(player, Figure) or any(
            "a" in pattern or "p" in pattern.lower() for pattern in player.patterns
        ):
            continue
        for note in track.notes:
            beat = note.start + 0.25 * min(note.length, 1)
            chord = [change.chord for change in changes if change.start <= beat][-1]
            assert note.pitch % 12 in {*chord.tones, chord.bass}


@pieces
def test_most_of_the_melody_sounds_on_chord_tones_unless_it_should_hurt(piece: Piece) -> None:
    changes = parse_changes(piece.chords, piece.metre, piece.tonic, piece.mode)
    for player in piece.players:
        if isinstance(player, Melody):
            tones = compose_tune(player, piece, changes, np.random.default_rng(1))
            within = sum(
                tone.length
                for tone in tones
                if tone.pitch % 12 in [change.chord for change in changes if change.start <= tone.start][-1].tones
            )
            least = 0.4 if piece.octant in ("frustrated", "tense") else 0.55
            assert within >= least * sum(tone.length for tone in tones)
