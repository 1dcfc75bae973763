import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device.emotion.labels import SONG_LABELS
from device.recommendation.query import EmotionQuery
from device.recommendation.song_table import SongTable, read_song_table
from device.settings.sections import Settings
from tools.library_report.content import Content, gather_content
from tools.library_report.moods import octants_of
from tools.library_report.neighbours import Neighbours, nearest_neighbours
from tools.library_report.page import page
from tools.library_report.reach import measure_reach, plausible_observations

ROOT = Path(__file__).parents[3]
MANY = 20_000
MakeTable = Callable[..., SongTable]
Browse = Callable[..., Any]

TOUCH_SECOND_SONG = """
  const songs = Bokeh.documents.at(-1).get_model_by_name("songs");
  songs.selected.indices = [1];
"""


def quiet(done: int, total: int) -> None:
    assert 0 < done <= total


@pytest.fixture(scope="module")
def demo() -> Content:
    return gather_content(read_song_table(ROOT / "models" / "songs.sqlite"), (), quiet, observations=200)


@pytest.fixture(scope="module")
def many(make_table: MakeTable) -> Content:
    """Twenty thousand songs; each has its followers as neighbours, since what is drawn here is the map."""
    table = make_table(np.clip(np.random.default_rng(7).normal(0.1, 0.3, (MANY, 2)), -1, 1))
    followers = (np.arange(MANY)[:, np.newaxis] + np.arange(1, 6)) % MANY
    reach = measure_reach(table.vectors, list(plausible_observations(20)), quiet, query=EmotionQuery())
    neighbours = Neighbours(followers.astype(np.int32), np.full((MANY, 5), 0.5))
    return Content(table, Settings(), octants_of(table), reach, (), np.arange(MANY), neighbours, ())


def trouble(console: str) -> list[str]:
    words = ("Content Security Policy", "Uncaught", "Error", "could not")
    return [line for line in console.splitlines() if any(word in line for word in words)]


def test_a_page_that_fetched_something_would_be_noticed(browse: Browse) -> None:
    fetching = "<body data-ready=true><img src='http://songs.example/cover.png'>"
    assert browse(fetching).requests > 0


def test_the_shipped_library_is_drawn_without_a_network(demo: Content, browse: Browse) -> None:
    seen = browse(page(demo, "songs.sqlite"))
    assert seen.body["data-ready"] == "true"
    assert int(seen.body["data-songs"]) == int(seen.body["data-shown"]) == len(demo.table.songs)
    assert trouble(seen.console) == []
    assert seen.requests == 0


def test_twenty_thousand_songs_are_drawn_and_filtered(many: Content, browse: Browse) -> None:
    click = "document.querySelector('[data-octant=happy]').click()"
    seen = browse(page(many, "songs.sqlite"), script=click)
    assert seen.body["data-ready"] == "true"
    assert int(seen.body["data-songs"]) == MANY
    happy = next(row.songs for row in many.octant_rows if row.label == "happy")
    assert int(seen.body["data-shown"]) == happy
    assert int(seen.body["data-ready-ms"]) > 0
    assert f"{happy:,} of 20,000 songs shown" in seen.text
    assert trouble(seen.console) == []


@pytest.mark.parametrize("webgl", ["true", "false"])
def test_the_points_are_seen_with_webgl_and_without(demo: Content, browse: Browse, tmp_path: Path, webgl: str) -> None:
    # Software's WebGL is slow, so the page would not take it; the changed script needs a page without its policy.
    written = page(demo, "songs.sqlite").replace("Content-Security-Policy", "x")
    if webgl == "true":
        written = written.replace("failIfMajorPerformanceCaveat: true", "failIfMajorPerformanceCaveat: false")
    flags = [] if webgl == "true" else ["--disable-3d-apis"]
    path = tmp_path / "map.png"
    browse(written, size="390,1600", picture=path, flags=flags)
    assert coloured(path) > 300
    assert browse(written, flags=flags).body["data-webgl"] == webgl


