"""The mood map: every song in the valence–arousal plane, as a document that BokehJS draws inside the page.

Bokeh rather than plotly: inlined it weighs 1.5 MB against 4.8, and it draws 20,000 points with WebGL or, where the
machine has none or only a slow one, on a canvas.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.core.properties import field
from bokeh.core.types import ID
from bokeh.embed import json_item
from bokeh.models import (
    CDSView,
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    IndexFilter,
    PanTool,
    Range1d,
    ResetTool,
    TapTool,
    Text,
    WheelZoomTool,
)
from bokeh.plotting import figure
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from tools.library_report.content import Content
from tools.library_report.neighbours import TOP

TARGET = "map"
"""The id of the element that the map is drawn in."""

HALF_WIDTH = 1.06
"""Of what is shown, in units of the plane, so that points on its edge are whole."""

_LABEL_RADIUS = 0.8
_LABEL_EDGE = 0.97
"""Where a label at the left or the right begins or ends: it grows into the map, which a phone makes narrow."""
_FIRST_ANGLE, _ANGLE = 157.5, -45.0  # of the middle of the first song label, and from one to the next, in degrees
_HOVERED = 6
"""Songs named at once: where thousands lie, a list of all would cover the map."""


@dataclass(frozen=True, slots=True)
class MarkerStyle:
    """How the songs of an octant are drawn: a Bokeh marker, and a colour."""

    marker: str
    colour: str


MARKER_STYLES = {
    "frustrated": MarkerStyle("circle", "#A74800"),
    "tense": MarkerStyle("square", "#DA7A67"),
    "excited": MarkerStyle("circle", "#939308"),
    "happy": MarkerStyle("square", "#067544"),
    "content": MarkerStyle("circle", "#0BA0AD"),
    "calm": MarkerStyle("square", "#4A6FFE"),
    "tired": MarkerStyle("circle", "#962FD1"),
    "depressed": MarkerStyle("square", "#E20F81"),
}
"""A colour for each octant, and a shape that neighbours do not share. Each has a contrast of 3 on both papers. They
were searched for so that people with any colour vision can tell them apart: in OKLab no two are nearer than .17 or, to
those who lack one kind of cone (Machado 2009), .067, and .10 where the shape is the same too. Of the colours of Okabe
and Ito (2008) the four that both papers bear are .035 apart at the worst."""


def mood_map(content: Content) -> dict[str, Any]:
    """Draw the map; return the JSON document that ``Bokeh.embed.embed_item`` takes.

    In it the page finds the models ``songs`` (a source, a row for each song on the map), ``shown`` (a filter of their
    rows), ``rings`` (a source of places to mark) and, for colours that follow the page's, ``points``, ``lines`` and
    ``names`` (renderers).
    """
    plot = figure(
        output_backend="webgl",
        sizing_mode="stretch_width",
        aspect_ratio=1,
        x_range=Range1d(start=-HALF_WIDTH, end=HALF_WIDTH, bounds=(-1.5, 1.5)),
        y_range=Range1d(start=-HALF_WIDTH, end=HALF_WIDTH, bounds=(-1.5, 1.5)),
        x_axis_label="valence: unpleasant to pleasant",
        y_axis_label="arousal: quiet to lively",
        tools=[],
        toolbar_location="above",
        name="plot",
    )
    plot.toolbar.logo = None
    plot.grid.visible = False
    plot.background_fill_color = plot.border_fill_color = plot.outline_line_color = None
    plot.axis.ticker = FixedTicker(ticks=[-1, 0, 1])
    plot.axis.axis_line_color = None
    plot.axis.axis_label_standoff = 2
    _songs(plot, content)
    _octants(plot)
    _names(plot)
    return {**json_item(plot, ID(TARGET))}


def _octants(plot: figure) -> None:
    ends = [((-1, 1), (0, 0)), ((0, 0), (-1, 1)), ((-1, 1), (-1, 1)), ((-1, 1), (1, -1))]
    square = ((-1, 1, 1, -1, -1), (-1, -1, 1, 1, -1))
    xs, ys = zip(*ends, square, strict=True)
    plot.multi_line([list(x) for x in xs], [list(y) for y in ys], line_color="grey", line_width=1, name="lines")


def _songs(plot: figure, content: Content) -> None:
    source = ColumnDataSource(_columns(content), name="songs")
    shown = IndexFilter(indices=list(range(len(content.on_map))), name="shown")
    points = plot.scatter(
        "valence",
        "arousal",
        marker="marker",
        color="colour",
        size=_point_size(len(content.on_map)),
        alpha=0.85,
        line_color=None,
        nonselection_alpha=0.85,
        source=source,
        view=CDSView(filter=shown),
        name="points",
    )
    rings = ColumnDataSource({"x": [], "y": [], "size": [], "colour": []}, name="rings")
    plot.scatter(
        "x", "y", size="size", fill_color="colour", line_color="grey", line_width=2, source=rings, name="ring_marks"
    )
    hover = HoverTool(renderers=[points], tooltips=[("", "@title"), ("", "@artist"), ("", "@octant")], limit=_HOVERED)
    wheel = WheelZoomTool(maintain_focus=False)
    plot.add_tools(PanTool(name="pan"), wheel, TapTool(renderers=[points]), ResetTool(), hover)
    plot.toolbar.active_drag = None  # a finger that scrolls must not be caught; the page turns it on for a mouse
    plot.toolbar.active_scroll = wheel


def _columns(content: Content) -> dict[str, Any]:
    rows = content.on_map
    songs = content.table.at(rows)
    labels = [SONG_LABELS[octant] for octant in content.octants[rows]]
    columns: dict[str, Any] = {
        "valence": np.array([song.valence for song in songs], dtype=np.float32),
        "arousal": np.array([song.arousal for song in songs], dtype=np.float32),
        "title": [song.title for song in songs],
        "artist": [song.artist for song in songs],
        "octant": labels,
        "colour": [MARKER_STYLES[label].colour for label in labels],
        "marker": [MARKER_STYLES[label].marker for label in labels],
        "named": content.reach.named[rows].astype(np.uint8),
    }
    shares = _percent(content.table.vectors[rows])
    columns |= {label: shares[:, number] for number, label in enumerate(SONG_LABELS)}
    for place in range(TOP):
        columns[f"near_{place}"] = content.neighbours.rows[:, place]
        columns[f"nearness_{place}"] = _percent(content.neighbours.similarities[:, place] * 100)
    return columns


def _percent(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.round(values).astype(np.uint8)


def _names(plot: figure) -> None:
    angles = np.deg2rad(_FIRST_ANGLE + np.arange(len(SONG_LABELS)) * _ANGLE)
    across = np.cos(angles)
    at_side = np.abs(across) > np.sqrt(0.5)
    places = {
        "x": np.where(at_side, _LABEL_EDGE * np.sign(across), _LABEL_RADIUS * across),
        "y": _LABEL_RADIUS * np.sin(angles),
        "text": list(SONG_LABELS),
        "align": [
            "center" if not side else "left" if x < 0 else "right" for side, x in zip(at_side, across, strict=True)
        ],
    }
    glyph = Text(
        text_align=field("align"),
        text_baseline="middle",
        text_font_size="14px",
        text_font_style="bold",
        background_fill_alpha=0.5,
    )
    plot.add_glyph(ColumnDataSource(places), glyph, name="names")


def _point_size(count: int) -> float:
    """Pixels across: points that are few should be easy to hit, points that are many should not hide each other."""
    return float(np.clip(60 / max(count, 1) ** 0.28, 5, 16))
