"""How well a head predicts songs it was not fitted on, beside the constant mean."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.music_emotion.evaluation.metrics import calibration, fit_figures, retrieval, vector_errors
from tools.music_emotion.model.head import AXES, Block, Floats, fit
from tools.music_emotion.model.rectangle import drawn_deviations, vectors_of

FOLDS = 10
SIZES = (1.0, 2.0, 3.0)
"""The k of the rectangles behind percentages and retrieval."""

_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What is said of songs that were held out: ``places`` and their ``deviations``, and the ``baseline``, ``(n, 2)``
    each.

    The baseline is the mean of the songs that were not held out.
    """

    places: Floats
    deviations: Floats
    baseline: Floats


def held_out_predictions(embeddings: Floats, targets: Floats, groups: NDArray[Any], blocks: Sequence[Block]) -> HeldOut:
    """Predict every group of songs by a head fitted on all others, strengths and uncertainty included.

    :param groups: ``(n,)``, folds or genres.
    """
    held = HeldOut(*(np.empty_like(targets) for _ in range(3)))
    for group in np.unique(groups):
        out = groups == group
        head = fit(embeddings[~out], targets[~out], blocks).head
        held.places[out] = head.predict(embeddings[out])
        held.deviations[out] = head.deviations(embeddings[out])
        held.baseline[out] = targets[~out].mean(axis=0)
    return held


def score(held: HeldOut, targets: Floats, spread: Floats) -> dict[str, Any]:
    """Return all metrics, rounded, as plain values.

    Per axis R², Pearson's r, mean absolute and root mean squared error of ``model`` and ``baseline``, and the
    ``deviations``' calibration; by k the ``percent`` errors and the ``retrieval`` of the emotion vectors.

    :param spread: ``(n, 2)``, σ of the ratings: it draws the true rectangles.
    """
    figures: dict[str, Any] = {}
    for index, axis in enumerate(AXES):
        truth, said = targets[:, index], held.places[:, index]
        figures[axis] = {
            "model": _rounded(fit_figures(truth, said)),
            "baseline": _rounded(fit_figures(truth, held.baseline[:, index])),
            "deviations": _rounded(calibration(truth, said, held.deviations[:, index])),
        }
    drawn = drawn_deviations(held.deviations)
    vectors = {k: (vectors_of(targets, spread, k), vectors_of(held.places, drawn, k)) for k in SIZES}
    figures["percent"] = {f"{k:g}": _rounded(vector_errors(*pair)) for k, pair in vectors.items()}
    figures["retrieval"] = {f"{k:g}": _rounded(retrieval(*pair)) for k, pair in vectors.items()}
    return figures


def _rounded(figures: Any) -> dict[str, float]:  # noqa: ANN401 - any dataclass of numbers
    return {name: round(float(value), _DECIMALS) for name, value in asdict(figures).items()}
