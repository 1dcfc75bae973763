"""How near a music model comes to what people said: pure formulas, and the trivial answers to set beside them.

Everything here takes plain arrays. A figure that does not exist, such as the correlation with a constant, is nan.
"""

from dataclasses import dataclass

import numpy as np

from device.emotion.vectors import Vectors
from device.recommendation.ranking import cosine_similarities, rank
from tools.music_emotion.datasets.labels import constant_mean_error
from tools.music_emotion.model.head import Floats

NOMINAL_WITHIN = (0.6827, 0.9545)
"""Shares of a normal distribution within ±1σ and ±2σ: what a calibrated σ would reach."""

_FEWEST_TO_RANK = 2


@dataclass(frozen=True, slots=True)
class RegressionFigures:
    """How well one axis is predicted; see the functions of these names."""

    r2: float
    pearson_r: float
    mae: float
    rmse: float


@dataclass(frozen=True, slots=True)
class PercentErrors:
    """Mean absolute errors of percentages, in percentage points, over all songs and labels.

    ``constant_mean`` is the error of answering every song with the mean row of the *evaluated* songs: it has seen the
    answers, which no constant of a user of the model has. ``share`` is ``model / constant_mean``: 0 is perfect, 1 no
    better than that constant.
    """

    model: float
    constant_mean: float
    share: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """True similarity, a cosine in [0, 1], of the song ranked first to the song asked for: mean over the songs.

    ``model`` ranks by predicted vectors; ``random`` is what any other song gives on average, ``best`` what the truth
    itself would choose.
    """

    model: float
    random: float
    best: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well predicted deviations tell the size of the errors on one axis.

    ``within_one`` and ``within_two`` are the shares of songs whose true value lies within ±1σ and ±2σ of the predicted
    one; compare with ``NOMINAL_WITHIN``. ``negative_log_likelihood`` is that of a normal distribution, in nats, mean
    over the songs (lower is better). ``constant_negative_log_likelihood`` is that of one σ for all songs: the best one
    in hindsight, ``constant_deviation``, which is the root mean square of these very errors.
    """

    within_one: float
    within_two: float
    negative_log_likelihood: float
    constant_deviation: float
    constant_negative_log_likelihood: float


def r2(truth: Floats, predicted: Floats) -> float:
    """Coefficient of determination, 1 − Σ(t − p)² / Σ(t − mean t)², of ``(n,)`` values; at most 1.

    The mean is that of the evaluated songs, so answering with it scores 0 and any other constant less. nan where the
    truth does not vary.
    """
    total = float((_centred(truth) ** 2).sum())
    return 1 - float(((truth - predicted) ** 2).sum()) / total if total else float("nan")


def pearson_r(truth: Floats, predicted: Floats) -> float:
    """Pearson's correlation of ``(n,)`` values, in [-1, 1]; nan where either does not vary."""
    first, second = _centred(truth), _centred(predicted)
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.clip(first @ second / lengths, -1, 1)) if lengths else float("nan")


def mae(truth: Floats, predicted: Floats) -> float:
    """Mean absolute error, in the unit of the values; arrays of any shape, or that broadcast."""
    return float(np.abs(truth - predicted).mean())


def rmse(truth: Floats, predicted: Floats) -> float:
    """Root of the mean squared error, in the unit of the values."""
    return float(np.sqrt(((truth - predicted) ** 2).mean()))


def fit_figures(truth: Floats, predicted: Floats) -> RegressionFigures:
    """Measure one axis, ``(n,)`` values each.

    :raises ValueError: if there is nothing to compare.
    """
    _refuse_nothing(truth)
    return RegressionFigures(
        r2(truth, predicted), pearson_r(truth, predicted), mae(truth, predicted), rmse(truth, predicted)
    )


def constant_mean_fit(truth: Floats) -> RegressionFigures:
    """Measure answering every song with the mean of the evaluated songs: R² 0, RMSE their standard deviation."""
    return fit_figures(truth, np.full_like(truth, truth.mean()))


def vector_errors(true_vectors: Vectors, predicted_vectors: Vectors) -> PercentErrors:
    """Compare percentages, ``(n, labels)`` each.

    :raises ValueError: if there is nothing to compare.
    """
    _refuse_nothing(true_vectors)
    model, constant = mae(true_vectors, predicted_vectors), constant_mean_error(true_vectors)
    return PercentErrors(model, constant, model / constant if constant else float("nan"))


def retrieval(true_vectors: Vectors, predicted_vectors: Vectors) -> Retrieval:
    """Ask for every song by its true vector and see how alike the other song is that the box would play.

    The box's own ranking is used: cosine with the predicted vectors, the earlier row of equals first, which in a song
    table is the smaller id. The song asked for does not rank.

    :param true_vectors: ``(n, 8)``, n ≥ 2; likewise ``predicted_vectors``.
    :raises ValueError: if there is no other song to rank.
    """
    count = len(true_vectors)
    if count < _FEWEST_TO_RANK:
        msg = f"{count} songs leave no other to rank"
        raise ValueError(msg)
    reached = np.empty((count, 3))
    for query, vector in enumerate(true_vectors):
        others = np.arange(count) != query
        first = rank(cosine_similarities(vector, predicted_vectors), others)[0]
        alike = cosine_similarities(vector, true_vectors)
        reached[query] = alike[first], alike[others].mean(), alike[others].max()
    model, random, best = (float(value) for value in reached.mean(axis=0))
    return Retrieval(model, random, best)


def calibration(truth: Floats, predicted: Floats, deviations: Floats) -> Calibration:
    """Measure predicted deviations σ > 0 against the errors of one axis, ``(n,)`` values each.

    :raises ValueError: if there is nothing to compare, or a deviation is not above 0.
    """
    _refuse_nothing(truth)
    if not (deviations > 0).all():
        msg = "every deviation must be above 0"
        raise ValueError(msg)
    errors = np.abs(truth - predicted)
    constant = rmse(truth, predicted)
    return Calibration(
        within_one=float((errors <= deviations).mean()),
        within_two=float((errors <= 2 * deviations).mean()),
        negative_log_likelihood=_negative_log_likelihood(errors, deviations),
        constant_deviation=constant,
        constant_negative_log_likelihood=(
            _negative_log_likelihood(errors, np.full_like(errors, constant)) if constant else -float("inf")
        ),
    )


def _negative_log_likelihood(errors: Floats, deviations: Floats) -> float:
    return float((0.5 * np.log(2 * np.pi * deviations**2) + 0.5 * (errors / deviations) ** 2).mean())


def _centred(values: Floats) -> Floats:
    """Take the mean away; what does not vary becomes exactly 0, whatever the mean's rounding."""
    return values - values.mean() if np.ptp(values) else np.zeros_like(values)


def _refuse_nothing(truth: Floats) -> None:
    if len(truth) == 0:
        msg = "nothing to measure"
        raise ValueError(msg)
