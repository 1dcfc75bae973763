"""The plane and its emotion vectors: exact, symmetric, and equal to what a raster of points would count."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS, FACE_PLACES, SONG_LABELS, Place
from device.emotion.vectors import Plane, Vectors, octant_of, song_vectors, threshold_labels, top_labels

BY_ANGLE = ("happy", "excited", "tense", "frustrated", "depressed", "tired", "calm", "content")
"""The design's octants, counter-clockwise from positive valence, 45° each."""

# Turning the plane sends the octant at place i of BY_ANGLE to the place (sum - i) mod 8.
SUMS = {"mirrored valence": 3, "mirrored arousal": 7, "swapped axes": 1}

means = st.floats(-1, 1)
sigmas = st.floats(0, 1)
reaches = st.floats(0.1, 3)
planes = st.sampled_from(["octants", "grid"])


def vector_of(
    valence: float,
    arousal: float,
    sigma_valence: float,
    sigma_arousal: float,
    k: float = 1,
    plane: Plane = "octants",
) -> Vectors:
    vectors = song_vectors(
        [valence], [arousal], sigma_valence=sigma_valence, sigma_arousal=sigma_arousal, k=k, plane=plane
    )
    first: Vectors = vectors[0]
    return first


def shares(vector: Vectors) -> dict[str, float]:
    """Labels with a share, in percent."""
    names = (*SONG_LABELS, "neutral")
    return {names[i]: float(value) for i, value in enumerate(vector) if value > 1e-9}


def area_of(valence: float, arousal: float, half_width: float, half_height: float) -> float:
    width = min(valence + half_width, 1) - max(valence - half_width, -1)
    return width * (min(arousal + half_height, 1) - max(arousal - half_height, -1))


