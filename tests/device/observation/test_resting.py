"""A resting face: eight numbers from ten seconds, whose they are, and readings corrected by them."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from device.observation.corrected import CorrectedObserver, observer_for
from device.observation.observation import Observation, Observer, Reading
from device.observation.resting.calibration import Calibration, Sighting
from device.observation.resting.choice import CHOOSING_SECONDS, Household
from device.observation.resting.correction import (
    LEAST_PROBABILITY,
    MOST_DIFFERENCE,
    PLAIN_NEUTRAL,
    Correction,
    RestingFace,
    corrected,
    mean_log_probabilities,
)
from device.observation.resting.names import trouble_with_name

FULL = Correction(taken=1, given=1)
readings = (
    st.lists(st.floats(0, 1), min_size=8, max_size=8)
    .filter(lambda raw: sum(raw) > 0.01)
    .map(lambda raw: reading_of(*raw))
)
rests = st.fixed_dictionaries({label: st.floats(math.log(LEAST_PROBABILITY), 0) for label in FACE_LABELS})


def reading_of(*weights: float) -> NDArray[np.float32]:
    return np.array(weights, dtype=np.float32) / np.float32(sum(weights))


def says(rest: float = 0.002, **shares: float) -> NDArray[np.float32]:
    """Probabilities by label; those that are not named get ``rest``."""
    return reading_of(*(shares.get(label, rest) for label in FACE_LABELS))


def face(name: str, *, model: str = "m", **shares: float) -> RestingFace:
    means = mean_log_probabilities(FACE_LABELS, says(**shares)[np.newaxis])
    return RestingFace(name, "2026-11-29T10:00:00+00:00", model, means)


@given(readings, rests)
def test_a_corrected_reading_sums_to_one_and_none_of_its_labels_vanishes(
    reading: NDArray[np.float32], rest: dict[str, float]
) -> None:
    shift = Correction().shift(rest, FACE_LABELS)
    after = corrected(reading, shift)
    assert after.sum() == pytest.approx(1, abs=1e-5)
    assert (after > 0).all()
    assert np.abs(shift).max() <= MOST_DIFFERENCE


@given(readings)
def test_who_rests_like_everybody_is_read_like_everybody(reading: NDArray[np.float32]) -> None:
    after = corrected(reading, FULL.shift(PLAIN_NEUTRAL, FACE_LABELS))
    assert after == pytest.approx(np.maximum(reading, LEAST_PROBABILITY) / np.maximum(reading, LEAST_PROBABILITY).sum())


def test_a_resting_face_that_looks_sad_is_read_as_neutral_and_more_sadness_still_as_sadness() -> None:
    shift = Correction().shift(face("anna", sadness=0.5, neutral=0.4).log_probabilities, FACE_LABELS)
    assert FACE_LABELS[corrected(says(sadness=0.5, neutral=0.4), shift).argmax()] == "neutral"
    assert FACE_LABELS[corrected(says(sadness=0.9, neutral=0.07), shift).argmax()] == "sadness"


def test_a_face_that_is_neutral_beyond_doubt_at_rest_shows_more_of_a_quiet_expression() -> None:
    shift = Correction().shift(face("ben", neutral=0.99).log_probabilities, FACE_LABELS)
    quiet = says(anger=0.12, neutral=0.85)
    assert corrected(quiet, shift)[FACE_LABELS.index("anger")] > 1.3 * quiet[FACE_LABELS.index("anger")]


@given(rests)
def test_labels_that_one_side_lacks_are_left_alone(rest: dict[str, float]) -> None:
    seven = {label: value for label, value in rest.items() if label != "contempt"}
    assert FULL.shift(seven, FACE_LABELS)[FACE_LABELS.index("contempt")] == 0
    assert FULL.shift(rest, FACE_LABELS[:7]) == pytest.approx(FULL.shift(rest, FACE_LABELS)[:7])


@pytest.mark.parametrize("name", ["", " anna", "a" * 41, "an\nna", "an\x1bna", "\u202eanna"])
def test_a_name_that_cannot_be_shown_in_a_line_is_none(name: str) -> None:
    assert trouble_with_name(name)
    with pytest.raises(ValueError, match="a name has"):
        RestingFace(name, "2026-11-29", "m", {"neutral": -1.0})


@pytest.mark.parametrize("numbers", [{}, {"joy": -1.0}, {"anger": 0.1}, {"anger": -60.0}, {"anger": math.nan}])
def test_numbers_that_no_face_gives_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="no log probabilities"):
        RestingFace("anna", "2026-11-29", "m", numbers)


@pytest.mark.parametrize("parts", [(-0.1, 0.5), (0.5, 1.1)])
def test_a_correction_that_turns_readings_round_is_refused(parts: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="are not from 0 to 1"):
        Correction(*parts)


ANNA, BEN = face("anna", sadness=0.5, neutral=0.45), face("ben", anger=0.4, neutral=0.5)


@pytest.mark.parametrize(
    ("household", "reading", "whose"),
    [
        ((), says(neutral=0.9), None),
        ((ANNA,), says(happiness=0.95), ANNA),
        ((ANNA, BEN), says(sadness=0.4, neutral=0.5), ANNA),
        ((ANNA, BEN), says(anger=0.3, neutral=0.6), BEN),
        ((ANNA, BEN), says(happiness=0.95), None),  # nothing of rest is seen
        ((ANNA, BEN), reading_of(*np.exp([PLAIN_NEUTRAL[label] for label in FACE_LABELS])), None),
    ],
    ids=["nobody", "the only one", "nearest to anna", "nearest to ben", "an expression", "plain neutral"],
)
def test_the_resting_face_that_explains_the_first_readings_is_chosen(
    household: tuple[RestingFace, ...], reading: NDArray[np.float32], whose: RestingFace | None
) -> None:
    assert Household(household).choose(FACE_LABELS, [reading] * 3) is whose


# Ten seconds at ten frames a second, as functions of the time.
Sight = Callable[[float], Sighting]


def calm(time: float, **shares: float) -> Sighting:
    return Sighting(time, says(**(shares or {"neutral": 0.8, "sadness": 0.15})), (0.5, 0.5))


def absent(time: float) -> Sighting:
    return Sighting(time, None)


CALIBRATIONS: dict[str, tuple[Sight, str, str]] = {
    "at ease": (calm, "good", ""),
    "dim is enough": (calm, "dim", ""),
    "still arriving": (lambda t: absent(t) if t < 1 else calm(t), "good", ""),
    "away for a while": (lambda t: absent(t) if 3 <= t < 5 else calm(t), "good", ""),
    "nobody": (absent, "good", "a face was seen for 0.0 of 9 s"),
    "mostly away": (lambda t: absent(t) if t < 6 else calm(t), "good", "a face was seen for"),
    "dark": (calm, "dark", "too dark"),
    "another expression": (lambda t: calm(t) if t < 5.5 else calm(t, anger=0.9), "good", "the face changed"),
    "moved away": (lambda t: Sighting(t, says(neutral=0.9), (0.2 if t < 6 else 0.8, 0.5)), "good", "the face changed"),
    "a smile": (lambda t: calm(t, happiness=0.9), "good", "the face smiled"),
    "a surprise": (lambda t: calm(t, surprise=0.9), "good", "the face looked surprised"),
}


@pytest.mark.parametrize("case", CALIBRATIONS)
def test_ten_seconds_come_to_eight_numbers_or_to_a_sentence(case: str) -> None:
    sight, light, refusal = CALIBRATIONS[case]
    calibration = Calibration(FACE_LABELS)
    for frame in range(101):
        calibration.add(sight(frame / 10))
    result = calibration.result(seconds=10, light=light)
    if refusal:
        assert isinstance(result, str)
        assert refusal in result
        assert "calibrate again" in result
    else:
        assert result == mean_log_probabilities(FACE_LABELS, says(neutral=0.8, sadness=0.15)[np.newaxis])


def observe(household: tuple[RestingFace, ...], reading: Callable[[float], NDArray[np.float32] | None]) -> Observation:
    observer = observer_for(lambda: Observer(FACE_LABELS), Household(household))
    for frame in range(151):
        observer.add(Reading(frame / 10, reading(frame / 10)))
    return observer.finish()


def test_every_second_of_an_observation_is_corrected_and_the_uncorrected_ones_are_told() -> None:
    observation = observe((ANNA,), lambda _: says(sadness=0.5, neutral=0.4))
    assert observation.by_label["neutral"] == pytest.approx(15)
    assert observation.resting == "anna"
    assert observation.uncorrected_seconds is not None
    assert observation.uncorrected_seconds[FACE_LABELS.index("sadness")] == pytest.approx(15)
    plain = observe((), lambda _: says(sadness=0.5, neutral=0.4))
    assert observation.place is not None
    assert plain.place is not None
    assert observation.place.valence > plain.place.valence


def test_whose_face_it_is_is_chosen_by_the_first_seconds_alone() -> None:
    observation = observe(
        (ANNA, BEN), lambda t: says(sadness=0.5, neutral=0.4) if t < CHOOSING_SECONDS else says(anger=0.5, neutral=0.4)
    )
    assert observation.resting == "anna"


def test_nobodys_resting_face_leaves_an_observation_as_it_is() -> None:
    def reading(time: float) -> NDArray[np.float32]:
        return says(happiness=0.9) if time < 8 else says(anger=0.6, neutral=0.3)

    assert observe((ANNA, BEN), reading) == observe((), reading)


def test_nothing_of_a_face_is_corrected_where_none_is_seen() -> None:
    assert observe((ANNA,), lambda _: None) == observe((), lambda _: None)


def test_until_it_is_chosen_what_is_shown_is_uncorrected_and_never_lost() -> None:
    observer = CorrectedObserver(lambda: Observer(FACE_LABELS), Household((ANNA,)))
    for frame in range(20):
        observer.add(Reading(frame / 10, says(sadness=0.5, neutral=0.4)))
    assert observer.resting is None
    assert observer.seconds_so_far["sadness"] == pytest.approx(1.9)
    for frame in range(20, 60):
        observer.add(Reading(frame / 10, says(sadness=0.5, neutral=0.4)))
    assert observer.resting is ANNA
    assert observer.seconds_so_far["neutral"] == pytest.approx(5.9)
    assert FACE_LABELS[observer.as_credited(says(sadness=0.5, neutral=0.4)).argmax()] == "neutral"
