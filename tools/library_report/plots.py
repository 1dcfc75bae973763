"""The report's pictures as PNG files, for where a page cannot go: a talk, a print, a chat."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tools.library_report.content import Content
from tools.plots.plane import PlacedSongs, draw_plane
from tools.plots.style import COLOURS, HATCHES, picture


def draw_pictures(content: Content, name: str, out: Path) -> Iterator[Path]:
    """Draw ``map.png`` and ``octants.png`` about the library of this ``name``; each is named when it is written.

    :raises PictureError: if a picture cannot be written.
    """
    table = content.table
    usual = (table.header.sigma_valence, table.header.sigma_arousal)
    places = np.array([(song.valence, song.arousal) for song in table.songs]).reshape(-1, 2)
    deviations = np.array([song.deviations or usual for song in table.songs]).reshape(-1, 2)
    path = out / "map.png"
    draw_plane([PlacedSongs(name, places, deviations)], k=table.header.k, title="Mood map", path=path)
    yield path
    path = out / "octants.png"
    draw_octants(content, path)
    yield path


def draw_octants(content: Content, path: Path) -> None:
    """Draw how many songs each octant has, those within the box's reach apart from the others.

    :raises PictureError: if the picture cannot be written.
    """
    rows = content.octant_rows
    labels = [row.label for row in rows]
    named = np.array([row.named for row in rows])
    others = np.array([row.songs for row in rows]) - named
    with picture(
        path, height_inches=4.8, title=f"Moods: {content.reach.share:.0%} of the songs within reach"
    ) as figure:
        axes = figure.add_subplot()
        axes.barh(labels, named, color=COLOURS[0], label="within reach")
        axes.barh(labels, others, left=named, color=COLOURS[1], hatch=HATCHES[1], label="out of reach")
        for row, label in enumerate(labels):
            axes.annotate(
                f"{rows[row].songs:,}", (rows[row].songs, label), xytext=(4, 0), textcoords="offset points", va="center"
            )
        axes.invert_yaxis()
        axes.margins(x=0.18)
        axes.set(xlabel="songs")
        figure.legend(loc="outside lower center", frameon=False, ncols=2)
