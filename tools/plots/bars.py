"""Bars for every label, side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from tools.plots.style import COLOURS, HATCHES


def draw_bars(axes: Axes, series: Mapping[str, ArrayLike], labels: Sequence[str], *, group: float = 0.84) -> None:
    """Draw the labels from above, each with a lying bar of every series.

    :param series: by the name that the legend has for it, one number a label.
    :param group: how much of a label's height is filled with bars; the rest parts it from the next.
    """
    thickness = group / len(series)
    rows = np.arange(len(labels))
    for number, (name, values) in enumerate(series.items()):
        offset = (number - (len(series) - 1) / 2) * thickness
        axes.barh(
            rows + offset,
            values,
            thickness,
            color=COLOURS[number],
            hatch=HATCHES[number],
            edgecolor="white",
            linewidth=0,
            label=name,
        )
    axes.set_yticks(rows, labels)
    axes.invert_yaxis()
    axes.margins(y=0.02)
    axes.grid(axis="x", alpha=0.4)
    axes.set_axisbelow(True)
