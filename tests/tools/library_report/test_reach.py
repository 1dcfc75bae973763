from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest

from device.emotion.labels import FACE_LABELS
from device.recommendation.query import EmotionQuery
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import SongTable
from device.settings.sections import ObservationSettings, RecommendationSettings
from tools.library_report.reach import NEUTRAL_SHARE, SEEN_IN_DAILY_LIFE, measure_reach, plausible_observations


def quiet(done: int, total: int) -> None:
    assert 0 < done <= total


def test_observations_show_each_emotion_as_often_as_daily_life_does_and_neutral_half_the_time() -> None:
    seconds = np.array([observation.seconds for observation in plausible_observations(4000)])
    shares = dict(zip(FACE_LABELS, (seconds / seconds.sum(axis=1, keepdims=True)).mean(axis=0), strict=True))
    assert seconds.sum(axis=1).max() < ObservationSettings().seconds
    assert shares.pop("neutral") == pytest.approx(NEUTRAL_SHARE, abs=0.02)
    counted = sum(SEEN_IN_DAILY_LIFE.values())
    assert shares == pytest.approx({label: SEEN_IN_DAILY_LIFE[label] / counted / 2 for label in shares}, abs=0.015)


def test_one_or_two_emotions_take_most_of_an_observation() -> None:
    seconds = np.sort([observation.seconds for observation in plausible_observations(2000)])
    assert np.median(seconds[:, -2:].sum(axis=1) / seconds.sum(axis=1)) > 0.9


def test_other_frequencies_can_be_asked_for() -> None:
    [angry] = plausible_observations(1, often={"anger": 1.0}, neutral=0.0, concentration=5.0)
    assert angry.by_label["anger"] == pytest.approx(angry.credited_seconds)


def test_a_seed_gives_the_same_observations_again() -> None:
    first, again, other = (list(plausible_observations(20, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("rule", ["centre", "sum"])
def test_reach_counts_what_the_box_recommends(
    rule: Literal["centre", "sum"], make_table: Callable[..., SongTable]
) -> None:
    table = make_table(np.random.default_rng(5).uniform(-0.7, 0.7, (60, 2)))
    observations = list(plausible_observations(100))
    settings = RecommendationSettings(query=rule, songs_per_artist=0)
    reach = measure_reach(table.vectors, observations, quiet, query=EmotionQuery(settings=settings))

    recommender = Recommender(table, np.ones(60, dtype=np.bool_), settings)
    ranked = [[choice.song.id - 1 for choice in recommender.recommend(each).ranked] for each in observations]
    assert set(np.flatnonzero(reach.named)) == {row for rows in ranked for row in rows}
    assert reach.first.tolist() == np.bincount([rows[0] for rows in ranked], minlength=60).tolist()
    assert reach.share == pytest.approx(reach.named.sum() / 60)


def test_plays_are_shared_out_among_groups(make_table: Callable[..., SongTable]) -> None:
    table = make_table([(0.8, 0.5), (-0.5, 0.6), (0.0, -0.3)])
    reach = measure_reach(table.vectors, list(plausible_observations(50)), quiet, query=EmotionQuery())
    shares = reach.plays_by(np.array([0, 2, 2]), 4)
    assert shares.sum() == pytest.approx(1)
    assert shares[0] == reach.first[0] / 50
    assert (shares[1], shares[3]) == (0, 0)


def test_a_library_without_songs_reaches_nothing() -> None:
    observations = list(plausible_observations(3))
    reach = measure_reach(np.empty((0, 8)), observations, quiet, query=EmotionQuery())
    assert (reach.share, reach.first.tolist()) == (0.0, [])
