from dataclasses import dataclass

import numpy as np
import pytest

from tools.music_emotion.musicnn.parity import parities, parity, tag_probabilities

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


@dataclass
class ToyBackbone:
    """What of a converted backbone is compared; the real one needs tensorflow."""

    checkpoint: str
    n_means: int
    published: np.ndarray
    tag_kernel: np.ndarray
    tag_offset: np.ndarray
    folding_difference: float = 0.000012345678

    @property
    def n_hidden(self) -> int:
        return len(self.tag_kernel)

    @property
    def tags(self) -> np.ndarray:
        return tag_probabilities(self.published, self.tag_kernel, self.tag_offset)


@pytest.fixture
def backbones() -> list[ToyBackbone]:
    """Four means and two hidden values of the first, three hidden values of the second."""
    random = np.random.default_rng(4)
    return [
        ToyBackbone("first", 4, EMBEDDINGS, random.normal(size=(2, 5)), random.normal(size=5)),
        ToyBackbone("second", 0, EMBEDDINGS[:, :3] ** 2, random.normal(size=(3, 7)), random.normal(size=7)),
    ]


def test_each_backbone_is_compared_with_its_own_part(backbones: list[ToyBackbone]) -> None:
    figures = parities(backbones, np.concatenate([one.published for one in backbones], axis=1))
    assert list(figures) == ["first", "second"]
    for part in figures.values():
        assert part["embedding_cosine_smallest"] == part["top_tag_agreement"] == 1
        assert part["tag_probability_mean_difference"] == 0
        assert part["folding_largest_difference"] == 0.00001235


def test_an_error_of_one_backbone_is_not_the_others(backbones: list[ToyBackbone]) -> None:
    int8 = np.concatenate([one.published for one in backbones], axis=1)
    int8[:, 6:] = int8[::-1, 6:]
    figures = parities(backbones, int8)
    assert figures["first"]["embedding_cosine_centred_mean"] == 1
    assert figures["second"]["embedding_cosine_centred_mean"] < 0.5
    assert figures["second"]["tag_probability_mean_difference"] > 0.01


def test_tags_come_from_the_last_values_of_an_embedding() -> None:
    kernel, offset = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0.0, -1.0])
    probabilities = tag_probabilities(np.array([[9.0, 9.0, 0.0, 0.5]]), kernel, offset)
    assert probabilities.tolist() == [[0.5, 0.5]]
