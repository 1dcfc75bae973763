"""How far the int8 model agrees with the published network, in figures for the card."""

import numpy as np

from tools.music_emotion.head import Floats


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
