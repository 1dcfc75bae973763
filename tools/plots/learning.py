"""How a training went."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from tools.plots.style import COLOURS, LINES, MARKERS, picture

_MARKS = 12  # on a line; one at every epoch of a long training would be a smear


def draw_learning(
    curves: Mapping[str, Sequence[float]], *, measure: str, best_epoch: int, title: str, path: Path
) -> Figure:
    """Draw one line over the epochs, from 1, for each of ``curves``: training and validation, say.

    :param measure: what is measured, with its unit: the name of the upright axis.
    :param best_epoch: the epoch whose weights were kept, from 1.
    """
    with picture(path, height_inches=5.0, title=title) as figure:
        axes = figure.add_subplot()
        for number, (name, values) in enumerate(curves.items()):
            draw_curve(axes, values, number, name)
        axes.axvline(best_epoch, color="0.4", linestyle=":", label=f"kept: epoch {best_epoch}")
        axes.set(xlabel="epoch", ylabel=measure)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y", alpha=0.4)
        axes.legend()
    return figure


def draw_curve(axes: Axes, values: Sequence[float] | NDArray[np.float64], number: int, name: str) -> None:
    """Draw a line over the epochs, from 1, an entry of ``values`` an epoch; ``number`` chooses how it looks."""
    axes.plot(
        np.arange(1, len(values) + 1),
        values,
        color=COLOURS[number % len(COLOURS)],
        linestyle=LINES[number % len(LINES)],
        marker=MARKERS[number % len(MARKERS)],
        markevery=max(1, len(values) // _MARKS),
        label=name,
    )
