"""How the labels are distributed over the songs of a set."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tools.music_emotion.datasets.labels import SOURCE_THRESHOLD_PERCENT, class_distribution
from tools.plots.style import COLOURS, HATCHES, picture

LabelRule = Literal["largest", "even", "source"]
"""When a song counts as having a label: if its share is the largest, above 100 / number of labels, or above the
source's 13 %."""

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
    limit = SOURCE_THRESHOLD_PERCENT if rule == "source" else 100 / len(labels)
    spread = {k: class_distribution(rows, threshold_percent=limit) for k, rows in percentages.items()}
    height = 2 * len(labels) * len(percentages) * _BAR_INCHES + _MARGIN_INCHES
    with picture(path, height_inches=height, title=title) as figure:
        upper, lower = figure.subplots(2, 1)
        _bars(upper, {k: each.mean_percent for k, each in spread.items()}, labels)
        upper.axvline(100 / len(labels), color="0.3", linestyle="--", linewidth=1, label="all alike")
        upper.set_xlabel("mean percentage")
        if rule == "largest":
            counted, says = {k: each.largest for k, each in spread.items()}, "in which it is the largest"
        else:
            counted, says = {k: each.above_threshold for k, each in spread.items()}, f"with over {limit:.3g} % of it"
        _bars(lower, {k: 100 * shares for k, shares in counted.items()}, labels)
        lower.set_xlabel(f"songs {says} (%)")
        figure.legend(*upper.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    return figure


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
