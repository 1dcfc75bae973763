"""How far figures hang on who happened to be in a set: intervals by drawing its people again.

Whole people are drawn with replacement (the cluster bootstrap's percentiles, Efron & Tibshirani 1993), so that several
pictures of one person do not pass for several witnesses. Where a set names nobody, every picture is its own person.
Of few people the bootstrap knows too little (three who are all read rightly give 1.000–1.000): shares of fewer than
:data:`FEW` get Wilson's interval for as many examples as there are people, and their macro averages none.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from tools.face_emotion.evaluation.metrics import measure, wilson

RESAMPLES = 1000
FEW = 20
_SEED = 18  # of the draws; an interval's edge then moves by a tenth of its width from seed to seed
_SIZE = len(FACE_LABELS)


def measure_people(
    truth: NDArray[np.int64], predicted: NDArray[np.int64], people: NDArray[np.str_] | None = None
) -> dict[str, Any]:
    """Measure as :func:`tools.face_emotion.evaluation.metrics.measure` does, with intervals that know of people.

    :param people: ``(n,)``, who is seen in each example; None where that is not known.
    :returns: the same, with ``macro_recall_interval`` and ``macro_f1_interval`` (None of few people). With people also
        ``subjects``, how many there are, and every interval drawn by whole people.
    :raises ValueError: if there is nothing to measure.
    """
    measured = measure(truth, predicted)
    _, groups = np.unique(np.arange(len(truth)) if people is None else people, return_inverse=True)
    cells = np.zeros((int(groups.max()) + 1, _SIZE * _SIZE))
    np.add.at(cells, (groups, truth * _SIZE + predicted), 1)
    confusions = (_draws(len(cells), _SEED, RESAMPLES) @ cells).reshape(-1, _SIZE, _SIZE)
    hits, truths, said = np.einsum("rii->ri", confusions), confusions.sum(axis=2), confusions.sum(axis=1)
    present = truths > 0
    recall = np.divide(hits, truths, out=np.full_like(hits, np.nan), where=present)
    f1 = np.where(present, 2 * hits / np.maximum(truths + said, 1), np.nan)
    enough = len(cells) >= FEW
    measured["macro_recall_interval"] = _percentiles(np.nanmean(recall, axis=1)) if enough else None
    measured["macro_f1_interval"] = _percentiles(np.nanmean(f1, axis=1)) if enough else None
    if people is None:
        return measured
    measured["subjects"] = len(cells)
    right = (truth == predicted).astype(np.float64)
    measured["accuracy_interval"] = share_interval(right, people)
    for index, scores in enumerate(measured["by_class"].values()):
        scores["recall_interval"] = share_interval(right[truth == index], people[truth == index])
    return measured


def share_interval(right: NDArray[np.float64], people: NDArray[np.str_] | None = None) -> list[float] | None:
    """Return the 95 % interval of a share by drawing whole people again, or Wilson's where people are few or unknown.

    :param right: ``(n,)`` of 0 and 1.
    :returns: None without values.
    """
    if people is None or len(right) == 0:
        return wilson(int(right.sum()), len(right))
    known = len(np.unique(people))
    if known < FEW:
        return wilson(float(right.mean()) * known, known)
    return mean_interval(right, people)


def mean_interval(values: NDArray[np.float64], people: NDArray[np.str_] | None = None) -> list[float] | None:
    """Return the 95 % interval of a mean by drawing whole people (examples where they are unknown) again.

    :param values: ``(n,)``, such as the differences between two models' answers to each example, which pairs them.
    :returns: None without values.
    """
    if len(values) == 0:
        return None
    _, groups = np.unique(np.arange(len(values)) if people is None else people, return_inverse=True)
    return interval_over_groups(np.bincount(groups, weights=values), np.bincount(groups))


def interval_over_groups(
    sums: NDArray[Any], counts: NDArray[np.int64], *, seed: int = _SEED, resamples: int = RESAMPLES
) -> list[float]:
    """Return the 95 % interval of a mean whose values come in groups, such as the frames of one person.

    :param sums: ``(groups,)``, of each group's values, such as how many were answered rightly.
    :param counts: ``(groups,)``, how many values each group has, at least 1.
    """
    drawn = _draws(len(sums), seed, resamples)
    return _percentiles((drawn @ sums) / (drawn @ counts))


def _draws(groups: int, seed: int, resamples: int) -> NDArray[np.float64]:
    """Say how often each group is drawn, ``(resamples, groups)``."""
    drawn = np.random.default_rng(seed).integers(groups, size=(resamples, groups))
    rows = np.arange(resamples)[:, np.newaxis] * groups
    return np.bincount((drawn + rows).ravel(), minlength=resamples * groups).reshape(-1, groups).astype(np.float64)


def _percentiles(values: NDArray[np.float64]) -> list[float]:
    return [round(float(edge), 4) for edge in np.nanpercentile(values, [2.5, 97.5])]
