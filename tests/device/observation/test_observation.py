"""Seconds of emotions: never negative, never more than the duration, and equal to a count of milliseconds."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.observation.observation import Observation, Observer, Reading
from device.observation.smoothing import Credit
from device.settings.sections import ObservationSettings

LABELS = ("anger", "happiness", "neutral")

UNSMOOTHED = ObservationSettings(smoothing_seconds=0)
"""The source's rule: every frame by itself."""

Frame = tuple[int, int | None]
"""Milliseconds, and the likeliest label's index or None without a face."""

faces = st.one_of(st.none(), st.integers(0, len(LABELS) - 1))
credit_rules = st.sampled_from(["label", "probabilities"])
smoothings = st.sampled_from([0.0, 0.5])


def rising(gaps_ms: st.SearchStrategy[int], *, most: int = 60) -> st.SearchStrategy[list[Frame]]:
    """Frames whose timestamps rise by such gaps."""

    def accumulate(pairs: list[tuple[int, int | None]]) -> list[Frame]:
        times = np.cumsum([gap for gap, _ in pairs]).tolist()
        return [(time, face) for time, (_, face) in zip(times, pairs, strict=True)]

    return st.lists(st.tuples(gaps_ms, faces), max_size=most).map(accumulate)


def reading_at(seconds: float, face: int | None) -> Reading:
    if face is None:
        return Reading(seconds, None)
    return Reading(seconds, np.array([0.8 if label == face else 0.1 for label in range(3)], dtype=np.float32))


def observation_of(
    frames: Sequence[Frame],
    *,
    duration: float = 15.0,
    hold: float = 0.5,
    credit: Credit = "label",
    smoothing: float = 0.0,
) -> Observation:
    observer = Observer(LABELS, ObservationSettings(duration, hold, credit=credit, smoothing_seconds=smoothing))
    for milliseconds, face in frames:
        observer.add(reading_at(milliseconds / 1000, face))
    return observer.finish()


def counted_by_milliseconds(frames: Sequence[Frame], *, duration_ms: int, hold_ms: int) -> list[float]:
    """The rule, one millisecond after another."""
    seconds = [0.0] * len(LABELS)
    for now in range(frames[0][0], frames[0][0] + duration_ms):
        latest, face = max(frame for frame in enumerate(frames) if frame[1][0] <= now)[1]
        if face is not None and now - latest < hold_ms:
            seconds[face] += 0.001
    return seconds


@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), faces)),
    st.floats(1, 120),
    st.floats(0.05, 5),
    credit_rules,
    smoothings,
)
@settings(max_examples=200)
def test_whatever_the_timestamps_seconds_are_not_negative_and_fit_the_duration(
    frames: list[tuple[float, int | None]], duration: float, hold: float, credit: Credit, smoothing: float
) -> None:
    observer = Observer(LABELS, ObservationSettings(duration, hold, credit=credit, smoothing_seconds=smoothing))
    for seconds, face in frames:
        observer.add(reading_at(seconds, face))
        assert all(value >= 0 for value in observer.seconds_so_far.values())
    observation = observer.finish()

    assert all(value >= 0 for value in observation.seconds)
    assert sum(observation.seconds) <= duration + 1e-6
    assert 0 <= observation.coverage <= 1
    assert observation.frames_with_face <= observation.frames <= len(frames)


@given(rising(st.integers(1, 900), most=40), st.integers(1000, 6000), st.integers(50, 1500))
@settings(max_examples=30)
def test_seconds_are_those_that_counting_milliseconds_gives(
    frames: list[Frame], duration_ms: int, hold_ms: int
) -> None:
    frames = frames or [(0, None)]
    counted = counted_by_milliseconds(frames, duration_ms=duration_ms, hold_ms=hold_ms)

    observation = observation_of(frames, duration=duration_ms / 1000, hold=hold_ms / 1000)
    assert observation.seconds == pytest.approx(counted, abs=1e-6)


@pytest.mark.parametrize(
    ("gap_ms", "earned"),
    [
        pytest.param(100, 0.1, id="a frame holds until the next"),
        pytest.param(500, 0.5, id="up to the hold"),
        pytest.param(501, 0.5, id="and no longer"),
        pytest.param(14_000, 0.5, id="however long the stall"),
    ],
)
def test_a_stall_earns_at_most_the_hold(gap_ms: int, earned: float) -> None:
    observation = observation_of([(1000, 1), (1000 + gap_ms, None)])

    assert observation.by_label == pytest.approx({"happiness": earned, "anger": 0, "neutral": 0})


@given(rising(st.integers(1, 900)), credit_rules, smoothings)
def test_time_without_a_face_earns_nothing(frames: list[Frame], credit: Credit, smoothing: float) -> None:
    observation = observation_of([(time, None) for time, _ in frames], credit=credit, smoothing=smoothing)

    assert observation.credited_seconds == 0
    assert observation.coverage == 0
    assert observation.frames_with_face == 0


@given(rising(st.integers(1, 900)))
def test_both_ways_to_credit_share_out_the_same_total(frames: list[Frame]) -> None:
    by_label = observation_of(frames, credit="label")
    by_probabilities = observation_of(frames, credit="probabilities")

    assert by_probabilities.credited_seconds == pytest.approx(by_label.credited_seconds)


@given(rising(st.integers(1, 900)))
def test_smoothing_credits_the_same_time_in_all(frames: list[Frame]) -> None:
    plain, smoothed = observation_of(frames), observation_of(frames, smoothing=0.5)

    assert smoothed.credited_seconds == pytest.approx(plain.credited_seconds)
    assert smoothed.frames_with_face == plain.frames_with_face