@pytest.mark.parametrize("size", ["390,1600", "1280,1200"])
def test_points_are_on_the_map_until_they_are_filtered_out(
    demo: Content, browse: Browse, tmp_path: Path, size: str
) -> None:
    nothing = """
      document.getElementById("search").value = "no such title";
      document.getElementById("search").dispatchEvent(new Event("input"));
    """
    full, empty = tmp_path / "full.png", tmp_path / "empty.png"
    browse(page(demo, "songs.sqlite"), size=size, picture=full)
    browse(page(demo, "songs.sqlite"), size=size, picture=empty, script=nothing)
    assert coloured(full) > 300
    assert coloured(empty) == 0


def test_the_page_fits_the_width_of_a_phone(demo: Content, browse: Browse) -> None:
    measure = "document.body.dataset.overflow = document.documentElement.scrollWidth - window.innerWidth"
    assert int(browse(page(demo, "songs.sqlite"), script=measure, size="390,844").body["data-overflow"]) <= 0


@pytest.mark.parametrize("size", ["320,1600", "390,1600", "1280,1200"])
def test_every_mood_is_named_inside_the_map_and_no_two_names_meet(demo: Content, browse: Browse, size: str) -> None:
    seen = browse(page(demo, "demo"), script=LABELS, size=size)
    labels = json.loads(seen.body["data-labels"])
    assert "bold 14px" in seen.body["data-font"]
    assert [label["text"] for label in labels] == list(SONG_LABELS)
    for label in labels:
        assert label["west"] <= label["left"]
        assert label["right"] <= label["east"]
    rows: dict[float, list[Any]] = {}
    for label in labels:
        rows.setdefault(round(label["y"], 3), []).append(label)
    for row in rows.values():
        one, other = sorted(row, key=lambda label: label["left"])
        assert one["right"] < other["left"]


@pytest.mark.parametrize(("size", "beside"), [("390,900", False), ("1280,900", True)])
def test_a_desk_sees_what_the_box_plays_beside_the_map_until_a_song_is_touched(
    demo: Content, browse: Browse, size: str, *, beside: bool
) -> None:
    written = page(demo, "demo")
    height = "document.body.dataset.told = document.querySelector('.glance').offsetHeight;"
    assert (int(browse(written, script=height, size=size).body["data-told"]) > 0) == beside
    if beside:
        touched = browse(written, script=TOUCH_SECOND_SONG + told_of("#song")).body["data-told"]
        assert "What the box plays" not in touched
        again = TOUCH_SECOND_SONG + "document.getElementById('everything').click();" + told_of("#song")
        assert "What the box plays" in browse(written, script=again).body["data-told"]


def test_a_touched_song_shows_the_neighbours_that_the_box_ranks(demo: Content, browse: Browse) -> None:
    seen = browse(page(demo, "songs.sqlite"), script=TOUCH_SECOND_SONG + told_of("#song"))
    expected = nearest_neighbours(demo.table.vectors, quiet).rows[1]
    titles = [demo.table.songs[row].title for row in (1, *expected)]
    told = seen.body["data-told"]
    assert sorted(told.index(title) for title in titles) == [told.index(title) for title in titles]


def test_a_neighbour_can_be_touched_in_turn(demo: Content, browse: Browse) -> None:
    script = TOUCH_SECOND_SONG + "document.querySelector('#song li button').click();" + told_of("#song h3")
    seen = browse(page(demo, "songs.sqlite"), script=script)
    assert seen.body["data-told"].startswith(demo.table.songs[demo.neighbours.rows[1][0]].title)


