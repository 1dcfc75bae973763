"""Whole songs are never called cut short, and broken ones are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.player.player import PlaybackEnd
from device.player.vlc_playback import judge_ending

lengths = st.floats(0, 20_000)


@given(length=lengths, early=st.floats(0, 1), late=st.floats(0, 1_000), declared=st.floats(-1, 1e6))
def test_a_whole_song_is_whole_though_its_end_comes_early_its_head_lies_and_the_machine_is_slow(
    length: float, early: float, late: float, declared: float
) -> None:
    played = max(length - early, 0) + late
    assert judge_ending(played=played, measured=length, declared=declared) == (PlaybackEnd.FINISHED, "")


@given(length=st.floats(4, 20_000), share=st.floats(0, 0.4))
def test_half_a_measured_song_is_cut_short(length: float, share: float) -> None:
    end, why = judge_ending(played=share * length, measured=length, declared=share * length)
    assert end is PlaybackEnd.CUT_SHORT
    assert why == f"broke off after {share * length:.0f} of {length:.0f} s"


@given(length=lengths, guess=st.floats(0.5, 2))
def test_an_estimate_of_twice_the_length_alarms_nobody(length: float, guess: float) -> None:
    assert judge_ending(played=length, measured=None, declared=guess * length)[0] is PlaybackEnd.FINISHED


@pytest.mark.parametrize(
    ("played", "measured", "declared", "end"),
    [
        (197.5, 200, 0, PlaybackEnd.FINISHED),
        (189, 200, 200, PlaybackEnd.CUT_SHORT),
        (17.9, 20, 18, PlaybackEnd.CUT_SHORT),
        (18.1, 20, 18, PlaybackEnd.FINISHED),
        (60, None, 200, PlaybackEnd.CUT_SHORT),
        (0.5, None, 3.4, PlaybackEnd.FINISHED),
        (1, None, -0.001, PlaybackEnd.FINISHED),
    ],
)
def test_the_bounds(played: float, measured: float | None, declared: float, end: PlaybackEnd) -> None:
    assert judge_ending(played=played, measured=measured, declared=declared)[0] is end
