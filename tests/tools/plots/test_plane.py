from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import Plane, octant_of
from tools.plots.plane import MOST_RECTANGLES, PlacedSongs, draw_cutting, draw_plane

Look = Callable[[Figure, Path], list[str]]


def placed(name: str, count: int, seed: int = 1) -> PlacedSongs:
    generator = np.random.default_rng(seed)
    return PlacedSongs(name, generator.uniform(-1, 1, (count, 2)), generator.uniform(0.1, 0.4, (count, 2)))


def outlines(figure: Figure) -> list[Rectangle]:
    """The rectangles of songs: drawn without filling, the plane's own frame left out."""
    patches = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle) and not patch.get_fill()]
    return [patch for patch in patches if patch.get_width() < 2]


def test_every_label_stands_in_its_octant(tmp_path: Path, look: Look) -> None:
    path = tmp_path / "plane.png"
    figure = draw_plane([placed("ours", 30)], k=1, title="Songs", path=path)
    assert {"Songs", "valence", "arousal", "ours: 30 songs", "rectangles: mean ± 1 σ of 12 songs"} <= set(
        look(figure, path)
    )
    labels = figure.axes[0].texts
    assert {text.get_text() for text in labels} == set(SONG_LABELS)
    for text in labels:
        assert octant_of(*text.get_position()) == text.get_text()


def test_sets_differ_in_colour_and_in_shape(tmp_path: Path) -> None:
    figure = draw_plane([placed("one", 40), placed("two", 1802)], k=1, title="Songs", path=tmp_path / "plane.png")
    first, _, second, _ = figure.axes[0].collections
    assert (len(first.get_offsets()), len(second.get_offsets())) == (40, 1802)
    assert tuple(first.get_facecolor()[0][:3]) != tuple(second.get_facecolor()[0][:3])
    assert len(first.get_paths()[0].vertices) != len(second.get_paths()[0].vertices)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["one: 40 songs", "two: 1,802 songs"]
    assert len(outlines(figure)) == MOST_RECTANGLES


@pytest.mark.parametrize("k", [1, 2.5])
def test_a_rectangle_is_the_mean_and_k_deviations_inside_the_plane(tmp_path: Path, k: float) -> None:
    songs = PlacedSongs("one", np.array([[0.1, 0.8]]), np.array([[0.2, 0.3]]))
    [rectangle] = outlines(draw_plane([songs], k=k, title="Song", path=tmp_path / "plane.png"))
    (left, bottom), (right, top) = rectangle.get_bbox().get_points()
    assert (left, right) == pytest.approx((0.1 - 0.2 * k, 0.1 + 0.2 * k))
    assert (bottom, top) == pytest.approx((0.8 - 0.3 * k, 1))


@pytest.mark.parametrize(
    ("plane", "shares"),
    [
        ("octants", {"excited": "50.0 %", "happy": "50.0 %"}),
        ("grid", {"excited": "37.5 %", "happy": "37.5 %", "neutral": "25.0 %"}),
    ],
)
def test_a_cutting_shows_what_each_label_has_of_the_song(
    tmp_path: Path, look: Look, plane: Plane, shares: dict[str, str]
) -> None:
    song = PlacedSongs("one", np.array([[0.5, 0.5]]), np.array([[0.25, 0.25]]))
    path = tmp_path / "cutting.png"
    figure = draw_cutting(song, k=1, plane=plane, title="Song", path=path)
    [rectangle] = outlines(figure)
    assert rectangle.get_bbox().extents == pytest.approx((0.25, 0.25, 0.75, 0.75))
    said = dict(text.get_text().split("\n") for text in figure.axes[0].texts)
    assert {label: share for label, share in said.items() if share != "0.0 %"} == shares
    assert set(said) == {*SONG_LABELS, *shares}
    assert "rectangle: valence 0.50 ± 0.25, arousal 0.50 ± 0.25 (mean ± 1 σ)" in look(figure, path)


def test_the_grids_borders_leave_the_middle_four_squares_whole(tmp_path: Path) -> None:
    figure = draw_plane([placed("ours", 3)], k=1, plane="grid", title="Songs", path=tmp_path / "plane.png")
    middle = next(text for text in figure.axes[0].texts if text.get_text() == "neutral")
    assert middle.get_position() == (0, 0)
    solid = [line.get_xydata() for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    assert min(np.abs(ends).max(axis=1).min() for ends in solid) == 0.5
    dotted = [line.get_xydata() for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert {ends[:, axis].min() for ends in dotted for axis in (0, 1)} == {-1, -0.5, 0, 0.5}


def test_a_set_without_songs_is_drawn_too(tmp_path: Path, look: Look) -> None:
    path = tmp_path / "plane.png"
    assert "none: 0 songs" in look(draw_plane([placed("none", 0)], k=1, title="Songs", path=path), path)