def test_a_search_finds_titles_and_everything_comes_back(demo: Content, browse: Browse) -> None:
    title = demo.table.songs[3].title
    script = f"""
      const search = document.getElementById("search");
      search.value = {title.upper()!r};
      search.dispatchEvent(new Event("input"));
      document.body.dataset.found = document.body.dataset.shown;
      document.getElementById("everything").click();
    """
    seen = browse(page(demo, "songs.sqlite"), script=script)
    assert seen.body["data-found"] == "1"
    assert int(seen.body["data-shown"]) == len(demo.table.songs)


def test_songs_out_of_reach_can_be_seen_alone(many: Content, browse: Browse) -> None:
    script = "const w = document.getElementById('within'); w.value = 'missed'; w.dispatchEvent(new Event('change'))"
    seen = browse(page(many, "songs.sqlite"), script=script)
    assert int(seen.body["data-shown"]) == MANY - many.reach.named.sum()


def test_a_hostile_title_is_shown_and_never_runs(make_table: MakeTable, browse: Browse) -> None:
    hostile = (
        '</script><script>document.body.dataset.run = 1</script><img src=x onerror="document.body.dataset.run = 2">'
    )
    table = make_table([(0.5, 0.2), (0.4, 0.3), (0.3, 0.4)], titles=[hostile] * 3, artist=hostile)
    content = gather_content(table, (), quiet, observations=5)
    # Without the policy nothing but the escaping stands between the title and the page.
    open_to_all = page(content, hostile).replace("Content-Security-Policy", "x")
    seen = browse(open_to_all, script=TOUCH_SECOND_SONG + HOVER + told_of("#song"))
    assert seen.body["data-ready"] == "true"
    assert "data-run" not in seen.body
    assert hostile in seen.body["data-told"]
    assert hostile in seen.body["data-hovered"]


def told_of(selector: str) -> str:
    return f"document.body.dataset.told = document.querySelector('{selector}').textContent;"


# What Bokeh draws is a picture: where a name ends is its text's width, measured in the font that it is drawn in.
LABELS = """
  const map = Bokeh.documents.at(-1);
  const { data_source: { data }, glyph } = map.get_model_by_name("names");
  const plot = Bokeh.index.get_by_id(map.get_model_by_name("plot").id);
  const pen = document.createElement("canvas").getContext("2d");
  const [style, size, family] = ["_style", "_size", ""].map((of) => glyph[`text_font${of}`].value);
  pen.font = `${style} ${size} ${family}`;
  const across = (x) => plot.frame.x_scale.compute(x);
  const labels = data.text.map((text, row) => {
    const wide = pen.measureText(text).width, x = across(data.x[row]);
    const left = x - { left: 0, center: wide / 2, right: wide }[data.align[row]];
    return { text, left, right: left + wide, y: data.y[row], west: across(-1), east: across(1) };
  });
  document.body.dataset.labels = JSON.stringify(labels);
  document.body.dataset.font = pen.font;
"""

# Bokeh keeps its tooltip in the map's shadow trees.
HOVER = """
  const texts = (root) => [...root.querySelectorAll("*")].map((each) => each.shadowRoot ? texts(each.shadowRoot) : "")
    .join("") + [...root.querySelectorAll(".bk-tooltip-content")].map((each) => each.textContent).join("");
  const plot = Bokeh.index.get_by_id(Bokeh.documents.at(-1).get_model_by_name("plot").id);
  const area = plot.canvas_view.events_el;
  const box = area.getBoundingClientRect();
  const x = box.left + plot.frame.x_scale.compute(0.5), y = box.top + plot.frame.y_scale.compute(0.2);
  const mouse = { clientX: x, clientY: y, isPrimary: true, pointerType: "mouse" };
  area.dispatchEvent(new PointerEvent("pointermove", mouse));
  await new Promise((done) => setTimeout(done, 500));
  document.body.dataset.hovered = texts(document);
"""


def coloured(path: Path) -> int:
    """Pixels of strong colour in the rows where the map is, on a phone and on a desk: its points."""
    saturation = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2HSV)[640:900, :, 1]
    return int((saturation > 90).sum())
