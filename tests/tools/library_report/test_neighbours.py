import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from device.recommendation.ranking import cosine_similarities, rank
from tools.library_report.neighbours import NONE, TOP, nearest_neighbours, nearest_rows

# Few different values, so that ties are frequent.
VECTORS = st.integers(1, 40).flatmap(
    lambda count: arrays(float, (count, 8), elements=st.sampled_from([0.0, 1.0, 3.0, 100 / 3])).map(
        lambda rows: rows + np.eye(8)[0]
    )
)


def quiet(done: int, total: int) -> None:
    assert 0 < done <= total


@given(vectors=VECTORS, most=st.integers(1, 12))
def test_the_nearest_are_the_first_of_the_boxs_ranking(vectors: np.ndarray, most: int) -> None:
    query = vectors[len(vectors) // 2]
    whole = rank(cosine_similarities(query, vectors), np.ones(len(vectors), dtype=np.bool_))
    assert nearest_rows(query, vectors, most=most).tolist() == whole[:most].tolist()


@given(vectors=VECTORS)
def test_neighbours_are_the_nearest_songs_but_the_song_itself(vectors: np.ndarray) -> None:
    found = nearest_neighbours(vectors, quiet)
    for row, vector in enumerate(vectors):
        whole = rank(cosine_similarities(vector, vectors), np.ones(len(vectors), dtype=np.bool_))
        expected = [other for other in whole if other != row][:TOP]
        padding = TOP - len(expected)
        assert found.rows[row].tolist() == expected + [NONE] * padding
        near = cosine_similarities(vector, vectors)[expected]
        assert found.similarities[row].tolist() == pytest.approx([*near, *[0.0] * padding])


def test_no_songs_have_no_neighbours() -> None:
    assert nearest_neighbours(np.empty((0, 8)), quiet).rows.shape == (0, TOP)
