"""The valence–arousal plane with its eight octants, and songs on it with the rectangles that their σ draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from tools.plots.style import COLOURS, MARKERS, picture

MOST_RECTANGLES = 12
"""In a picture: more hide each other."""

_FIRST_ANGLE, _ANGLE = 157.5, -45.0  # of the middle of the first song label, and from one to the next, in degrees
_LABEL_RADIUS = 0.8  # the longest labels just stay inside the plane
_TICKS = (-1, -0.5, 0, 0.5, 1)


@dataclass(frozen=True, slots=True)
class PlacedSongs:
    """Songs of one origin: their ``places`` and ``deviations``, ``(n, 2)`` each, valence first, in [-1, 1]."""

    name: str
    places: NDArray[np.float64]
    deviations: NDArray[np.float64]


def draw_plane(sets: Sequence[PlacedSongs], *, k: float, title: str, path: Path) -> Figure:
    """Draw the songs of one or several sets, each in its own colour and shape.

    The rectangles mean ± kσ, clipped to the plane, are drawn for ``MOST_RECTANGLES`` songs in all, evenly chosen from
    every set in the given order; these songs are drawn larger.
    """
    shown = max(1, MOST_RECTANGLES // max(1, len(sets)))
    with picture(path, height_inches=5.8 + 0.2 * len(sets), title=title) as figure:
        axes = figure.add_subplot()
        _octants(axes)
        chosen = [_evenly(len(songs.places), shown) for songs in sets]
        for number, (songs, rows) in enumerate(zip(sets, chosen, strict=True)):
            _songs(axes, songs, number, k, rows=rows)
        axes.set(xlim=(-1.02, 1.02), ylim=(-1.02, 1.02), aspect="equal", xlabel="valence", ylabel="arousal")
        axes.set(xticks=_TICKS, yticks=_TICKS)
        told = f"rectangles: mean ± {k:g} σ of {sum(map(len, chosen))} songs"
        figure.legend(loc="outside lower center", frameon=False, title=told)
    return figure


def _octants(axes: Axes) -> None:
    for ends in (([-1, 1], [0, 0]), ([0, 0], [-1, 1]), ([-1, 1], [-1, 1]), ([-1, 1], [1, -1])):
        axes.plot(*ends, color="0.55", linewidth=0.8, zorder=1)
    axes.add_patch(Rectangle((-1, -1), 2, 2, fill=False, edgecolor="0.55", linewidth=0.8))
    for number, label in enumerate(SONG_LABELS):
        angle = np.deg2rad(_FIRST_ANGLE + number * _ANGLE)
        axes.text(
            _LABEL_RADIUS * np.cos(angle),
            _LABEL_RADIUS * np.sin(angle),
            label,
            ha="center",
            va="center",
            weight="bold",
            color="0.2",
            zorder=5,
            path_effects=[withStroke(linewidth=4, foreground="white", alpha=0.85)],
        )


def _songs(axes: Axes, songs: PlacedSongs, number: int, k: float, *, rows: NDArray[np.intp]) -> None:
    colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
    for place, deviation in zip(songs.places[rows], songs.deviations[rows], strict=True):
        low, high = np.clip(place - k * deviation, -1, 1), np.clip(place + k * deviation, -1, 1)
        axes.add_patch(Rectangle(low, *(high - low), facecolor=colour, alpha=0.06, zorder=2))
        axes.add_patch(Rectangle(low, *(high - low), fill=False, edgecolor=colour, linewidth=1.1, zorder=4))
    valence, arousal = songs.places.T
    axes.scatter(
        valence, arousal, s=14, color=colour, marker=marker, alpha=0.6, linewidth=0, zorder=3,
        clip_on=False, label=f"{songs.name}: {len(songs.places):,} songs",
    )  # fmt: skip
    axes.scatter(
        valence[rows], arousal[rows], s=48, color=colour, marker=marker, edgecolor="black", zorder=4, clip_on=False
    )


def _evenly(count: int, most: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))
