"""How the labels are distributed over the songs of a set."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tools.music_emotion.datasets.labels import SOURCE_THRESHOLD_PERCENT, LabelRule, labels_of
from tools.plots.bars import draw_bars
from tools.plots.style import picture

_BAR_INCHES, _MARGIN_INCHES = 0.145, 2.4


def draw_distributions(
    percentages: Mapping[float, NDArray[np.float64]],
    *,
    labels: Sequence[str],
    rule: LabelRule = "largest",
    title: str,
    path: Path,
) -> Figure:
    """Draw, for every label and k, the mean of its percentages, and the share of songs that have it by the rule.

    :param percentages: by k, ``(n, labels)``; every row sums to 100.
    """
    height = 2 * len(labels) * len(percentages) * _BAR_INCHES + _MARGIN_INCHES
    with picture(path, height_inches=height, title=title) as figure:
        upper, lower = figure.subplots(2, 1)
        draw_bars(upper, {f"k = {k:g}": rows.mean(axis=0) for k, rows in percentages.items()}, labels)
        upper.axvline(100 / len(labels), color="0.3", linestyle="--", linewidth=1, label="all alike")
        upper.set_xlabel("mean percentage")
        having = {k: 100 * labels_of(rows, rule).mean(axis=0) for k, rows in percentages.items()}
        draw_bars(lower, {f"k = {k:g}": shares for k, shares in having.items()}, labels)
        lower.set_xlabel(f"songs {_counted(rule, len(labels))} (%)")
        figure.legend(*upper.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    return figure


def _counted(rule: LabelRule, labels: int) -> str:
    if rule == "largest":
        return "in which it is the largest"
    return f"with over {SOURCE_THRESHOLD_PERCENT if rule == 'source' else 100 / labels:.3g} % of it"
