"""The valence–arousal plane as it is cut into labels, and songs on it with the rectangles that their σ draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from device.emotion.labels import NEUTRAL, SONG_LABELS
from device.emotion.vectors import NEUTRAL_HALF_WIDTH, Plane, song_vectors
from tools.plots.style import COLOURS, MARKERS, SMALL_POINTS, picture

MOST_RECTANGLES = 12
"""In a picture: more hide each other."""

_FIRST_ANGLE, _ANGLE = 157.5, -45.0  # of the middle of the first song label, and from one to the next, in degrees
_LABEL_RADIUS = 0.8  # the longest labels just stay inside the plane
_TICKS = (-1, -0.5, 0, 0.5, 1)
_BORDER: dict[str, Any] = {"color": "0.55", "linewidth": 0.8, "zorder": 1}
_SQUARES: dict[str, Any] = {"color": "0.7", "linewidth": 0.8, "linestyle": ":", "zorder": 1}


@dataclass(frozen=True, slots=True)
class PlacedSongs:
    """Songs of one origin: their ``places`` and ``deviations``, ``(n, 2)`` each, valence first, in [-1, 1]."""

    name: str
    places: NDArray[np.float64]
    deviations: NDArray[np.float64]


def draw_plane(sets: Sequence[PlacedSongs], *, k: float, plane: Plane = "octants", title: str, path: Path) -> Figure:
    """Draw the songs of one or several sets, each in its own colour and shape.

    The rectangles mean ± kσ, clipped to the plane, are drawn for ``MOST_RECTANGLES`` songs in all, evenly chosen from
    every set in the given order; these songs are drawn larger.
    """
    shown = max(1, MOST_RECTANGLES // max(1, len(sets)))
    with picture(path, height_inches=5.8 + 0.2 * len(sets), title=title) as figure:
        axes = figure.add_subplot()
        _cut(axes, plane)
        chosen = [_evenly(len(songs.places), shown) for songs in sets]
        for number, (songs, rows) in enumerate(zip(sets, chosen, strict=True)):
            _songs(axes, songs, number, k, rows=rows)
        told = f"rectangles: mean ± {k:g} σ of {sum(map(len, chosen))} songs"
        figure.legend(loc="outside lower center", frameon=False, title=told)
    return figure


def draw_cutting(song: PlacedSongs, *, k: float, plane: Plane, title: str, path: Path) -> Figure:
    """Draw how the plane is cut, one song's rectangle mean ± kσ in it, and how much of that belongs to each label.

    :param song: exactly one.
    """
    [valence], [arousal] = song.places.T
    [reach_valence], [reach_arousal] = k * song.deviations.T
    [vector] = song_vectors(valence, arousal, sigma_valence=reach_valence, sigma_arousal=reach_arousal, plane=plane)
    with picture(path, height_inches=6.0, title=title) as figure:
        axes = figure.add_subplot()
        _cut(axes, plane, [f"{share:.1f} %" for share in vector])
        _rectangle(axes, song.places[0], k * song.deviations[0], COLOURS[0], opacity=0.25)
        axes.scatter(valence, arousal, s=48, color=COLOURS[0], edgecolor="black", zorder=4)
        told = f"valence {valence:.2f} ± {reach_valence:.2f}, arousal {arousal:.2f} ± {reach_arousal:.2f}"
        told = told.replace("-", "\N{MINUS SIGN}")  # as beside the axes
        figure.supxlabel(f"rectangle: {told} (mean ± {k:g} σ)", fontsize=SMALL_POINTS)
    return figure


def _cut(axes: Axes, plane: Plane, shares: Sequence[str] | None = None) -> None:
    """Draw the borders of the labels, and each label's name in its region, with its share below if there are any.

    On the grid the sixteen squares are dotted: a label has one and a half of them, and neutral the middle four.
    """
    inner = NEUTRAL_HALF_WIDTH if plane == "grid" else 0.0
    for east, north in ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)):
        axes.plot([inner * east, east], [inner * north, north], **_BORDER)
    corners = np.array([-1, -1, 1, 1, -1]), np.array([-1, 1, 1, -1, -1])
    for half in {1.0, inner} - {0.0}:
        axes.plot(half * corners[0], half * corners[1], **_BORDER)
    if plane == "grid":
        for at in (-inner, 0.0, inner):
            axes.plot([at, at], [-1, 1], **_SQUARES)
            axes.plot([-1, 1], [at, at], **_SQUARES)
    angles = np.deg2rad(_FIRST_ANGLE + _ANGLE * np.arange(len(SONG_LABELS)))
    places = [(_LABEL_RADIUS * np.cos(angle), _LABEL_RADIUS * np.sin(angle)) for angle in angles]
    names = [*SONG_LABELS]
    if plane == "grid":
        places, names = [*places, (0.0, 0.0)], [*names, NEUTRAL]
    texts = [f"{name}\n{share}" for name, share in zip(names, shares, strict=True)] if shares else names
    for (valence, arousal), text in zip(places, texts, strict=True):
        axes.text(
            valence, arousal, text, ha="center", va="center", weight="bold", color="0.2", zorder=5,
            path_effects=[withStroke(linewidth=4, foreground="white", alpha=0.85)],
        )  # fmt: skip
    axes.set(xlim=(-1.02, 1.02), ylim=(-1.02, 1.02), aspect="equal", xlabel="valence", ylabel="arousal")
    axes.set(xticks=_TICKS, yticks=_TICKS)


def _songs(axes: Axes, songs: PlacedSongs, number: int, k: float, *, rows: NDArray[np.intp]) -> None:
    colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
    for place, deviation in zip(songs.places[rows], songs.deviations[rows], strict=True):
        _rectangle(axes, place, k * deviation, colour, opacity=0.06)
    valence, arousal = songs.places.T
    axes.scatter(
        valence, arousal, s=14, color=colour, marker=marker, alpha=0.6, linewidth=0, zorder=3,
        clip_on=False, label=f"{songs.name}: {len(songs.places):,} songs",
    )  # fmt: skip
    axes.scatter(
        valence[rows], arousal[rows], s=48, color=colour, marker=marker, edgecolor="black", zorder=4, clip_on=False
    )


def _rectangle(
    axes: Axes, place: NDArray[np.float64], reach: NDArray[np.float64], colour: str, *, opacity: float
) -> None:
    left, bottom = np.clip(place - reach, -1, 1)
    right, top = np.clip(place + reach, -1, 1)
    corner, sides = (left, bottom), (right - left, top - bottom)
    axes.add_patch(Rectangle(corner, *sides, facecolor=colour, alpha=opacity, zorder=2))
    axes.add_patch(Rectangle(corner, *sides, fill=False, edgecolor=colour, linewidth=1.1, zorder=4))


def _evenly(count: int, most: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))