def raster(left: float, right: float, bottom: float, top: float, plane: Plane) -> NDArray[np.float64]:
    """Percent of 300 × 300 points of a rectangle that lie in each label's region, by their angle."""
    steps = (np.arange(300) + 0.5) / 300
    x, y = np.meshgrid(left + (right - left) * steps, bottom + (top - bottom) * steps)
    sector = (np.degrees(np.arctan2(y, x)) % 360 // 45).astype(int)
    indices = np.array([SONG_LABELS.index(label) for label in BY_ANGLE])[sector]
    if plane == "grid":
        indices[(np.abs(x) < 0.5) & (np.abs(y) < 0.5)] = 8
    counts = np.bincount(indices.ravel(), minlength=8 if plane == "octants" else 9)
    return np.asarray(counts / counts.sum() * 100)


@given(means, means, sigmas, sigmas, reaches, planes)
@settings(max_examples=200)
def test_every_vector_sums_to_100_and_is_never_negative(
    valence: float, arousal: float, sigma_valence: float, sigma_arousal: float, k: float, plane: Plane
) -> None:
    vector = vector_of(valence, arousal, sigma_valence, sigma_arousal, k, plane)

    assert vector.shape == ((8,) if plane == "octants" else (9,))
    assert (vector >= 0).all()
    assert vector.sum() == pytest.approx(100, abs=1e-9)


@given(means, means, st.floats(0.01, 1), st.floats(0.01, 1), planes)
def test_shares_are_those_that_a_raster_of_points_counts(
    valence: float, arousal: float, sigma_valence: float, sigma_arousal: float, plane: Plane
) -> None:
    counted = raster(
        max(valence - sigma_valence, -1),
        min(valence + sigma_valence, 1),
        max(arousal - sigma_arousal, -1),
        min(arousal + sigma_arousal, 1),
        plane,
    )

    vector = vector_of(valence, arousal, sigma_valence, sigma_arousal, plane=plane)
    assert vector == pytest.approx(counted, abs=1.5)  # a border crosses at most a few of a hundred cells


@given(means, means, sigmas, sigmas, planes)
def test_reflections_and_the_swap_of_the_axes_only_rename_the_labels(
    valence: float, arousal: float, sigma_valence: float, sigma_arousal: float, plane: Plane
) -> None:
    plain = vector_of(valence, arousal, sigma_valence, sigma_arousal, plane=plane)
    turned = {
        "mirrored valence": vector_of(-valence, arousal, sigma_valence, sigma_arousal, plane=plane),
        "mirrored arousal": vector_of(valence, -arousal, sigma_valence, sigma_arousal, plane=plane),
        "swapped axes": vector_of(arousal, valence, sigma_arousal, sigma_valence, plane=plane),
    }

    places = [SONG_LABELS.index(label) for label in BY_ANGLE]
    for how, vector in turned.items():
        renamed = [places[(SUMS[how] - i) % 8] for i in range(8)]
        assert vector[renamed] == pytest.approx(plain[places], abs=1e-6), how
        assert vector[8:] == pytest.approx(plain[8:], abs=1e-6), how


@given(means, means, st.floats(0.001, 1), st.floats(0.001, 1), planes)
def test_a_wider_rectangle_holds_no_less_of_any_label(
    valence: float, arousal: float, sigma_valence: float, sigma_arousal: float, plane: Plane
) -> None:
    previous = np.zeros(8 if plane == "octants" else 9)
    for k in (1, 2, 3):
        area = area_of(valence, arousal, k * sigma_valence, k * sigma_arousal)
        areas = vector_of(valence, arousal, sigma_valence, sigma_arousal, k, plane) / 100 * area
        assert (areas >= previous - 1e-9).all()
        previous = areas


@given(means, means, sigmas, sigmas, reaches)
def test_k_multiplies_the_deviations(
    valence: float, arousal: float, sigma_valence: float, sigma_arousal: float, k: float
) -> None:
    multiplied = vector_of(valence, arousal, k * sigma_valence, k * sigma_arousal)

    assert vector_of(valence, arousal, sigma_valence, sigma_arousal, k) == pytest.approx(multiplied)


@pytest.mark.parametrize(
    ("rectangle", "expected"),
    [
        pytest.param((0.5, 0.5, 0.5, 0.5), {"excited": 50, "happy": 50}, id="a quadrant"),
        pytest.param((0.5, 0.25, 0.5, 0.25), {"excited": 25, "happy": 75}, id="the lower half of a quadrant"),
        pytest.param((0.4, 0.1, 0.2, 0.2), {"excited": 3.125, "happy": 71.875, "content": 25}, id="over two borders"),
        pytest.param((0.0, 0.0, 0.3, 0.3), dict.fromkeys(SONG_LABELS, 12.5), id="around the centre"),
        pytest.param((0.3, -0.7, 9.0, 9.0), dict.fromkeys(SONG_LABELS, 12.5), id="the whole plane"),
        pytest.param((-1.0, -1.0, 0.25, 0.25), {"tired": 50, "depressed": 50}, id="clipped by a corner"),
        pytest.param(
            (-0.5, 0.0, 0.5, 1.0),
            {"frustrated": 25, "tense": 25, "tired": 25, "depressed": 25},
            id="the left half",
        ),
        pytest.param((0.8, -0.1, 0.1, 0.1), {"content": 100}, id="inside one octant"),
    ],
)
def test_octants_known_by_hand(rectangle: tuple[float, float, float, float], expected: dict[str, float]) -> None:
    assert shares(vector_of(*rectangle)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rectangle", "expected"),
    [
        pytest.param((0.0, 0.0, 0.5, 0.5), {"neutral": 100}, id="the central squares"),
        pytest.param((0.3, 0.0, 2.0, 2.0), dict.fromkeys(SONG_LABELS, 9.375) | {"neutral": 25}, id="the whole plane"),
        pytest.param((0.75, 0.75, 0.25, 0.25), {"excited": 50, "happy": 50}, id="a corner square, along its diagonal"),
        pytest.param((0.25, 0.75, 0.25, 0.25), {"excited": 100}, id="an edge square"),
        pytest.param((-0.75, -0.25, 0.25, 0.25), {"depressed": 100}, id="another edge square"),
        pytest.param((0.5, 0.25, 0.25, 0.25), {"happy": 50, "neutral": 50}, id="half in the centre"),
        pytest.param((0.2, 0.1, 0.0, 0.0), {"neutral": 100}, id="a point in the centre"),
        pytest.param((0.5, 0.2, 0.0, 0.0), {"happy": 50, "neutral": 50}, id="a point on the centre's edge"),
        pytest.param((0.5, 0.5, 0.0, 0.0), {"excited": 37.5, "happy": 37.5, "neutral": 25}, id="on its corner"),
    ],
)
def test_grid_known_by_hand(rectangle: tuple[float, float, float, float], expected: dict[str, float]) -> None:
    assert shares(vector_of(*rectangle, plane="grid")) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("valence", "arousal", "expected"),
    [
        pytest.param(0.6, 0.2, {"happy"}, id="inside an octant"),
        pytest.param(0.5, 0.0, {"happy", "content"}, id="on an axis"),
        pytest.param(0.0, 1.0, {"tense", "excited"}, id="where an axis meets the edge"),
        pytest.param(-0.3, -0.3, {"tired", "depressed"}, id="on a diagonal"),
        pytest.param(1.0, 1.0, {"happy", "excited"}, id="in a corner"),
        pytest.param(0.0, 0.0, set(SONG_LABELS), id="in the centre"),
    ],
)
def test_a_point_belongs_in_equal_shares_to_the_labels_that_meet_there(
    valence: float, arousal: float, expected: set[str]
) -> None:
    assert shares(vector_of(valence, arousal, 0, 0)) == pytest.approx(dict.fromkeys(expected, 100 / len(expected)))
    assert octant_of(valence, arousal) == min(expected, key=SONG_LABELS.index)


