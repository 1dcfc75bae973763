"""How far a model's confidence can be believed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15
"""Bins of equal width over confidences of 0–1, as in Guo et al. 2017, "On Calibration of Modern Neural Networks"."""


def reliability(probabilities: NDArray[np.float32], truth: NDArray[np.int64]) -> dict[str, Any]:
    """Compare the likeliest label's probability with how often that label is right.

    :param probabilities: ``(n, n_labels)``, each row summing to 1.
    :param truth: label indices ``(n,)``.
    :returns: ``expected_calibration_error``, the mean distance between confidence and accuracy over the bins, weighted
        by their examples, in [0, 1]; and ``bins``, those that hold any: ``from``, ``to``, ``examples``, mean
        ``confidence`` and ``accuracy``.
    :raises ValueError: if there is nothing to compare.
    """
    if len(truth) == 0:
        msg = "nothing to measure"
        raise ValueError(msg)
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == truth
    places = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    bins = []
    error = 0.0
    for place in np.unique(places):
        inside = places == place
        said, found = float(confidence[inside].mean()), float(right[inside].mean())
        error += abs(said - found) * float(inside.mean())
        bins.append(
            {
                "from": round(place / BINS, 4),
                "to": round((place + 1) / BINS, 4),
                "examples": int(inside.sum()),
                "confidence": round(said, 4),
                "accuracy": round(found, 4),
            }
        )
    return {"expected_calibration_error": round(error, 4), "bins": bins}
