"""Where a face is: what is said and drawn of it has laws of its own."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.observation.aiming import (
    FIRST_PAUSE_SECONDS,
    Advice,
    FacePlace,
    Rhythm,
    advise,
    closeness,
    drawing,
    place_of,
)

steps = st.integers(0, 20).map(lambda step: step / 20)
sizes = st.integers(1, 20).map(lambda step: step / 20)
places = st.builds(FacePlace, x=steps, y=steps, width=sizes, height=sizes)
lights = st.sampled_from(["good", "dim", "unknown", "dark"])

MIRRORED = {Advice.LEFT: Advice.RIGHT, Advice.RIGHT: Advice.LEFT}
UPSIDE_DOWN = {Advice.HIGH: Advice.LOW, Advice.LOW: Advice.HIGH}
BY_SIZE = [Advice.FAR, None, Advice.CLOSE]


def mirrored(place: FacePlace) -> FacePlace:
    return replace(place, x=round(1 - place.x, 2))


@pytest.mark.parametrize(
    ("place", "light", "advice"),
    [
        (FacePlace(0.5, 0.5, 0.2, 0.3), "good", Advice.FINE),
        (FacePlace(0.3, 0.7, 0.2, 0.6), "dim", Advice.FINE),
        (FacePlace(0.5, 0.5, 0.2, 0.3), "dark", Advice.DARK),
        (None, "good", Advice.NOBODY),
        (None, "dark", Advice.DARK),
        (FacePlace(0.1, 0.1, 0.1, 0.1), "good", Advice.FAR),
        (FacePlace(0.5, 0.5, 0.5, 0.65), "good", Advice.CLOSE),
        # What the camera sees at its left is at the person's own right.
        (FacePlace(0.25, 0.1, 0.2, 0.3), "good", Advice.RIGHT),
        (FacePlace(0.75, 0.5, 0.2, 0.3), "good", Advice.LEFT),
        (FacePlace(0.5, 0.25, 0.2, 0.3), "good", Advice.HIGH),
        (FacePlace(0.5, 0.75, 0.2, 0.3), "unknown", Advice.LOW),
    ],
)
def test_what_is_said_of_a_place(place: FacePlace | None, light: str, advice: Advice) -> None:
    assert advise(place, light) is advice
    assert advise(place, light, stands_upright=False) is Advice.TURNED
    assert closeness(place, light, stands_upright=False) == 0


@given(places, lights)
def test_in_a_mirror_left_and_right_are_exchanged_and_nothing_else(place: FacePlace, light: str) -> None:
    said = advise(place, light)
    assert advise(mirrored(place), light) is MIRRORED.get(said, said)
    assert advise(replace(place, y=round(1 - place.y, 2)), light) is UPSIDE_DOWN.get(said, said)
    assert drawing(mirrored(place)) == [line[::-1].translate(str.maketrans("┌┐└┘", "┐┌┘└")) for line in drawing(place)]


def test_every_advice_fits_the_narrowest_terminal() -> None:
    assert max(len(advice.value) for advice in Advice) <= 40


@given(places, sizes)
def test_a_larger_face_is_never_said_to_be_farther(place: FacePlace, height: float) -> None:
    smaller, larger = sorted([place.height, height])

    def rank(height: float) -> int:
        said = advise(replace(place, height=height), "good")
        return BY_SIZE.index(said if said in {Advice.FAR, Advice.CLOSE} else None)

    assert rank(smaller) <= rank(larger)


@given(places, lights)
def test_the_best_is_just_where_it_is_fine(place: FacePlace, light: str) -> None:
    how_good = closeness(place, light)
    assert 0 <= how_good <= 1
    assert (how_good == 1) == (advise(place, light) is Advice.FINE)


@given(steps, steps)
def test_nearer_to_the_middle_is_never_worse(one: float, other: float) -> None:
    nearer, farther = sorted([one, other], key=lambda x: abs(round(x - 0.5, 2)))
    assert closeness(FacePlace(nearer, 0.5, 0.2, 0.3), "good") >= closeness(FacePlace(farther, 0.5, 0.2, 0.3), "good")


@given(st.integers(-50, 700), st.integers(-50, 500), st.integers(1, 800), st.integers(1, 600))
def test_a_place_is_rounded_and_within_the_picture_wherever_the_box_is(x: int, y: int, width: int, height: int) -> None:
    place = place_of(x=x, y=y, width=width, height=height, picture=(480, 640))
    for share in (place.x, place.y, place.width, place.height):
        assert 0 <= share <= 1
        assert share * 20 == pytest.approx(round(share * 20))


@given(places, st.sampled_from(["█", "#"]))
def test_the_drawing_has_its_size_and_shows_the_face(place: FacePlace, mark: str) -> None:
    lines = drawing(place, mark=mark)
    assert [len(line) for line in lines] == [18] * 8
    assert any(mark in line for line in lines)
    assert not any(mark in line for line in drawing(None, mark=mark))


def test_the_drawing_is_like_a_mirror() -> None:
    assert drawing(FacePlace(0.25, 0.25, 0.25, 0.35), mark="#") == [
        "+----------------+",
        "|          ####  |",
        "|          ####  |",
        "|          ####  |",
        "|                |",
        "|                |",
        "|                |",
        "+----------------+",
    ]
    assert drawing(None)[0] == "┌────────────────┐"


@pytest.mark.parametrize("shares", [(1.1, 0.5, 0.2, 0.2), (0.5, -0.1, 0.2, 0.2), (0.5, 0.5, 0.0, 0.2)])
def test_a_place_outside_of_the_picture_is_refused(shares: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="no place in a picture"):
        FacePlace(*shares)


def chimes(how_good: float) -> list[float]:
    """When chimes are due in a minute of ten frames a second, all as good."""
    rhythm, due = Rhythm(), []
    for frame in range(600):
        rhythm, is_due = rhythm.beat(how_good, frame / 10)
        due += [frame / 10] if is_due else []
    return due


@given(st.floats(0, 0.95), st.floats(0, 0.95))
def test_chimes_are_the_quicker_the_better_the_place(one: float, other: float) -> None:
    worse, better = sorted([one, other])
    assert len(chimes(worse)) <= len(chimes(better))
    assert len(chimes(0)) < len(chimes(0.95))


@given(st.floats(0, 1))
def test_the_first_chime_has_the_time_to_wake_a_screen(how_good: float) -> None:
    first, second, *_ = chimes(how_good)
    assert first == 0
    assert second >= FIRST_PAUSE_SECONDS
