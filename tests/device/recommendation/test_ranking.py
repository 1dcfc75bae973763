"""The order of songs: a cosine that knows no scale, ties by row, and the nearest few as the first of all."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.recommendation.ranking import cosine_similarities, nearest, rank
from device.recommendation.song_index import SongIndex, index_of
from tests.device.vector_lists import Vector, vector_lists

queries = st.tuples(*[st.integers(0, 20)] * 8).filter(any)


def squared_cosine(query: Vector, vector: Vector) -> Fraction:
    """Exactly; it ranks like the cosine, since neither has negative entries."""
    product = sum(a * b for a, b in zip(query, vector, strict=True))
    return Fraction(product**2, sum(a * a for a in query) * sum(b * b for b in vector))


@given(queries, vector_lists(), st.data())
def test_ranking_is_that_of_exact_arithmetic_with_ties_by_row(
    query: Vector, vectors: list[Vector], data: st.DataObject
) -> None:
    playable = data.draw(st.lists(st.booleans(), min_size=len(vectors), max_size=len(vectors)))
    similarities = cosine_similarities(np.array(query, float), np.array(vectors, float).reshape(-1, 8))

    rows = [row for row, usable in enumerate(playable) if usable]
    expected = sorted(rows, key=lambda row: (-squared_cosine(query, vectors[row]), row))
    assert rank(similarities, np.array(playable, dtype=np.bool_)).tolist() == expected


@given(queries, vector_lists(), st.floats(1e-3, 1e3))
def test_similarity_is_the_cosine_lies_in_0_to_1_and_knows_no_scale(
    query: Vector, vectors: list[Vector], scale: float
) -> None:
    matrix = np.array(vectors, float).reshape(-1, 8)
    similarities = cosine_similarities(np.array(query, float), matrix)

    assert ((similarities >= 0) & (similarities <= 1)).all()
    assert similarities**2 == pytest.approx([float(squared_cosine(query, vector)) for vector in vectors])
    assert cosine_similarities(scale * np.array(query, float), matrix) == pytest.approx(similarities)
    assert cosine_similarities(np.array(query, float), scale * matrix) == pytest.approx(similarities)


@given(st.lists(st.tuples(*[st.floats(0, 100)] * 8).filter(lambda v: sum(v) > 1), min_size=1, max_size=20))
def test_what_points_the_same_way_is_as_similar_as_can_be_and_no_more(rows: list[tuple[float, ...]]) -> None:
    for row in rows:
        [similarity] = cosine_similarities(np.array(row), np.array([row]))
        assert 1 - 1e-9 < similarity <= 1


def indexed(vectors: list[Vector]) -> SongIndex:
    return index_of((number, "", vector) for number, vector in enumerate(vectors))


@given(queries, vector_lists(), st.integers(1, 12), st.data())
def test_the_nearest_are_the_first_of_the_whole_order(
    query: Vector, vectors: list[Vector], most: int, data: st.DataObject
) -> None:
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=len(vectors), max_size=len(vectors))), dtype=np.bool_)
    index, direction = indexed(vectors), np.array(query, float)
    rows, similarities = nearest(direction, index, allowed, most=most)

    whole = cosine_similarities(direction, index.quantised_vectors)
    assert rows.tolist() == rank(whole, allowed)[:most].tolist()
    assert similarities == pytest.approx(whole[rows], abs=1e-12)


@pytest.mark.parametrize("kinds", [3, 40, 20_000])
@pytest.mark.parametrize("most", [1, 5, 60])
def test_the_nearest_of_many_are_those_of_a_full_sort_though_many_are_alike(kinds: int, most: int) -> None:
    random = np.random.default_rng(kinds)
    vectors = random.dirichlet(np.full(8, 0.3), kinds)[random.integers(0, kinds, 20_000)] * 100
    index = index_of((number, "", vector.tolist()) for number, vector in enumerate(vectors))
    allowed = random.random(20_000) < 0.7
    query = random.dirichlet(np.ones(8))
    rows, _ = nearest(query, index, allowed, most=most)

    assert rows.tolist() == rank(cosine_similarities(query, index.quantised_vectors), allowed)[:most].tolist()
