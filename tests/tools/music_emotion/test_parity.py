import numpy as np
import pytest

from tools.music_emotion.parity import parity, tag_probabilities

EMBEDDINGS = np.random.default_rng(2).normal(3.0, 1.0, (12, 6))
TAGS = np.random.default_rng(3).random((12, 5))


def test_equal_answers_agree_wholly() -> None:
    figures = parity(EMBEDDINGS, EMBEDDINGS, TAGS, TAGS)
    assert figures["patches"] == 12
    assert figures["embedding_cosine_smallest"] == pytest.approx(1)
    assert figures["embedding_cosine_centred_mean"] == pytest.approx(1)
    assert figures["top_tag_agreement"] == 1
    assert figures["tag_probability_mean_difference"] == 0


def test_the_centred_cosine_sees_what_a_common_offset_hides() -> None:
    shuffled = EMBEDDINGS[::-1]
    figures = parity(EMBEDDINGS, shuffled, TAGS, TAGS[::-1])
    assert figures["embedding_cosine_mean"] > 0.8
    assert figures["embedding_cosine_centred_mean"] < 0.5
    assert figures["top_tag_agreement"] < 1


def test_tags_come_from_the_last_values_of_an_embedding() -> None:
    kernel, offset = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0.0, -1.0])
    probabilities = tag_probabilities(np.array([[9.0, 9.0, 0.0, 0.5]]), kernel, offset)
    assert probabilities.tolist() == [[0.5, 0.5]]
