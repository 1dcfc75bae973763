import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.demo.composer.music.patterns import Step, Stroke, bar_of, motif_beats, parse_grid, parse_motif, turns


def test_a_grid_divides_the_bar_and_a_dash_holds_the_stroke_before() -> None:
    assert parse_grid("X-.x", 4) == [Stroke(0, 2, "X"), Stroke(3, 1, "x")]


def test_a_dash_after_silence_holds_nothing() -> None:
    assert parse_grid("-x.-", 4) == [Stroke(1, 1, "x")]


def test_spaces_are_for_the_eye() -> None:
    assert parse_grid("x.x. x.x.", 4) == parse_grid("x.x.x.x.", 4)


@given(st.text(alphabet="xX.-01r", min_size=1, max_size=24), st.sampled_from([3, 4, 6]))
def test_strokes_of_a_grid_rise_and_never_overlap_or_leave_the_bar(grid: str, metre: int) -> None:
    end = 0.0
    for stroke in parse_grid(grid, metre):
        assert stroke.start >= end - 1e-9
        assert stroke.length > 0
        end = stroke.start + stroke.length
    assert end <= metre + 1e-9


def test_a_pattern_of_two_bars_alternates_while_it_is_repeated() -> None:
    order = "0010"
    assert [bar_of("a|b", turn) for turn in turns(order)] == ["a", "b", "a", "a"]


def test_motifs_have_degrees_alterations_and_rests() -> None:
    steps = parse_motif("5:1 #4:.5 b-1:1.5 r:1")
    assert steps == [Step(5, 0, 1), Step(4, 1, 0.5), Step(-1, -1, 1.5), Step(None, 0, 1)]
    assert motif_beats(steps) == 4


@pytest.mark.parametrize("word", ["5", "x:1", "5:", ":1", "5:one"])
def test_a_word_that_is_no_note_is_named(word: str) -> None:
    with pytest.raises(ValueError, match=word):
        parse_motif(f"1:1 {word}")
