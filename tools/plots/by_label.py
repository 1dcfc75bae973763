"""What a model says of each label over many songs, beside what is true."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tools.plots.style import COLOURS, HATCHES, picture

_LABEL_INCHES, _MARGIN_INCHES = 0.52, 1.9
_THICKNESS = 0.4  # of the height of a label; two bars and a gap


def draw_by_label(  # noqa: PLR0913 - three lists to compare, and what the picture is called
    truth: Sequence[float],
    predicted: Sequence[float],
    constant: Sequence[float],
    *,
    labels: Sequence[str],
    measure: str,
    title: str,
    path: Path,
) -> Figure:
    """Draw two bars for every label, what is true and what is predicted, and a mark at what no model would say.

    :param truth: one number a label; likewise ``predicted``, and ``constant``: the answer that is always the same.
    :param measure: what the numbers are, with their unit: the name of the level axis.
    :raises PictureError: if the picture cannot be written.
    """
    rows = np.arange(len(labels))
    with picture(path, height_inches=_LABEL_INCHES * len(labels) + _MARGIN_INCHES, title=title) as figure:
        axes = figure.add_subplot()
        bars = []
        for number, (kind, values) in enumerate({"true": truth, "predicted": predicted}.items()):
            drawn = axes.barh(
                rows + (number - 0.5) * _THICKNESS,
                values,
                _THICKNESS,
                color=COLOURS[number],
                hatch=HATCHES[number],
                edgecolor="white",
                linewidth=0,
                label=kind,
            )
            bars.append(drawn)
        (marks,) = axes.plot(
            constant, rows, linestyle="", marker="D", markersize=6, color="black", markeredgecolor="white",
            clip_on=False, zorder=3, label="the training songs' mean",
        )  # fmt: skip
        axes.set_yticks(rows, labels)
        axes.invert_yaxis()
        axes.margins(y=0.02)
        axes.set_xlabel(measure)
        if all(float(value).is_integer() for value in (*truth, *predicted)):  # counts
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="x", alpha=0.4)
        axes.set_axisbelow(True)
        figure.legend(handles=[*bars, marks], loc="outside lower center", ncols=3, frameon=False)
    return figure
