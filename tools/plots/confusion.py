"""Which labels a model takes for which, and which of them it finds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tools.plots.style import COLOUR_MAP, COLOURS, HATCHES, SMALL_POINTS, picture

_BRIGHT = 0.45  # above this share of cividis black letters have more contrast than white ones
_PLATE = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}


def draw_confusion(
    truth: NDArray[np.intp], predicted: NDArray[np.intp], *, labels: Sequence[str], title: str, path: Path
) -> Figure:
    """Draw how often each label was taken for each.

    :param truth: ``(n,)``, the index in ``labels`` of every example's label; likewise ``predicted``.
    :raises PictureError: if the picture cannot be written.
    """
    counts = np.zeros((len(labels), len(labels)), dtype=np.intp)
    np.add.at(counts, (truth, predicted), 1)
    return draw_counts(counts, labels=labels, title=title, path=path)


def draw_counts(counts: NDArray[np.integer[Any]], *, labels: Sequence[str], title: str, path: Path) -> Figure:
    """Draw counts ``(labels, labels)``, rows the truth, columns the prediction, coloured by their share of the row.

    :raises PictureError: if the picture cannot be written.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with picture(path, height_inches=5.8, title=title) as figure:
        axes = figure.add_subplot()
        axes.imshow(shares, cmap=COLOUR_MAP, vmin=0, vmax=1)
        for row, column in np.ndindex(counts.shape):
            colour = "black" if shares[row, column] > _BRIGHT else "white"
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour)
        axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(labels)), labels)
        axes.set(xlabel="predicted", ylabel="true")
    return figure


def draw_found(
    truth: NDArray[np.bool_], predicted: NDArray[np.bool_], *, labels: Sequence[str], title: str, path: Path
) -> Figure:
    """Draw for every label, where songs may have several: the songs in which it was found, missed, and wrongly said.

    :param truth: ``(n, labels)``; likewise ``predicted``.
    """
    kinds = {
        "found": (truth & predicted).sum(axis=0),
        "missed": (truth & ~predicted).sum(axis=0),
        "wrongly said": (~truth & predicted).sum(axis=0),
    }
    with picture(path, height_inches=0.42 * len(labels) + 1.8, title=title) as figure:
        axes = figure.add_subplot()
        began = np.zeros(len(labels), dtype=np.intp)
        for number, (kind, counts) in enumerate(kinds.items()):
            bars = axes.barh(labels, counts, left=began, color=COLOURS[number], label=kind)
            for bar in bars:
                bar.set(hatch=HATCHES[number], edgecolor="white", linewidth=0)
            written = [str(count) if count else "" for count in counts]
            axes.bar_label(bars, written, label_type="center", size=SMALL_POINTS, bbox=_PLATE)
            began = began + counts
        axes.invert_yaxis()
        axes.margins(y=0.02)
        axes.set_xlabel("songs")
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure
