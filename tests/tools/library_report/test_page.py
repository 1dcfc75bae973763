import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.recommendation.song_table import SongTable
from tools.errors import PictureError
from tools.library_report.content import Content, gather_content
from tools.library_report.page import MOST_FILES, page, write_page
from tools.library_report.reach import Reach
from tools.song_library.skipped import Skipped

MakeTable = Callable[..., SongTable]
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


def quiet(done: int, total: int) -> None:
    assert 0 < done <= total


@pytest.fixture
def content(make_table: MakeTable) -> Content:
    table = make_table(
        [(0.5, 0.2), (-0.4, 0.6), (0.3, -0.5)], titles=["One", HOSTILE, "Three & a half"], artist=HOSTILE
    )
    return gather_content(table, [Skipped(f"{HOSTILE}.mp3", HOSTILE)], quiet, observations=20)


def test_the_page_holds_no_address_that_a_browser_would_fetch(content: Content, dom: Callable[[str], Any]) -> None:
    written = page(content, "songs.sqlite")
    for tag, attributes in dom(written).elements:
        assert tag not in {"link", "iframe", "object", "embed", "base", "img", "source"}
        assert attributes.keys().isdisjoint({"src", "srcset", "data", "action", "poster", "background"})
        assert attributes.get("href", "#").startswith("#")
    [style] = re.findall(r"<style>(.*?)</style>", written, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_forbids_every_fetch_and_every_script_but_the_pages_own(content: Content) -> None:
    written = page(content, "songs.sqlite")
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', written)
    directives = dict(part.strip().split(" ", 1) for part in policy.replace("&#39;", "'").split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["img-src"] == "data: blob:"
    assert "unsafe" not in directives["script-src"]
    assert directives["script-src"].count("sha256-") == len(re.findall(r"<script>", written))
    assert "connect-src" not in directives


def test_whatever_a_song_or_a_file_is_called_it_is_text(content: Content, dom: Callable[[str], Any]) -> None:
    seen = dom(page(content, HOSTILE))
    assert HOSTILE not in page(content, HOSTILE)
    assert "alert(1)" in seen.text
    assert "Three & a half" in seen.text
    assert not [attributes for tag, attributes in seen.elements if "onerror" in attributes or tag == "img"]


def test_a_table_without_songs_says_so_and_has_no_scripts(make_table: MakeTable, dom: Callable[[str], Any]) -> None:
    written = page(gather_content(make_table([]), [], quiet, observations=5), "songs.sqlite")
    assert "<script" not in written
    assert "mien-tools analyse FOLDER --table songs.sqlite" in " ".join(dom(written).text.split())


def test_a_table_that_does_not_tell_deviations_names_the_usual_ones(
    make_table: MakeTable, dom: Callable[[str], Any]
) -> None:
    old, new = (
        dom(page(gather_content(make_table([(0.5, 0.2)], told=told), [], quiet, observations=5), "t")).text
        for told in (False, True)
    )
    assert "the σ of a usual song (0.25 and" in old
    assert "its own uncertainty" in new


def test_octants_that_are_never_reached_or_empty_are_named(make_table: MakeTable, dom: Callable[[str], Any]) -> None:
    content = gather_content(make_table([(0.8, -0.1), (0.8, 0.1), (0.1, 0.8)]), [], quiet, observations=5)
    reach = Reach("centre", 5, first=np.array([0, 4, 1]), named=np.array([False, True, True]))
    content = dataclasses.replace(content, reach=reach)
    text = " ".join(dom(page(content, "t")).text.split())
    assert "Never reached: content." in text
    assert "No songs: frustrated, tense, calm, tired, depressed." in text


def test_a_long_list_of_files_is_cut_and_counted(make_table: MakeTable, dom: Callable[[str], Any]) -> None:
    skipped = [Skipped(f"{number}.mp3", f"reason {number % 20}") for number in range(MOST_FILES + 5)]
    text = dom(page(gather_content(make_table([]), skipped, quiet, observations=1), "t")).text
    assert "And 5 more." in text
    assert f"{MOST_FILES - 1}.mp3" in text
    assert f"{MOST_FILES + 1}.mp3" not in text
    assert "files for other reasons" in text


def test_a_page_that_cannot_be_written_leaves_the_old_one(content: Content, tmp_path: Path) -> None:
    write_page(content, "songs.sqlite", tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    (tmp_path / "file").touch()
    with pytest.raises(PictureError, match="the page cannot be written"):
        write_page(content, "songs.sqlite", tmp_path / "file" / "report.html")
