import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.emotion.labels import SONG_LABELS
from device.recommendation.song_table import SongTable
from tools.errors import PictureError
from tools.library_report.content import Content, gather_content
from tools.library_report.mood_map import MARKER_STYLES
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


def test_the_title_is_a_sentence_with_the_library_and_its_songs(
    make_table: MakeTable, dom: Callable[[str], Any]
) -> None:
    for count, told in ((0, "0 songs and their moods"), (1, "1 song and its mood"), (3, "3 songs and their moods")):
        content = gather_content(make_table([(0.5, 0.2)] * count), [], quiet, observations=5)
        seen = dom(page(content, "Ana <b>& Co</b>"))
        titles = [text for tag, text in seen.texts if tag in {"title", "h1"}]
        assert titles == [f"The library Ana <b>& Co</b>: {told}"] * 2


def test_a_poor_match_is_told_in_words_and_a_good_one_is_not(make_table: MakeTable, dom: Callable[[str], Any]) -> None:
    sad = make_table([(-0.5, -0.2), (-0.3, -0.3), (-0.6, 0.3), (-0.2, 0.6), (0, -0.5)])
    angles = np.deg2rad(22.5 + 45 * np.arange(8))
    everything = make_table(np.column_stack([0.5 * np.cos(angles), 0.5 * np.sin(angles)]))
    for table, poor in ((sad, True), (everything, False)):
        content = gather_content(table, [], quiet, observations=5)
        seen = dom(page(content, "t"))
        text = " ".join(seen.text.split())
        assert ("To the model no song here sounds excited, happy or content." in text) == poor
        assert ("the nearest song is a poor match (similarity below 0.60)" in text) == poor
        assert any(attributes.get("role") == "note" for _, attributes in seen.elements) == poor
        assert text.count("no song is near") == sum(answer.poor for answer in content.answers)
        ranked = [choice for answer in content.answers for choice in answer.ranked]
        glanced = [answer.ranked[0] for answer in content.answers]
        assert text.count("▲ poor") == sum(choice.poor for choice in (*ranked, *glanced))


def test_no_two_moods_share_a_colour_or_neighbours_a_shape_and_both_papers_bear_them() -> None:
    assert list(MARKER_STYLES) == list(SONG_LABELS)
    styles = list(MARKER_STYLES.values())
    assert len({style.colour for style in styles}) == len(styles)
    assert all(style.marker != styles[number - 1].marker for number, style in enumerate(styles))
    for style in styles:
        assert min(contrast(style.colour, paper) for paper in ("#ffffff", "#14181c")) >= 3


def test_songs_that_lack_their_end_are_listed(make_table: MakeTable, dom: Callable[[str], Any]) -> None:
    cut_off = [
        Skipped(f"{number} {HOSTILE}", "cut off: 19 s of its 143 s are there") for number in range(MOST_FILES + 2)
    ]
    content = gather_content(make_table([(0.5, 0.2)]), [], quiet, observations=5, cut_off=cut_off)
    text = dom(page(content, "t")).text
    assert "Songs that lack their end" in text
    assert f"{MOST_FILES - 1} {HOSTILE}" in text
    assert "And 2 more." in text
    assert HOSTILE not in page(content, "t")


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2 has it, from 1 to 21."""

    def luminance(colour: str) -> float:
        values = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
        linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


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
