"""Vectors of annotated songs, on both planes; device.emotion.vectors's own laws are tested beside it."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import Plane
from tools.music_emotion.datasets.deam import read_deam
from tools.music_emotion.datasets.labels import (
    LABELS,
    LabelRule,
    class_distribution,
    constant_mean_error,
    labels_of,
    percentages,
)
from tools.music_emotion.datasets.songs import USUAL_DEVIATION, AnnotatedSongs
from tools.music_emotion.reproduction.catalogue import DEAM_CONSTANT_MEAN

GRID = (
    ("tense/frustrated", "tense", "excited", "excited/happy"),
    ("frustrated", "neutral", "neutral", "happy"),
    ("depressed", "neutral", "neutral", "content"),
    ("tired/depressed", "tired", "calm", "calm/content"),
)
"""The design's 4 × 4 squares, arousal downwards. A corner square is shared along its diagonal: the first of its labels
has the side of the arousal axis."""

means = st.floats(-1, 1)
sigmas = st.floats(0.02, 1)
planes = st.sampled_from(["octants", "grid"])


def songs_at(rows: list[tuple[float, float, float, float]]) -> AnnotatedSongs:
    """Songs with valence, arousal and their deviations."""
    count, values = len(rows), np.array(rows)
    names = np.array([str(number) for number in range(count)])
    paths = tuple(Path(name) for name in names)
    return AnnotatedSongs(
        "toy", tuple(names), paths, values[:, :2], values[:, 2:], names, names, "song", felt=False, coarse=False,
        sha256="", terms="",
    )  # fmt: skip


def counted_on_the_grid(left: float, right: float, bottom: float, top: float) -> np.ndarray:
    """Percent of 250 × 250 points of a rectangle in the squares of each label ``(9,)``, by the table alone."""
    steps = (np.arange(250) + 0.5) / 250
    x, y = np.meshgrid(left + (right - left) * steps, bottom + (top - bottom) * steps)
    column, row = (np.clip(((value + 1) * 2).astype(int), 0, 3) for value in (x, -y))
    steep, flat = (
        np.array([[LABELS["grid"].index(square.split("/")[side]) for square in squares] for squares in GRID])
        for side in (0, -1)
    )
    found = np.where(np.abs(y) > np.abs(x), steep[row, column], flat[row, column])
    return np.bincount(found.ravel(), minlength=9) / found.size * 100


@given(means, means, sigmas, sigmas)
def test_the_grids_shares_are_those_of_its_squares(
    valence: float, arousal: float, sigma_valence: float, sigma_arousal: float
) -> None:
    [vector] = percentages(songs_at([(valence, arousal, sigma_valence, sigma_arousal)]), k=1, plane="grid")
    counted = counted_on_the_grid(
        max(valence - sigma_valence, -1),
        min(valence + sigma_valence, 1),
        max(arousal - sigma_arousal, -1),
        min(arousal + sigma_arousal, 1),
    )
    assert vector == pytest.approx(counted, abs=1.5)  # a border crosses at most a few of a hundred points


@given(st.lists(st.tuples(means, means, sigmas, sigmas), min_size=1, max_size=4), st.sampled_from([1, 2, 3]), planes)
def test_every_songs_percentages_sum_to_100(
    rows: list[tuple[float, float, float, float]], k: int, plane: Plane
) -> None:
    percent = percentages(songs_at(rows), k=k, plane=plane)
    assert percent.shape == (len(rows), len(LABELS[plane]))
    assert percent.sum(axis=1) == pytest.approx(np.full(len(rows), 100.0))


@given(means, means, sigmas, sigmas, planes)
def test_a_point_reflection_turns_every_label_into_its_opposite(
    valence: float, arousal: float, sigma_valence: float, sigma_arousal: float, plane: Plane
) -> None:
    sigma = (sigma_valence, sigma_arousal)
    here, there = percentages(songs_at([(valence, arousal, *sigma), (-valence, -arousal, *sigma)]), k=2, plane=plane)
    assert np.roll(here[:8], 4) == pytest.approx(there[:8], abs=1e-6)
    assert here[8:] == pytest.approx(there[8:], abs=1e-6)


@given(means, means, st.floats(0.01, 1), st.floats(0.01, 1), planes)
def test_inside_the_plane_the_label_of_the_mean_never_gains_by_a_larger_k(
    valence: float, arousal: float, reach_valence: float, reach_arousal: float, plane: Plane
) -> None:
    """A region is convex: the lines from the mean leave it once. Clipping at the edge of the plane may undo that."""
    sigma = (reach_valence * (1 - abs(valence)) / 3, reach_arousal * (1 - abs(arousal)) / 3)
    song = songs_at([(valence, arousal, *sigma)])
    own = int(np.argmax(percentages(song, k=0, plane=plane)[0]))
    reaches = [percentages(song, k=k, plane=plane)[0, own] for k in (1, 2, 3)]
    if min(sigma) > 1e-3:  # below, the rectangle is hardly wider than a point's
        assert reaches[0] + 1e-6 >= reaches[1]
        assert reaches[1] + 1e-6 >= reaches[2]


def test_songs_without_deviations_have_the_usual_one() -> None:
    songs = songs_at([(0.3, 0.1, np.nan, np.nan), (0.3, 0.1, USUAL_DEVIATION, USUAL_DEVIATION), (0.3, 0.1, 0.1, 0.1)])
    percent = percentages(songs, k=1)
    assert percent[0].tolist() == percent[1].tolist()
    assert percent[0].tolist() != percent[2].tolist()


def test_the_constant_mean_errs_by_the_mean_distance_from_it() -> None:
    assert constant_mean_error(np.array([[100.0, 0], [50, 50], [0, 100]])) == pytest.approx(100 / 3)
    assert constant_mean_error(np.full((3, 8), 12.5)) == 0


def test_the_distribution_counts_the_largest_and_those_above_the_threshold() -> None:
    percent = np.array([[60.0, 40, 0, 0, 0, 0, 0, 0], [12.6, 0, 0, 0, 0, 0, 0, 87.4]])
    found = class_distribution(percent)
    assert found.mean_percent[:2].tolist() == [36.3, 20]
    assert found.largest.tolist() == [0.5, 0, 0, 0, 0, 0, 0, 0.5]
    assert found.above_threshold.tolist() == [0.5, 0.5, 0, 0, 0, 0, 0, 0.5]
    assert class_distribution(percent, threshold_percent=None).above_threshold[0] == 1


@pytest.mark.parametrize(
    ("rule", "octants", "grid"),
    [("source", [1, 0, 0], [1, 0, 0]), ("even", [1, 1, 0], [1, 1, 1]), ("largest", [1, 0, 0], [1, 0, 0])],
)
def test_a_song_has_the_labels_that_the_rule_gives_it(rule: LabelRule, octants: list[int], grid: list[int]) -> None:
    percent = np.array([[62.4, 12.6, 11.2, 13.8, 0, 0, 0, 0]])
    assert labels_of(percent, rule)[0, :3].tolist() == octants
    assert labels_of(np.column_stack([percent, [0.0]]), rule)[0, :3].tolist() == grid


@pytest.fixture(scope="module")
def deam() -> AnnotatedSongs:
    data = os.environ.get("MIEN_DATA")
    if not data:
        pytest.skip("MIEN_DATA does not name the folder with the research data")
    return read_deam(Path(data) / "music" / "deam", heard=False)


@pytest.mark.data
@pytest.mark.parametrize(("plane", "k"), [(plane, k) for plane in LABELS for k in (1, 2, 3)])
def test_deams_constant_mean_errs_as_the_table_of_the_networks_says(deam: AnnotatedSongs, plane: Plane, k: int) -> None:
    assert len(deam) == 1802
    assert round(constant_mean_error(percentages(deam, k=k, plane=plane)), 1) == DEAM_CONSTANT_MEAN[plane][k]


@pytest.mark.data
@pytest.mark.parametrize("k", [1, 2, 3])
def test_tired_is_deams_highest_percentage(deam: AnnotatedSongs, k: int) -> None:
    mean = class_distribution(percentages(deam, k=k)).mean_percent
    assert SONG_LABELS[int(np.argmax(mean))] == "tired"


@pytest.mark.data
def test_deams_labels_are_spread_as_counted_once(deam: AnnotatedSongs) -> None:
    found = class_distribution(percentages(deam, k=1))
    largest = {label: round(float(share) * 100, 1) for label, share in zip(SONG_LABELS, found.largest, strict=True)}
    above = {
        label: round(float(share) * 100, 1) for label, share in zip(SONG_LABELS, found.above_threshold, strict=True)
    }
    assert largest == {
        "frustrated": 7.4,
        "tense": 6.8,
        "excited": 17.5,
        "happy": 17.0,
        "content": 4.2,
        "calm": 9.0,
        "tired": 22.8,
        "depressed": 15.3,
    }
    assert above == {
        "frustrated": 27.0,
        "tense": 27.5,
        "excited": 42.6,
        "happy": 40.3,
        "content": 26.3,
        "calm": 33.2,
        "tired": 45.4,
        "depressed": 41.7,
    }
