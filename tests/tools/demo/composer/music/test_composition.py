import numpy as np
import pytest

from tools.demo.composer.music.composition import compose
from tools.demo.composer.music.harmony import parse_changes, parse_chord
from tools.demo.composer.music.melody import compose_tune
from tools.demo.composer.music.plan import Drums, Figure, Melody, Piece
from tools.demo.composer.music.score import Note


def make_piece(*players: Figure | Melody | Drums, chords: str = "I | IV", swing: float = 0) -> Piece:
    return Piece(
        title="A Test", octant="calm", tonic=0, mode="major", tempo=120, chords=chords, players=players, swing=swing
    )


def test_a_motif_in_a_capital_letter_is_played_as_written() -> None:
    melody = Melody(instrument="whistle", motifs={"A": "1:1 3:1 5:2"}, order="A.")
    (track,) = compose(make_piece(melody), 1).tracks
    assert [note.pitch for note in track.notes] == [72, 76, 79]


def test_a_motif_in_a_small_letter_moves_to_the_chord() -> None:
    melody = Melody(instrument="whistle", motifs={"A": "1:1 3:1 5:2"}, order=".a")
    piece = make_piece(melody, chords="I | IV")
    tune = compose_tune(melody, piece, parse_changes(piece.chords, 4, 0, "major"), np.random.default_rng(3))
    fourth = parse_chord("IV", 0, "major")
    assert [tone.pitch % 12 in fourth.tones for tone in tune if tone.start in (4, 5, 6)] == [True, True, True]


def test_a_parallel_voice_goes_along_in_thirds() -> None:
    melody = Melody(instrument="whistle", motifs={"A": "3:2 5:2"}, order="A.", parallel=-2)
    (track,) = compose(make_piece(melody), 1).tracks
    assert sorted(note.pitch for note in track.notes) == [72, 76, 76, 79]


def test_the_bass_follows_inversions_and_leads_into_the_next_chord() -> None:
    bass = Figure(instrument="bass guitar", patterns=("r.fa",), centre=36, order="0e")
    (track,) = compose(make_piece(bass, chords="I/3 | IV"), 1).tracks
    assert [note.pitch for note in track.notes] == [40, 43, 40, 41]


def test_a_second_voice_takes_a_fourth_where_a_third_would_not_belong_to_the_chord() -> None:
    melody = Melody(instrument="whistle", motifs={"A": "8:2 5:2"}, order="A.", parallel=-2)
    (track,) = compose(make_piece(melody), 1).tracks
    assert sorted(note.pitch for note in track.notes) == [76, 79, 79, 84]


def test_a_chord_is_not_held_into_the_next_one() -> None:
    figure = Figure(instrument="organ", patterns=("x---",), voices=3, order="0.", looseness=0)
    (track,) = compose(make_piece(figure, chords="I IV | I"), 1).tracks
    assert [note.end for note in track.notes] == pytest.approx([2, 2, 2])


@pytest.mark.parametrize(
    ("pattern", "pitches"),
    [("r---", [60]), ("x---", [52, 60, 67]), ("r-1-", [48, 52, 60, 67]), ("P---", [60, 67, 72])],
)
def test_a_piece_ends_on_what_a_player_plays_and_lets_it_ring(pattern: str, pitches: list[int]) -> None:
    figure = Figure(instrument="piano", patterns=(pattern,), centre=60, voices=3, order=".e")
    (track,) = compose(make_piece(figure, chords="IV | I"), 1).tracks
    assert sorted(note.pitch for note in track.notes) == pitches
    assert min(note.length for note in track.notes) > 4


def test_a_power_chord_stands_on_the_root_of_an_inversion() -> None:
    figure = Figure(instrument="heavy guitar", patterns=("p---",), centre=40, order="0.")
    (track,) = compose(make_piece(figure, chords="I/3 | I"), 1).tracks
    assert sorted(note.pitch for note in track.notes) == [48, 55, 60]


def test_swing_delays_the_second_eighth_alone() -> None:
    figure = Figure(instrument="piano", patterns=("0 1 0 1 0 1 0 1",), order="0.", looseness=0)
    straight = compose(make_piece(figure), 1).tracks[0].notes
    swung = compose(make_piece(figure, swing=1 / 3), 1).tracks[0].notes
    delays = [after.start - before.start for before, after in zip(straight, swung, strict=True)]
    assert delays == pytest.approx([0, 1 / 6] * 4)


def test_ghost_strokes_are_softer_and_accents_harder() -> None:
    drums = Drums(patterns=({"snare": "XgXg"},), order="00", looseness=0)
    notes = compose(make_piece(drums), 1).tracks[0].notes
    loud = [note.velocity for note in notes[0::2]]
    soft = [note.velocity for note in notes[1::2]]
    assert min(loud) > max(soft) + 0.2


@pytest.mark.parametrize(
    ("player", "complaint"),
    [
        (Figure(instrument="piano", patterns=("x",), order="000"), "not one sign"),
        (Melody(instrument="piano", motifs={"A": "1:3"}, order="A."), "lasts 3"),
        (Melody(instrument="piano", motifs={"A": "1:4"}, order="AB"), "no motif 'B'"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(player: Figure | Melody, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        compose(make_piece(player), 1)


@pytest.mark.parametrize("change", [{"start": -1}, {"length": 0}, {"pitch": 10}, {"velocity": 0}, {"velocity": 1.1}])
def test_a_note_that_nobody_can_play_is_refused(change: dict[str, float]) -> None:
    sound = {"start": 0, "length": 1, "pitch": 60, "velocity": 0.5, "instrument": "piano"}
    with pytest.raises(ValueError, match="cannot be played"):
        Note(**{**sound, **change})
