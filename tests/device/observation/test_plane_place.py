"""The place in the plane: the mean by the probabilities, whatever the seconds say, and as often as a camera looks."""

from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.emotion.labels import FACE_PLACES, Place
from device.observation.hanging import Hanging
from device.observation.observation import Observation, Observer, Reading
from device.observation.plane_place import MeanPlace, PlaceMeter, mean_place
from device.settings.sections import ObservationSettings

LABELS = ("happiness", "neutral", "sadness")
PLACES = [FACE_PLACES[label] for label in LABELS]
HALF_SMILE = np.array([0.45, 0.55, 0.0], dtype=np.float32)

frames = st.lists(
    st.tuples(st.floats(0.01, 0.5), st.lists(st.floats(0.01, 1), min_size=3, max_size=3)), min_size=1, max_size=20
)


def observed(
    says: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    *,
    credit: Literal["label", "probabilities"] = "label",
    smoothing: float = 0.2,
) -> Observation:
    observer = Observer(LABELS, ObservationSettings(credit=credit, smoothing_seconds=smoothing))
    for number in range(151):
        observer.add(Reading(number / 10, says))
    return observer.finish()


def test_a_faint_smile_lies_between_where_the_seconds_name_one_label() -> None:
    seen = observed(HALF_SMILE)

    assert seen.by_label == pytest.approx({"neutral": 15, "happiness": 0, "sadness": 0})
    assert seen.place is not None
    assert seen.place.valence == pytest.approx(0.45 * 0.81)
    assert seen.place.arousal == pytest.approx(0.45 * 0.51 - 0.55 * 0.3)
    assert seen.place.sigma_valence == pytest.approx((0.45 * 0.55) ** 0.5 * 0.81), "as doubtful as the frames"


@pytest.mark.parametrize(("credit", "smoothing"), [("label", 0.0), ("label", 2.0), ("probabilities", 0.0)])
def test_how_seconds_are_credited_moves_no_place(credit: Literal["label", "probabilities"], smoothing: float) -> None:
    assert observed(HALF_SMILE, credit=credit, smoothing=smoothing).place == observed(HALF_SMILE).place


@given(frames)
def test_the_place_is_that_of_all_times_and_probabilities_together(drawn: list[tuple[float, list[float]]]) -> None:
    meter, now, total = PlaceMeter(PLACES), 0.0, np.zeros(3)
    for seconds, weights in drawn:
        says = np.array(weights, dtype=np.float32) / np.float32(sum(weights))
        middle = now + seconds / 3  # a frame that is given in two pieces counts the same
        for start, end in pairwise((now, middle, now + seconds)):
            meter.add(start, end, says)
        now, total = now + seconds, total + seconds * says

    expected = mean_place(total, PLACES)
    assert meter.place is not None
    for name in MeanPlace.__slots__:
        assert getattr(meter.place, name) == pytest.approx(getattr(expected, name), abs=1e-6)


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8).filter(any))
def test_a_mean_lies_within_the_places_and_spreads_no_wider(weights: list[float]) -> None:
    mean = mean_place(weights, list(FACE_PLACES.values()))

    assert -0.64 - 1e-9 <= mean.valence <= 0.81 + 1e-9
    assert -0.3 - 1e-9 <= mean.arousal <= 0.67 + 1e-9
    assert mean.sigma_valence <= (0.81 + 0.64) / 2 + 1e-9


@pytest.mark.parametrize("corner", [Place(1, 1), Place(-1, -1)])
def test_the_edge_of_the_plane_is_in_it(corner: Place) -> None:
    assert mean_place([0.1, 0.2, 0.7], [corner] * 3) == MeanPlace(corner.valence, corner.arousal, 0, 0)


def test_nothing_seen_has_no_place_nor_has_what_the_camera_shows_upside_down() -> None:
    observer = Observer(LABELS)
    assert observer.place_so_far is None
    observer.add(Reading(0.0, None))
    observer.add(Reading(0.1, HALF_SMILE))
    observer.add(Reading(0.2, HALF_SMILE))
    assert observer.place_so_far is not None

    observer.hanging = Hanging(180)
    assert observer.place_so_far is None
    assert observer.finish().place is None


def test_an_owners_own_places_count() -> None:
    places = dict.fromkeys(LABELS, Place(0.25, -0.5))
    observer = Observer(LABELS, places=places)
    observer.add(Reading(0.0, HALF_SMILE))
    seen = observer.finish().place

    assert seen is not None
    assert (seen.valence, seen.arousal) == pytest.approx((0.25, -0.5))


@pytest.mark.parametrize(
    "values", [(1.1, 0, 0, 0), (0, -1.1, 0, 0), (0, 0, -0.1, 0), (0, 0, 0, 1.1), (float("nan"), 0, 0, 0)]
)
def test_what_no_places_have_is_refused(values: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        MeanPlace(*values)


def test_a_place_without_seconds_is_refused() -> None:
    with pytest.raises(ValueError, match="of no seconds"):
        Observation(LABELS, (0.0, 0.0, 0.0), 15.0, 1, 1, 1.0, place=MeanPlace(0, 0, 0, 0))
