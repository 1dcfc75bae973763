"""How far a model's confidence can be believed, and what makes it believable.

A network says ``softmax(z)``. Divided by a temperature T, its logits z give the same labels with another confidence
(Guo et al. 2017, "On Calibration of Modern Neural Networks"); here T goes into the weights of the last layer before
the model is converted, so that whoever runs the file gets calibrated probabilities without knowing of it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # measuring needs no keras, and the int8 runtime must not meet tensorflow in one process
    import keras

BINS = 15
"""Bins of equal width over confidences of 0–1, as in Guo et al. 2017."""

_SHARPEST, _FLATTEST = 0.25, 4.0  # temperatures beyond which something else is wrong with a network
_HALVINGS = 30
_TINY = 1e-12


def fit_temperature(probabilities: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """Return the temperature under which the true labels are likeliest.

    :param probabilities: what an uncalibrated network says, ``(n, n_labels)``, of examples that it did not learn from.
    :param truth: label indices ``(n,)``.
    :returns: 0.25–4; above 1 if the network was too sure of itself.
    :raises ValueError: if there are no examples.
    """
    if len(truth) == 0:
        msg = "nothing to calibrate on"
        raise ValueError(msg)
    logits = np.log(np.maximum(probabilities.astype(np.float64), _TINY))
    meant = logits[np.arange(len(truth)), truth]

    def is_too_sharp(sharpness: float) -> bool:
        """Is the likelihood falling here? Its slope over 1/T is the true labels' logits less the expected ones."""
        powers = np.exp(sharpness * (logits - logits.max(axis=1, keepdims=True)))
        expected = (powers * logits).sum(axis=1) / powers.sum(axis=1)
        return bool(np.mean(meant - expected) < 0)

    low, high = 1 / _FLATTEST, 1 / _SHARPEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_too_sharp(middle) else (middle, high)
    return 2 / (low + high)


def build_in(network: "keras.Model", temperature: float) -> None:
    """Divide the logits that a network computes by a temperature, in the weights of its layer ``logits``."""
    layer = network.get_layer("logits")
    layer.set_weights([weights / np.float32(temperature) for weights in layer.get_weights()])


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