@given(st.sampled_from(range(8)), st.floats(0.01, 44.99), st.floats(0.001, 1))
@settings(max_examples=200)
def test_a_place_is_named_by_its_angle(sector: int, within: float, radius: float) -> None:
    angle = math.radians(45 * sector + within)
    edge = max(abs(math.cos(angle)), abs(math.sin(angle)))

    valence, arousal = radius * math.cos(angle) / edge, radius * math.sin(angle) / edge
    assert octant_of(np.clip(valence, -1, 1), np.clip(arousal, -1, 1)) == BY_ANGLE[sector]


@given(st.lists(st.tuples(means, means, sigmas), max_size=5))
def test_many_rows_give_what_each_gives_alone(rows: list[tuple[float, float, float]]) -> None:
    columns = np.array(rows).reshape(-1, 3)
    together = song_vectors(columns[:, 0], columns[:, 1], sigma_valence=columns[:, 2], sigma_arousal=0.1)

    assert together.shape == (len(rows), 8)
    for row, (valence, arousal, sigma) in zip(together, rows, strict=True):
        assert row.tolist() == vector_of(valence, arousal, sigma, 0.1).tolist()


def test_a_k_of_0_leaves_the_point() -> None:
    assert vector_of(0.3, 0.3, 0.4, 0.4, k=0).tolist() == vector_of(0.3, 0.3, 0, 0).tolist()


def test_a_mean_outside_the_plane_is_moved_to_its_edge() -> None:
    assert vector_of(1.7, -3, 0.2, 0.2).tolist() == vector_of(1, -1, 0.2, 0.2).tolist()


