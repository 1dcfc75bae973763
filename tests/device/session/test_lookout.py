"""When a box looks again: soon after a sign, never in vain for long, and not at what does not mend itself."""

import itertools

import pytest

from device.session.lookout import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Lookout
from device.session.states import Cause


def looks(cause: Cause, *, seconds: int, signs_change_at: int | None = None) -> list[int]:
    """Seconds of a fault at which the part itself is looked at, asked once a second."""
    lookout, at = Lookout(), []
    for now in range(seconds):
        signs = signs_change_at is not None and now >= signs_change_at
        lookout, is_due = lookout.look(7, cause, signs, float(now))
        if is_due:
            at.append(now)
    return at


@pytest.mark.parametrize("cause", list(LONGEST_PAUSE_SECONDS))
def test_looks_come_soon_and_then_ever_more_seldom_down_to_a_bound(cause: Cause) -> None:
    at = looks(cause, seconds=600)
    pauses = [later - sooner for sooner, later in itertools.pairwise(at)]
    assert at[0] == FIRST_PAUSE_SECONDS
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_SECONDS[cause]


def test_a_sign_brings_the_next_look_within_seconds_however_long_the_fault_has_lasted() -> None:
    changed = 500
    [first, second] = [at for at in looks(Cause.CAMERA, seconds=520, signs_change_at=changed) if at >= changed][:2]
    assert (first - changed, second - first) == (2, 4), "its rights may come a moment after its name"


@pytest.mark.parametrize("cause", sorted(set(Cause) - set(LONGEST_PAUSE_SECONDS), key=lambda cause: cause.value))
def test_what_does_not_mend_itself_is_never_looked_at(cause: Cause) -> None:
    assert looks(cause, seconds=600) == []


def test_a_new_fault_begins_anew() -> None:
    lookout = Lookout()
    for now in range(600):
        lookout, _ = lookout.look(1, Cause.CAMERA, None, float(now))
    lookout, _ = lookout.look(2, Cause.CAMERA, None, 600.0)
    assert lookout.look(2, Cause.CAMERA, None, 602.0)[1]
