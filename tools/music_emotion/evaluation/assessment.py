"""Puts together what can be said of a music model on data sets: each set by itself, and what shares a scale as one.

A set of ratings of what is heard in the music is measured in full. Where listeners told what they *felt*, the same
figures say how far the two differ rather than how good the model is. Where a set names only quadrants, only quadrants
are compared. Neither is mixed with the first kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.music_emotion.datasets.songs import AnnotatedSongs, Passed
from tools.music_emotion.evaluation.judging import JudgedSongs
from tools.music_emotion.evaluation.metrics import (
    Calibration,
    PercentErrors,
    RegressionFigures,
    Retrieval,
    calibration,
    constant_mean_fit,
    fit_figures,
    retrieval,
    vector_errors,
)
from tools.music_emotion.evaluation.quadrants import QuadrantFigures, quadrant_figures
from tools.music_emotion.model.head import AXES, Floats
from tools.music_emotion.model.rectangle import vectors_of

FEWEST_IN_A_GROUP = 8
"""Songs that a genre or a series needs for figures of its own; the R² of fewer is noise."""
_FEWEST_SONGS = 2  # one song has no other to be ranked against

FELT = "listeners told what they felt, the model what is heard in the music: this is how far the two agree"
COARSE = "the set names only quadrants, so quadrants are compared"
TOGETHER = "sets use the same scale differently: the figures of each set by itself are the ones to quote"


@dataclass(frozen=True, slots=True)
class AxisFigures:
    """One axis: the model beside the mean of the evaluated songs, and how honest its deviations are."""

    model: RegressionFigures
    constant_mean: RegressionFigures
    deviations: Calibration


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One genre or series, its R² against its own mean."""

    songs: int
    valence: RegressionFigures
    arousal: RegressionFigures


@dataclass(frozen=True, slots=True)
class RatedFigures:
    """Figures on ratings. ``percent`` and ``retrieval`` are keyed by k; ``groups`` by genre, series or, of several sets
    together, by set.
    """

    songs: int
    valence: AxisFigures
    arousal: AxisFigures
    percent: dict[float, PercentErrors]
    retrieval: dict[float, Retrieval]
    groups: dict[str, GroupFigures]


@dataclass(frozen=True, slots=True)
class SetFigures:
    """What can be said of one set: ``rated`` or ``quadrants``, or neither where fewer than two songs could be heard.

    ``learnt`` says that the model was fitted on these very annotations, ``remarks`` what else to bear in mind.
    """

    name: str
    songs: int
    grouped_by: str
    learnt: bool
    remarks: tuple[str, ...]
    passed: tuple[Passed, ...]
    rated: RatedFigures | None = None
    quadrants: QuadrantFigures | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """A model on all sets; ``together`` are those with ratings of what is heard, if there are several.

    ``cross_validated`` is what the model's card says of songs that it did not learn from: for each way of holding songs
    out, the R², r and mean absolute error of each axis.
    """

    version: str
    true_deviation: float
    cross_validated: dict[str, dict[str, dict[str, float]]]
    sets: tuple[SetFigures, ...]
    together: RatedFigures | None


def assess(
    judged: Sequence[JudgedSongs], card: Mapping[str, Any], *, ks: Sequence[float], true_deviation: float
) -> Assessment:
    """Measure a model.

    :param judged: what the model says, a set each.
    :param card: the model's card.
    :param ks: the sizes, in σ, of the rectangles behind percentages and retrieval; of a model that learnt the shares of
        rectangles of one k, that one.
    :param true_deviation: σ of the ratings, > 0, where a set does not give it.
    """
    rated = [said for said in judged if len(said.places) and said.songs.rated]
    return Assessment(
        version=str(card["version"]),
        true_deviation=true_deviation,
        cross_validated=_cross_validated(card),
        sets=tuple(_assess_set(said, card, ks, true_deviation) for said in judged),
        together=_together(rated, ks, true_deviation) if len(rated) > 1 else None,
    )


def true_deviations(songs: AnnotatedSongs, usual: float) -> Floats:
    """Return the deviations ``(n, 2)`` of the ratings, ``usual`` where the set gives none."""
    return np.where(np.isnan(songs.deviations), usual, songs.deviations)


def _assess_set(said: JudgedSongs, card: Mapping[str, Any], ks: Sequence[float], true_deviation: float) -> SetFigures:
    songs = said.songs
    remarks = []
    if songs.felt:
        remarks.append(FELT)
    if songs.coarse:
        remarks.append(COARSE)
    elif np.isnan(songs.deviations).any():
        remarks.append(f"no σ of the ratings is given: {true_deviation:g} is taken")
    enough = len(songs) >= _FEWEST_SONGS
    return SetFigures(
        name=songs.name,
        songs=len(songs),
        grouped_by=songs.grouped_by,
        learnt=any(entry.get("sha256") == songs.sha256 for entry in card.get("data", ())),
        remarks=tuple(remarks),
        passed=songs.passed,
        rated=_rated_figures([said], songs.groups, ks, true_deviation) if enough and not songs.coarse else None,
        quadrants=quadrant_figures(songs.places, said.places) if enough and songs.coarse else None,
    )


def _together(judged: Sequence[JudgedSongs], ks: Sequence[float], true_deviation: float) -> RatedFigures:
    names = np.concatenate([np.full(len(said.places), said.songs.name) for said in judged])
    return _rated_figures(judged, names, ks, true_deviation)


def _rated_figures(
    judged: Sequence[JudgedSongs], groups: NDArray[np.str_], ks: Sequence[float], true_deviation: float
) -> RatedFigures:
    places = np.concatenate([one.songs.places for one in judged])
    deviations = np.concatenate([true_deviations(one.songs, true_deviation) for one in judged])
    said, said_deviations = (
        np.concatenate([getattr(one, part) for one in judged]) for part in ("places", "deviations")
    )
    vectors = {k: (vectors_of(places, deviations, k), np.concatenate([one.shares(k) for one in judged])) for k in ks}
    valence, arousal = (
        AxisFigures(
            fit_figures(places[:, axis], said[:, axis]),
            constant_mean_fit(places[:, axis]),
            calibration(places[:, axis], said[:, axis], said_deviations[:, axis]),
        )
        for axis in range(len(AXES))
    )
    return RatedFigures(
        songs=len(places),
        valence=valence,
        arousal=arousal,
        percent={k: vector_errors(true, predicted) for k, (true, predicted) in vectors.items()},
        retrieval={k: retrieval(true, predicted) for k, (true, predicted) in vectors.items()},
        groups=_by_group(groups, places, said),
    )


def _by_group(groups: NDArray[np.str_], places: Floats, said: Floats) -> dict[str, GroupFigures]:
    names, counts = np.unique(groups, return_counts=True)
    figures = {}
    for name, count in zip(names.tolist(), counts.tolist(), strict=True):
        if count >= FEWEST_IN_A_GROUP:
            rows = groups == name
            valence, arousal = (fit_figures(places[rows, axis], said[rows, axis]) for axis in range(len(AXES)))
            figures[name] = GroupFigures(count, valence, arousal)
    return figures


def _cross_validated(card: Mapping[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    return {
        way: {axis: dict(figures[axis]["model"]) for axis in AXES}
        for way, figures in card.get("metrics", {}).items()
        if set(AXES) <= figures.keys()
    }
