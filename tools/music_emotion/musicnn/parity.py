"""How far the int8 model agrees with the published networks, in figures for the card."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tools.music_emotion.model.head import Floats

if TYPE_CHECKING:
    from tools.music_emotion.musicnn.conversion import ConvertedBackbone  # needs tensorflow


def parities(backbones: "Sequence[ConvertedBackbone]", int8: Floats) -> dict[str, dict[str, float]]:
    """Compare each backbone with its part of what the model file says, ``(n, n_said)``; by checkpoint."""
    figures, start = {}, 0
    for backbone in backbones:
        part = int8[:, start : start + backbone.n_means + backbone.n_hidden]
        start += part.shape[1]
        tags = tag_probabilities(part, backbone.tag_kernel, backbone.tag_offset)
        figures[backbone.checkpoint] = {
            "folding_largest_difference": round(backbone.folding_difference, 8),
            **parity(backbone.published, part, backbone.tags, tags),
        }
    return figures


def parity(published: Floats, int8: Floats, tags: Floats, int8_tags: Floats) -> dict[str, float]:
    """Compare embeddings ``(n, n_embedding)`` and tag probabilities ``(n, n_tags)`` of the same n patches.

    :param published: from the published graph.
    :param int8: from the model file, as the box runs it.
    """
    cosines = _cosine(published, int8)
    centre = published.mean(axis=0)
    centred = _cosine(published - centre, int8 - centre)
    figures = {
        "embedding_cosine_mean": cosines.mean(),
        "embedding_cosine_smallest": cosines.min(),
        "embedding_cosine_centred_mean": centred.mean(),
        "top_tag_agreement": np.mean(tags.argmax(axis=1) == int8_tags.argmax(axis=1)),
        "tag_probability_mean_difference": np.abs(tags - int8_tags).mean(),
    }
    return {"patches": len(published), **{name: round(float(value), 6) for name, value in figures.items()}}


def tag_probabilities(embeddings: Floats, kernel: Floats, offset: Floats) -> Floats:
    """Apply the published output layer, ``(n_hidden, n_tags)`` and ``(n_tags,)``, to the embeddings' hidden values."""
    logits = embeddings[:, -len(kernel) :] @ kernel + offset
    probabilities: Floats = 1 / (1 + np.exp(-logits))
    return probabilities


def _cosine(left: Floats, right: Floats) -> Floats:
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    cosines: Floats = (left * right).sum(axis=1) / lengths
    return cosines
