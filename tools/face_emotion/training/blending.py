"""Between an earlier model and what a training made of it: the weighted mean of their weights.

A network that goes on with other faces gains on these and loses some of what it knew; the mean keeps most of both, and
costs the box nothing (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

from collections.abc import Callable

import keras
import numpy as np

from tools.face_emotion.training.earlier_model import EarlierModel, folded, set_folded
from tools.model_making.int8 import WeightedLayer

SHARES = tuple(np.round(np.linspace(0.1, 1.0, 10), 1).tolist())
"""What is tried of the trained network; a share of 0 would be the earlier model again."""


def blend(network: keras.Model, earlier: EarlierModel, score: Callable[[keras.Model], float]) -> dict[float, float]:
    """Give a trained network of the architecture ``default`` the mean of weights that scores best.

    :param score: how good a network is on examples that it did not learn from; of equals the larger share wins.
    :returns: the score of each of :data:`SHARES`; the best is in the network.
    """
    trained, scores = folded(network), dict[float, float]()

    def put(share: float) -> None:
        mixed = [_mean(before, after, share) for before, after in zip(earlier.layers, trained, strict=True)]
        set_folded(network, mixed)

    for share in SHARES:
        put(share)
        scores[share] = score(network)
    put(best_share(scores))
    return scores


def best_share(scores: dict[float, float]) -> float:
    """Return the share that scores best; of equals the largest."""
    return max(scores, key=lambda share: (scores[share], share))


def _mean(before: WeightedLayer, after: WeightedLayer, share: float) -> WeightedLayer:
    return WeightedLayer(
        ((1 - share) * before.kernel + share * after.kernel).astype(np.float32),
        ((1 - share) * before.bias + share * after.bias).astype(np.float32),
    )
