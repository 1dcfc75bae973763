from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib import rcParams
from matplotlib.figure import Figure

from tools.errors import PictureError
from tools.plots.style import COLOURS, HATCHES, MARKERS, picture

Look = Callable[[Figure, Path], list[str]]


def draw(path: Path, title: str) -> Figure:
    with picture(path, height_inches=5, title=title) as figure:
        figure.add_subplot().plot([1, 2])
    return figure


def test_a_folder_is_made_for_a_picture(tmp_path: Path, look: Look) -> None:
    path = tmp_path / "new" / "folder" / "picture.png"
    assert "A song" in look(draw(path, "A song"), path)


@pytest.mark.parametrize("title", ["A$AP costs $5", "Песня", "歌", "under_score^2 \\alpha", "100 % — {x}"])
def test_any_name_can_be_a_heading(tmp_path: Path, look: Look, title: str) -> None:
    path = tmp_path / "picture.png"
    assert title in look(draw(path, title), path)


def test_a_long_heading_is_broken_and_cut(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    heading = draw(path, "word " * 60).get_suptitle().splitlines()
    assert len(heading) == 3
    assert max(map(len, heading)) <= 42
    assert heading[-1].endswith("…")


def test_drawing_leaves_matplotlibs_settings_alone(tmp_path: Path) -> None:
    before = dict(rcParams)
    draw(tmp_path / "picture.png", "A song")
    assert dict(rcParams) == before


def test_a_picture_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(PictureError, match=r"file.picture\.png: the picture cannot be written"):
        draw(tmp_path / "file" / "picture.png", "A song")


def test_every_kind_has_its_own_colour_marker_and_hatch() -> None:
    for kinds in (COLOURS, MARKERS, HATCHES):
        assert len(set(kinds)) == len(kinds) >= 5
