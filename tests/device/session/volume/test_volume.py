"""The volume stays within its bounds whatever hands and the hour do, and no morning is louder by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.session.volume.volume import Volume

percents = st.integers(0, 100)


@st.composite
def volumes(draw: st.DrawFn) -> Volume:
    most = draw(percents)
    volume = Volume(draw(st.integers(0, most)), most, draw(percents))
    return volume.by(is_quiet=draw(st.booleans()), plays=False)


@given(volumes(), st.integers(-200, 200))
def test_a_turn_goes_as_far_as_the_bounds_and_back(volume: Volume, by: int) -> None:
    turned = volume.turned(by)
    assert 0 <= turned.percent <= turned.ceiling == volume.ceiling
    assert turned.percent == volume.percent + by or turned.percent in {0, volume.ceiling}
    if 0 < turned.percent < volume.ceiling:
        assert turned.turned(-by) == volume


@given(volumes(), st.integers(-50, 50))
def test_what_hands_do_by_night_is_forgotten_in_the_morning(volume: Volume, by: int) -> None:
    by_day = volume.by(is_quiet=False, plays=False)
    evening = by_day.by(is_quiet=True, plays=True)
    assert evening.percent == min(by_day.percent, evening.ceiling)
    assert evening.by(is_quiet=True, plays=True) == evening
    assert evening.turned(by).by(is_quiet=False, plays=False) == by_day


@given(volumes(), st.integers(-50, 50))
def test_nothing_that_plays_becomes_louder_by_itself(volume: Volume, by: int) -> None:
    night = volume.by(is_quiet=True, plays=True).turned(by)
    morning = night.by(is_quiet=False, plays=True)
    assert morning.percent <= night.percent
    assert morning.by(is_quiet=False, plays=False).percent == volume.day


@pytest.mark.parametrize(("by", "percent"), [(5, 35), (-5, 25), (90, 80)])
def test_a_hand_may_make_it_louder_in_the_morning_though_a_song_plays_on(by: int, percent: int) -> None:
    morning = Volume(60, 80, 30).by(is_quiet=True, plays=True).by(is_quiet=False, plays=True)
    assert (morning.percent, morning.ceiling) == (30, 80)
    assert morning.turned(by) == Volume(percent, 80, 30), "and that holds by day from then on"
    assert morning.by(is_quiet=True, plays=True).ceiling == 30, "the clock may leap back into the night"


@pytest.mark.parametrize("bounds", [(81, 80), (-1, 80), (50, 101)])
def test_a_volume_beyond_its_bounds_is_refused(bounds: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="does not lie between"):
        Volume(*bounds)
    with pytest.raises(ValueError, match="the night's maximum of 30 %"):
        Volume(60, 80, 30).by(is_quiet=True, plays=False).at(31)
