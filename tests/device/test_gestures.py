"""One button, three gestures, however often the reader is asked in between."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.gestures import Gesture, GestureReader

MEANT = {0.0: [Gesture.SHORT], 1.0: [Gesture.HOLD], 5.0: [Gesture.HOLD, Gesture.LONG_HOLD]}


def meant_by(held_seconds: float) -> list[Gesture]:
    return MEANT[max(least for least in MEANT if held_seconds >= least)]


@given(st.integers(0, 600), st.lists(st.integers(0, 600)))
def test_a_press_means_the_same_however_often_the_reader_is_asked(held_ticks: int, asked_ticks: list[int]) -> None:
    reader = GestureReader()  # ticks of 1/64 s are exact in binary
    reader.down(100.0)
    asked = [reader.passed(100 + ticks / 64) for ticks in sorted(asked_ticks) if ticks <= held_ticks]

    assert [*chain(*asked), *reader.up(100 + held_ticks / 64)] == meant_by(held_ticks / 64)


@pytest.mark.parametrize(
    ("held", "given_while_down"),
    [(0.99, []), (1.0, [Gesture.HOLD]), (4.99, [Gesture.HOLD]), (5.0, [Gesture.HOLD, Gesture.LONG_HOLD])],
)
def test_holds_count_while_the_button_is_down(held: float, given_while_down: list[Gesture]) -> None:
    reader = GestureReader()
    reader.down(0.0)

    assert reader.passed(held) == given_while_down
    assert reader.passed(held) == []


def test_a_short_press_counts_on_release_only() -> None:
    reader = GestureReader()
    reader.down(0.0)

    assert reader.passed(0.2) == []
    assert reader.up(0.2) == [Gesture.SHORT]


def test_a_press_ends_with_its_release() -> None:
    reader = GestureReader()
    assert not reader.is_down

    reader.down(0.0)
    assert reader.is_down

    reader.up(0.1)
    assert not reader.is_down
    assert reader.passed(10.0) == []


def test_a_release_without_a_press_means_nothing() -> None:
    assert GestureReader().up(3.0) == []


def test_going_down_twice_counts_from_the_first_time() -> None:
    reader = GestureReader()
    reader.down(0.0)
    reader.passed(1.0)
    reader.down(4.0)

    assert reader.passed(5.0) == [Gesture.LONG_HOLD]


def test_every_press_starts_anew() -> None:
    reader = GestureReader()
    reader.down(0.0)
    reader.up(6.0)
    reader.down(10.0)

    assert reader.up(10.1) == [Gesture.SHORT]
