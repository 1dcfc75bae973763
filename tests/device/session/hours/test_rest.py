"""What the box does by itself after so long without a touch, and that it does so once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.session.hours.rest import Due, Rest

OFF, PLAYS, IDLE = (False, False), (True, False), (False, True)


def followed(rest: Rest, *steps: tuple[float, tuple[bool, bool], int]) -> list[Due | None]:
    """Let it pass through moments: the time, whether a song plays and the box is idle, and changes of the volume."""
    found = []
    for now, (plays, is_idle), changes in steps:
        rest, due = rest.passed(now, plays=plays, is_idle=is_idle, volume_changes=changes)
        found.append(due)
    return found


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(599, PLAYS, 0), (600, PLAYS, 0), (601, IDLE, 0)], [None, Due.SLEEP, None]),
        ([(599, PLAYS, 0), (600, OFF, 0)], [None, None]),
        ([(599, PLAYS, 1), (1198, PLAYS, 1), (1199, PLAYS, 1)], [None, None, Due.SLEEP]),  # the volume was turned
        ([(0, IDLE, 0), (1799, IDLE, 0), (1800, IDLE, 0)], [None, None, Due.POWER_OFF]),
        ([(0, IDLE, 0), (1800, IDLE, 0), (1801, IDLE, 0), (3600, IDLE, 0)], [None, Due.POWER_OFF, None, Due.POWER_OFF]),
        (
            [(0, IDLE, 0), (900, OFF, 0), (1000, IDLE, 0), (2799, IDLE, 0), (2800, IDLE, 0)],
            [*[None] * 4, Due.POWER_OFF],
        ),
        ([(0, IDLE, 0), (1799, IDLE, 1), (3598, IDLE, 1), (3599, IDLE, 1)], [*[None] * 3, Due.POWER_OFF]),
        ([(0, OFF, 0), (99_999, OFF, 0)], [None, None]),
    ],
)
def test_spans(steps: list[tuple[float, tuple[bool, bool], int]], expected: list[Due | None]) -> None:
    assert followed(Rest(sleep_seconds=600, power_off_seconds=1800), *steps) == expected


def test_a_hand_begins_the_span_anew_and_what_is_left_is_told() -> None:
    rest = Rest(sleep_seconds=600, power_off_seconds=0).touched(500)
    assert rest.left(800, plays=True) == {Due.SLEEP: 300}
    assert rest.passed(1099, plays=True, is_idle=False, volume_changes=0)[1] is None
    assert rest.passed(1100, plays=True, is_idle=False, volume_changes=0)[1] is Due.SLEEP


@given(st.lists(st.tuples(st.floats(0, 1e4), st.sampled_from([OFF, PLAYS, IDLE]), st.integers(0, 9)), max_size=20))
def test_at_0_nothing_is_ever_due(steps: list[tuple[float, tuple[bool, bool], int]]) -> None:
    assert set(followed(Rest(sleep_seconds=0, power_off_seconds=0), *sorted(steps))) <= {None}
