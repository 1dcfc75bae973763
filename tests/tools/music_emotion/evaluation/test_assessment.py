from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.music_emotion.datasets.songs import AnnotatedSongs
from tools.music_emotion.evaluation.assessment import COARSE, FELT, Assessment, assess
from tools.music_emotion.evaluation.judging import JudgedSongs
from tools.music_emotion.evaluation.metrics import r2, retrieval, vector_errors
from tools.music_emotion.model.music_model import Judgement
from tools.music_emotion.model.rectangle import drawn_deviations, vectors_of

CARD: dict[str, Any] = {
    "version": "2026.01-test",
    "data": [{"name": "clips", "sha256": "a" * 64}, {"name": "a backbone"}],
    "metrics": {
        "ten_fold": {
            axis: {"model": {"r2": figure, "mae": 0.2}, "baseline": {"r2": 0.0, "mae": 0.4}}
            for axis, figure in (("valence", 0.4), ("arousal", 0.7))
        },
        "note": {"songs": 3},
    },
}


def draw(count: int, *, seed: int = 0, **more: Any) -> JudgedSongs:
    """Draw places, and predictions that lie near them."""
    random = np.random.default_rng(seed)
    places = random.uniform(-0.8, 0.8, (count, 2))
    names = tuple(f"song {number}" for number in range(count))
    fields: dict[str, Any] = {
        "name": "drawn",
        "ids": names,
        "paths": tuple(Path(name) for name in names),
        "places": places,
        "deviations": np.full((count, 2), np.nan),
        "groups": np.array(["rock", "jazz"])[np.arange(count) % 2],
        "sources": np.array(names),
        "grouped_by": "genre",
        "felt": False,
        "coarse": False,
        "sha256": "b" * 64,
        "terms": "none",
        **more,
    }
    said = places + random.normal(0, 0.1, (count, 2))
    sigmas = random.uniform(0.1, 0.3, (count, 2))
    return JudgedSongs(
        AnnotatedSongs(**fields),
        tuple(Judgement(*place, *deviations) for place, deviations in zip(said.tolist(), sigmas.tolist(), strict=True)),
    )


def measure(*judged: JudgedSongs, true_deviation: float = 0.3) -> Assessment:
    return assess(judged, CARD, ks=[1, 2], true_deviation=true_deviation)


def test_a_set_is_measured_axis_by_axis_and_k_by_k() -> None:
    said = draw(20)
    (figures,) = measure(said).sets
    assert figures.rated is not None
    assert figures.rated.valence.model.r2 == r2(said.songs.places[:, 0], said.places[:, 0])
    assert figures.rated.arousal.model.r2 == r2(said.songs.places[:, 1], said.places[:, 1])
    assert figures.rated.arousal.constant_mean.r2 == pytest.approx(0)
    usual = np.full((20, 2), 0.3)
    for k in (1, 2):
        vectors = vectors_of(said.songs.places, usual, k), vectors_of(said.places, drawn_deviations(said.deviations), k)
        assert figures.rated.percent[k] == vector_errors(*vectors)
        assert figures.rated.retrieval[k] == retrieval(*vectors)


def test_given_deviations_are_used_and_others_replaced() -> None:
    said = draw(20)
    given = said.songs.deviations.copy()
    given[::2] = 0.1
    mixed = draw(20, deviations=given)
    (figures,) = measure(mixed, true_deviation=0.5).sets
    sigma = np.where(np.isnan(given), 0.5, given)
    expected = vector_errors(
        vectors_of(said.songs.places, sigma, 1), vectors_of(said.places, drawn_deviations(said.deviations), 1)
    )
    assert figures.rated is not None
    assert figures.rated.percent[1] == expected
    assert any("0.5 is taken" in remark for remark in figures.remarks)
    (complete,) = measure(draw(20, deviations=np.full((20, 2), 0.2))).sets
    assert complete.remarks == ()


def test_only_groups_of_eight_songs_and_more_get_figures_of_their_own() -> None:
    said = draw(20, groups=np.array(["rock"] * 8 + ["jazz"] * 7 + ["folk"] * 5))
    (figures,) = measure(said).sets
    assert figures.rated is not None
    assert list(figures.rated.groups) == ["rock"]
    rock = figures.rated.groups["rock"]
    assert rock.songs == 8
    assert rock.valence.r2 == r2(said.songs.places[:8, 0], said.places[:8, 0])


def test_what_the_model_learnt_from_is_known_by_its_annotations() -> None:
    known, other = measure(draw(9, sha256="a" * 64), draw(9)).sets
    assert (known.learnt, other.learnt) == (True, False)


def test_the_cards_figures_of_songs_held_out_are_passed_on() -> None:
    assert measure(draw(9)).cross_validated == {
        "ten_fold": {"valence": {"r2": 0.4, "mae": 0.2}, "arousal": {"r2": 0.7, "mae": 0.2}}
    }


def test_a_set_of_quadrants_has_no_r2() -> None:
    places = np.sign(draw(20).songs.places) / 2
    (figures,) = measure(draw(20, places=places, coarse=True)).sets
    assert figures.rated is None
    assert figures.quadrants is not None
    assert figures.quadrants.accuracy > 0.7
    assert figures.remarks == (COARSE,)


def test_only_ratings_of_what_is_heard_are_put_together() -> None:
    first, second = draw(12), draw(10, seed=1, name="other")
    felt, coarse = draw(12, seed=2, felt=True), draw(12, seed=3, coarse=True)
    together = measure(first, felt, second, coarse).together
    assert together is not None
    assert together.songs == 22
    assert {name: group.songs for name, group in together.groups.items()} == {"drawn": 12, "other": 10}
    truth = np.concatenate([first.songs.places, second.songs.places])
    assert together.valence.model.r2 == r2(truth[:, 0], np.concatenate([first.places, second.places])[:, 0])
    assert measure(first, felt, coarse).together is None


def test_felt_emotion_is_measured_with_a_remark() -> None:
    (figures,) = measure(draw(12, felt=True)).sets
    assert figures.rated is not None
    assert FELT in figures.remarks


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("coarse", [True, False])
def test_too_few_songs_give_no_figures(count: int, *, coarse: bool) -> None:
    few, _ = measure(draw(count, coarse=coarse), draw(9)).sets
    assert (few.songs, few.rated, few.quadrants) == (count, None, None)
