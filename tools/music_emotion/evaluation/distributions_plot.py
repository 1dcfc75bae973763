"""How the labels are distributed over the songs of a set."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tools.music_emotion.datasets.labels import SOURCE_THRESHOLD_PERCENT, LabelRule, labels_of
from tools.plots.style import COLOURS, HATCHES, picture

_BAR_INCHES, _MARGIN_INCHES = 0.145, 2.4
_GROUP = 0.84  # of the height of a label is filled with bars


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
        _bars(upper, {k: rows.mean(axis=0) for k, rows in percentages.items()}, labels)
        upper.axvline(100 / len(labels), color="0.3", linestyle="--", linewidth=1, label="all alike")
        upper.set_xlabel("mean percentage")
        _bars(lower, {k: 100 * labels_of(rows, rule).mean(axis=0) for k, rows in percentages.items()}, labels)
        lower.set_xlabel(f"songs {_counted(rule, len(labels))} (%)")
        figure.legend(*upper.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    return figure


def _counted(rule: LabelRule, labels: int) -> str:
    if rule == "largest":
        return "in which it is the largest"
    return f"with over {SOURCE_THRESHOLD_PERCENT if rule == 'source' else 100 / labels:.3g} % of it"


def _bars(axes: Axes, by_k: Mapping[float, NDArray[np.float64]], labels: Sequence[str]) -> None:
    thickness = _GROUP / len(by_k)
    rows = np.arange(len(labels))
    for number, (k, values) in enumerate(by_k.items()):
        offset = (number - (len(by_k) - 1) / 2) * thickness
        axes.barh(
            rows + offset,
            values,
            thickness,
            color=COLOURS[number],
            hatch=HATCHES[number],
            edgecolor="white",
            linewidth=0,
            label=f"k = {k:g}",
        )
    axes.set_yticks(rows, labels)
    axes.invert_yaxis()
    axes.margins(y=0.02)
    axes.grid(axis="x", alpha=0.4)
    axes.set_axisbelow(True)