@pytest.mark.parametrize(
    ("valence", "sigma", "k"),
    [
        (math.nan, 0.1, 1),
        (math.inf, 0.1, 1),
        (-math.inf, 0.1, 1),
        (0, math.nan, 1),
        (0, math.inf, 1),
        (0, -0.1, 1),
        (0, 0.1, -1),
        (0, -0.1, -1),
        (0, 0, -1),
        (0, 0.1, math.nan),
        (0, 0, math.inf),
    ],
)
def test_what_is_not_finite_or_negative_is_refused(valence: float, sigma: float, k: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        vector_of(valence, 0, sigma, sigma, k)
    with pytest.raises(ValueError, match="finite"):
        vector_of(0, valence, sigma, sigma, k)


def test_top_labels_mark_the_first_of_the_largest_shares() -> None:
    vectors = np.array([[10.0, 50, 40, 0, 0, 0, 0, 0], [0, 0, 0, 50, 50, 0, 0, 0], [12.5] * 8])

    assert np.argwhere(top_labels(vectors)).tolist() == [[0, 1], [1, 3], [2, 0]]


@given(
    st.floats(0.05, 0.95),
    st.floats(0.01, 1),
    st.sampled_from([((1, 1), "excited"), ((-1, 1), "frustrated"), ((-1, -1), "tired"), ((1, -1), "content")]),
)
def test_of_two_labels_whose_shares_are_halves_the_first_is_on_top_and_neither_above_the_half(
    distance: float, reach: float, corner: tuple[tuple[int, int], str]
) -> None:
    """A square on a diagonal is halved by it; how the halves come out is up to rounding."""
    (east, north), first = corner
    sigma = reach * min(distance, 1 - distance)
    vectors = song_vectors([east * distance], [north * distance], sigma_valence=sigma, sigma_arousal=sigma)
    assert np.flatnonzero(top_labels(vectors)[0]).tolist() == [SONG_LABELS.index(first)]
    assert not threshold_labels(vectors, threshold_percent=50).any()


@given(sigmas)
def test_a_square_around_the_centre_has_no_label_above_an_even_share(sigma: float) -> None:
    vectors = song_vectors([0], [0], sigma_valence=sigma, sigma_arousal=sigma)
    assert not threshold_labels(vectors).any()
    assert np.flatnonzero(top_labels(vectors)[0]).tolist() == [0]


def test_threshold_labels_mark_every_share_above_the_limit() -> None:
    vectors = np.array([[12.51, 13.1, 74.39, 0, 0, 0, 0, 0], [12.5] * 8])

    assert threshold_labels(vectors).tolist() == [[True] * 3 + [False] * 5, [False] * 8]
    assert threshold_labels(vectors, threshold_percent=13)[0].tolist() == [False, True, True] + [False] * 5
    assert threshold_labels(np.full((1, 9), 11.5)).all()


@pytest.mark.parametrize(
    ("valence", "arousal"), [(1.01, 0), (-1.01, 0), (0, 1.01), (0, -1.01), (math.nan, 0), (0, math.inf)]
)
def test_a_place_outside_the_plane_is_refused(valence: float, arousal: float) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        Place(valence, arousal)


@pytest.mark.parametrize("valence", [-1, 1])
@pytest.mark.parametrize("arousal", [-1, 1])
def test_the_plane_ends_with_its_corners(valence: float, arousal: float) -> None:
    assert Place(valence, arousal).valence == valence


def test_every_face_label_lies_where_the_sources_put_it() -> None:
    anger, disgust, contempt = (FACE_PLACES[label] for label in ("anger", "disgust", "contempt"))

    assert tuple(FACE_PLACES) == FACE_LABELS
    assert {label: (place.valence, place.arousal) for label, place in FACE_PLACES.items() if label != "contempt"} == {
        "anger": (-0.51, 0.59),
        "disgust": (-0.60, 0.35),
        "fear": (-0.64, 0.60),
        "happiness": (0.81, 0.51),
        "sadness": (-0.63, -0.27),
        "surprise": (0.40, 0.67),
        "neutral": (0.0, -0.3),
    }
    assert contempt.valence == pytest.approx((anger.valence + disgust.valence) / 2)
    assert contempt.arousal == pytest.approx((anger.arousal + disgust.arousal) / 2)