def test_smoothing_takes_a_short_look_for_a_misreading() -> None:
    frames = [(100 * i, 0 if 50 <= i < 52 else 1) for i in range(151)]

    assert observation_of(frames).seconds == pytest.approx((0.2, 14.8, 0))
    assert observation_of(frames, smoothing=0.5).seconds == pytest.approx((0, 15, 0))


def test_probabilities_share_a_frame_out() -> None:
    observation = observation_of([(0, 1), (400, None)], credit="probabilities")

    assert observation.seconds == pytest.approx((0.04, 0.32, 0.04))


def test_probabilities_that_miss_100_percent_by_rounding_still_share_out_the_whole_hold() -> None:
    observer = Observer(LABELS, ObservationSettings(credit="probabilities"))
    observer.add(Reading(0.0, np.array([0.2, 0.2, 0.2], dtype=np.float32)))

    assert sum(observer.finish().seconds) == pytest.approx(0.5)


def test_the_first_of_equally_likely_labels_takes_the_time() -> None:
    observer = Observer(LABELS, UNSMOOTHED)
    observer.add(Reading(0.0, np.array([0.2, 0.4, 0.4], dtype=np.float32)))

    assert observer.finish().seconds == (0, 0.5, 0)


@given(rising(st.integers(1, 900)), st.data())
def test_frames_from_the_past_change_nothing(frames: list[Frame], data: st.DataObject) -> None:
    disturbed = []
    for time, face in frames:
        disturbed.append((time, face))
        disturbed += [(time - back, data.draw(faces)) for back in data.draw(st.lists(st.integers(0, 5000), max_size=2))]

    assert observation_of(disturbed) == observation_of(frames)


@given(rising(st.integers(1, 900)), st.lists(st.tuples(st.integers(0, 10**6), faces)))
def test_frames_after_the_end_change_nothing(frames: list[Frame], late: list[Frame]) -> None:
    complete = [(0, None), *frames, (10**6, 0)]

    assert observation_of([*complete, *((10**6 + time, face) for time, face in late)]) == observation_of(complete)


@given(rising(st.integers(2, 500)), credit_rules, st.data())
def test_splitting_a_hold_by_a_frame_that_says_the_same_changes_no_second(
    frames: list[Frame], credit: Credit, data: st.DataObject
) -> None:
    split = []
    for (time, face), (following, _) in pairwise(frames):
        split += [(time, face), (data.draw(st.integers(time, following - 1)), face)]

    assert observation_of([*split, *frames[-1:]], credit=credit).seconds == pytest.approx(
        observation_of(frames, credit=credit).seconds
    )


@given(rising(st.integers(1, 900)), st.integers(-1000, 1000).map(lambda seconds: 1024 * seconds))
def test_only_differences_between_timestamps_count(frames: list[Frame], shift_ms: int) -> None:
    shifted = observation_of([(time + shift_ms, face) for time, face in frames])

    assert shifted.seconds == pytest.approx(observation_of(frames).seconds, abs=1e-6)


def test_an_observation_of_15_s_at_10_frames_per_second_credit_rules_all_of_it() -> None:
    frames = [(100 * i, 1 if i < 90 else 2) for i in range(151)]
    observation = observation_of(frames)

    assert observation.by_label == pytest.approx({"happiness": 9, "neutral": 6, "anger": 0})
    assert list(observation.by_label) == ["happiness", "neutral", "anger"]
    assert observation.coverage == pytest.approx(1)
    assert (observation.frames, observation.frames_with_face) == (150, 150)
    assert observation.frames_per_second == pytest.approx(10)


def test_the_last_frame_before_an_early_end_holds_no_longer_than_the_duration() -> None:
    assert observation_of([(0, None), (14_700, 0)]).seconds == pytest.approx((0.3, 0, 0))
    assert observation_of([(0, None), (10_000, 0)]).seconds == pytest.approx((0.5, 0, 0))


@pytest.mark.parametrize(
    ("frames", "rate"),
    [
        pytest.param([(0, 1)], 0.0, id="one frame alone"),
        pytest.param([(0, 1), (250, 1), (500, 1)], 6.0, id="half a second"),
        pytest.param([(0, 1), (100, 1), (60_000, 1)], 2 / 15, id="a stall beyond the end"),
    ],
)
def test_frames_per_second_counts_the_frames_of_the_time_that_passed(frames: list[Frame], rate: float) -> None:
    assert observation_of(frames).frames_per_second == pytest.approx(rate)


def test_nothing_seen_is_an_observation_too() -> None:
    observation = observation_of([])

    assert observation.seconds == (0, 0, 0)
    assert (observation.frames, observation.frames_per_second) == (0, 0)


def test_an_observer_says_how_far_it_is() -> None:
    observer = Observer(LABELS, ObservationSettings(seconds=1, smoothing_seconds=0))
    assert (observer.elapsed_seconds, observer.complete) == (0, False)

    observer.add(reading_at(7.0, 1))
    assert (observer.elapsed_seconds, observer.complete) == (0, False)

    observer.add(reading_at(7.25, None))
    assert observer.elapsed_seconds == pytest.approx(0.25)
    assert observer.seconds_so_far == pytest.approx({"anger": 0, "happiness": 0.25, "neutral": 0})

    observer.add(reading_at(8.0, 0))
    assert observer.complete


@pytest.mark.parametrize("seconds", [(-0.1, 1.0), (8.0, 7.1), (1.0,), (1.0, 2.0, 3.0), (float("nan"), 1.0)])
def test_seconds_that_no_observation_gives_are_refused(seconds: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Observation(("anger", "neutral"), seconds, 15.0, frames=1, frames_with_face=1, frames_per_second=1.0)
