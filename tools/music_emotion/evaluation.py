"""How well a head predicts songs it was not fitted on, beside the constant-mean baseline."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.music_emotion.head import AXES, Floats, fit_chosen

FOLDS = 10


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions for songs that were held out: ``model`` and ``baseline``, both ``(n, 2)``.

    The baseline is the mean of the songs that were not held out.
    """

    model: Floats
    baseline: Floats


def random_folds(count: int, *, seed: int) -> NDArray[np.intp]:
    """Deal ``count`` songs to ``FOLDS`` folds of like size; return each song's fold."""
    return np.random.default_rng(seed).permutation(count) % FOLDS


def held_out_predictions(embeddings: Floats, targets: Floats, groups: NDArray[Any], *, seed: int) -> Predictions:
    """Predict every group of songs by a head fitted on all others.

    The strength is chosen anew inside every such fit (nested cross-validation), so that no held-out song has a say in
    it.

    :param groups: ``(n,)``, folds or genres.
    """
    model, baseline = np.empty_like(targets), np.empty_like(targets)
    for group in np.unique(groups):
        held_out = groups == group
        known, known_targets = embeddings[~held_out], targets[~held_out]
        head, _ = fit_chosen(known, known_targets, random_folds(len(known), seed=seed))
        model[held_out] = head.predict(embeddings[held_out])
        baseline[held_out] = known_targets.mean(axis=0)
    return Predictions(model, baseline)


def residual_deviation(predictions: Predictions, targets: Floats) -> dict[str, float]:
    """Return the standard deviation of what the held-out predictions miss, per axis: the σ of a song's rectangle."""
    deviation = (targets - predictions.model).std(axis=0)
    return {axis: round(float(value), 4) for axis, value in zip(AXES, deviation, strict=True)}


def score(predictions: Predictions, targets: Floats) -> dict[str, Any]:
    """Return R², Pearson's r and the mean absolute error of model and baseline, per axis."""
    table = {}
    for index, axis in enumerate(AXES):
        truth = targets[:, index]
        table[axis] = {
            "model": _figures(predictions.model[:, index], truth),
            "baseline": _figures(predictions.baseline[:, index], truth),
        }
    return table


def _figures(predicted: Floats, truth: Floats) -> dict[str, float]:
    """R² is against the mean of all songs, so a baseline that cannot see the held-out ones is a little below 0."""
    errors = truth - predicted
    figures = {
        "r2": 1 - (errors**2).sum() / ((truth - truth.mean()) ** 2).sum(),
        "mae": np.abs(errors).mean(),
        "pearson_r": np.corrcoef(predicted, truth)[0, 1],
    }
    return {name: round(float(value), 4) for name, value in figures.items()}
