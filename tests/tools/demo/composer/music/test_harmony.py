from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.demo.composer.music.harmony import (
    MODES,
    Chord,
    change_at,
    lead_voices,
    nearest_tone,
    parse_changes,
    parse_chord,
    scale_pitch,
)

DEGREES = ("I", "ii", "iii", "IV", "V7", "vi", "viio", "IVmaj7", "Vsus4", "bVI", "ii%7")


@pytest.mark.parametrize(
    ("numeral", "mode", "tones", "bass"),
    [
        ("I", "major", (0, 4, 7), 0),
        ("ii7", "major", (2, 5, 9, 0), 2),
        ("V/3", "major", (7, 11, 2), 11),
        ("IV/I", "major", (5, 9, 0), 0),
        ("bVImaj7", "major", (8, 0, 3, 7), 8),
        ("VI", "minor", (8, 0, 3), 8),
        ("II5", "phrygian", (1, 8), 1),
        ("viio7", "harmonic minor", (11, 2, 5, 8), 11),
    ],
)
def test_roman_numerals_are_read_over_the_mode(numeral: str, mode: str, tones: tuple[int, ...], bass: int) -> None:
    assert parse_chord(numeral, 0, mode) == Chord(tones, bass)


@pytest.mark.parametrize("numeral", ["", "H", "I#9", "VIV", "Imaj6"])
def test_what_is_no_chord_is_refused_by_name(numeral: str) -> None:
    with pytest.raises(ValueError, match=numeral or "''"):
        parse_chord(numeral, 0, "major")


@given(st.integers(-20, 20), st.integers(0, 127), st.sampled_from(sorted(MODES)))
def test_an_octave_of_degrees_is_twelve_semitones(degree: int, tonic: int, mode: str) -> None:
    steps = len(MODES[mode])
    assert scale_pitch(degree + steps, tonic, mode) == scale_pitch(degree, tonic, mode) + 12
    assert scale_pitch(1, tonic, mode) == tonic


def test_the_chords_of_a_bar_share_it_and_the_last_one_holds_on() -> None:
    changes = parse_changes("I | IV V", 4, 0, "major")
    assert [(change.start, change.length) for change in changes] == [(0, 4), (4, 2), (6, 2)]
    assert [change_at(changes, beat) for beat in (0, 3.99, 4, 5, 6, 99)] == [0, 0, 1, 1, 2, 2]


@given(st.lists(st.sampled_from(DEGREES), min_size=1, max_size=12), st.integers(0, 11), st.integers(3, 4))
def test_voices_rise_belong_to_the_chord_and_move_little(numerals: list[str], tonic: int, count: int) -> None:
    chords = [parse_chord(numeral, tonic, "major") for numeral in numerals]
    led = lead_voices(chords, count=count, centre=60)
    for chord, voicing in zip(chords, led, strict=True):
        assert len(voicing) == count
        assert list(voicing) == sorted(set(voicing))
        assert {pitch % 12 for pitch in voicing} <= set(chord.tones)
        assert 44 <= min(voicing) <= max(voicing) <= 76
    for before, after in pairwise(led):
        assert sum(abs(a - b) for a, b in zip(after, before, strict=True)) / count <= 5


def test_a_repeated_chord_keeps_its_voicing() -> None:
    chord = parse_chord("I", 0, "major")
    first, second = lead_voices([chord, chord], count=4, centre=60)
    assert first == second


def test_the_nearest_chord_tone_is_the_lower_of_equals() -> None:
    chord = Chord((0, 4, 7), 0)
    assert [nearest_tone(pitch, chord) for pitch in (60, 61, 62, 63, 66)] == [60, 60, 60, 64, 67]
