"""What a model says of each label over many songs, beside what is true."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tools.plots.bars import draw_bars
from tools.plots.style import picture

_LABEL_INCHES, _MARGIN_INCHES = 0.52, 1.9
_GROUP = 0.8  # of the height of a label; two bars and a gap


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
    with picture(path, height_inches=_LABEL_INCHES * len(labels) + _MARGIN_INCHES, title=title) as figure:
        axes = figure.add_subplot()
        draw_bars(axes, {"true": truth, "predicted": predicted}, labels, group=_GROUP)
        axes.plot(
            constant, np.arange(len(labels)), linestyle="", marker="D", markersize=6, color="black",
            markeredgecolor="white", clip_on=False, zorder=3, label="the training songs' mean",
        )  # fmt: skip
        axes.set_xlabel(measure)
        if all(float(value).is_integer() for value in (*truth, *predicted)):  # counts
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure
