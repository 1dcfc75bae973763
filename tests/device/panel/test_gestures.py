"""One button, three gestures, however often the reader is asked in between."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.panel.gestures import BOUNCE_SECONDS, Gesture, GestureReader

MEANT = {
    0.0: [Gesture.SHORT],
    1.0: [Gesture.HOLD, Gesture.HELD],
    3.0: [Gesture.HOLD],
    5.0: [Gesture.HOLD, Gesture.LONG_HOLD],
}


def meant_by(held_seconds: float) -> list[Gesture]:
    return MEANT[max(least for least in MEANT if held_seconds >= least)]


@given(st.integers(4, 600), st.lists(st.integers(0, 600)))
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
    assert reader.is_at_rest
    assert reader.passed(10.0) == []


def test_how_long_it_is_held_is_known_while_it_is_down() -> None:
    reader = GestureReader()
    assert reader.held_seconds(5.0) == 0
    reader.down(5.0)
    assert reader.held_seconds(8.5) == 3.5
    reader.up(9.0)
    assert reader.held_seconds(9.5) == 0


def test_a_release_without_a_press_means_nothing() -> None:
    assert GestureReader().up(3.0) == []


def test_going_down_twice_counts_from_the_first_time() -> None:
    reader = GestureReader()
    reader.down(0.0)
    reader.passed(1.0)
    reader.down(4.0)

    assert reader.passed(5.0) == [Gesture.LONG_HOLD]


def test_every_press_starts_again() -> None:
    reader = GestureReader()
    reader.down(0.0)
    reader.up(6.0)
    reader.down(10.0)

    assert reader.up(10.1) == [Gesture.SHORT]


CHATTER = st.lists(st.floats(0.0, BOUNCE_SECONDS * 0.99), max_size=6).map(
    lambda times: sorted(times)[: len(times) & ~1]
)


@given(
    presses=st.lists(st.tuples(st.floats(2 * BOUNCE_SECONDS, 7), CHATTER, CHATTER), min_size=1, max_size=4),
    asking=st.floats(0.01, 3),
)
def test_a_chattering_contact_means_the_same_as_a_clean_one(
    presses: list[tuple[float, list[float], list[float]]], asking: float
) -> None:
    def meant(*, noisy: bool) -> list[Gesture]:
        reader, now, gestures = GestureReader(), 10.0, []
        for held, after_down, after_up in presses:
            edges = [(now, True), (now + held, False)]
            if noisy:  # pairs of edges, which end where the finger is
                edges += [(now + moment, number % 2 == 1) for number, moment in enumerate(after_down)]
                edges += [(now + held + moment, number % 2 == 0) for number, moment in enumerate(after_up)]
            for moment, closed in sorted(edges, key=lambda edge: edge[0]):
                gestures += reader.down(moment) if closed else reader.up(moment)
            gestures += reader.passed(now + held + asking + BOUNCE_SECONDS)
            assert reader.is_at_rest
            now += held + asking + 2 * BOUNCE_SECONDS
        return gestures

    assert meant(noisy=True) == meant(noisy=False)


def test_a_tap_shorter_than_the_chatter_counts_once_when_the_contact_has_come_to_rest() -> None:
    reader = GestureReader()
    reader.down(1.0)
    assert reader.up(1.01) == []
    assert not reader.is_at_rest
    assert reader.passed(1.04) == []
    assert reader.passed(1.06) == [Gesture.SHORT]
    assert reader.is_at_rest


def test_a_tap_that_nobody_asked_about_is_told_with_the_next_edge() -> None:
    reader = GestureReader()
    reader.down(1.0)
    reader.up(1.01)
    assert reader.down(9.0) == [Gesture.SHORT]
    assert reader.up(9.2) == [Gesture.SHORT]


def test_a_contact_that_chatters_on_release_and_stays_closed_is_a_new_press() -> None:
    reader = GestureReader()
    reader.down(1.0)
    assert reader.up(1.5) == [Gesture.SHORT]
    assert reader.down(1.52) == []
    assert not reader.is_at_rest
    assert reader.passed(2.0) == []
    assert reader.is_down
    assert reader.held_seconds(2.55) == pytest.approx(1.0)
    assert reader.passed(2.56) == [Gesture.HOLD]
