"""The screen of mien watch: it fits, its bars are as long as what they show, and it says what is wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from device.session.history import HistoryHealth
from device.session.states import State
from device.status.live_view import absent_lines, screen_lines, short_line
from device.status.terminal_text import columns_of
from tests.device.status.test_text import LIFT

MakeStatus = Callable[..., dict[str, Any]]

WRONG = {
    "plugged_in": False,
    "playable": (False,),
    "notice": "notice " * 50,
    "history": HistoryHealth("trouble " * 50),
    "title": "日本語の長い題" * 40,
}


def texts(status: dict[str, Any], columns: int = 80) -> list[str]:
    return [text for text, _ in screen_lines(status, columns)]


@pytest.mark.parametrize("state", [state.value for state in State])
@pytest.mark.parametrize("changes", [{}, {"used": False}, WRONG])
@pytest.mark.parametrize("columns", [40, 80, 250])
def test_every_state_fits(make_status: MakeStatus, state: str, changes: dict[str, Any], columns: int) -> None:
    lines = texts(make_status(state, **changes), columns)
    assert len(lines) <= 23
    if columns >= 80:  # narrower, a figure may be cut off at the edge
        assert all(columns_of(line) <= columns for line in lines)


def test_an_observation_shows_bars_for_the_latest_frame_and_for_the_seconds(make_status: MakeStatus) -> None:
    lines = texts(make_status("observing"))
    happiness = next(line for line in lines if line.startswith("happiness"))
    assert happiness.split() == [
        "happiness",
        "90%",
        "█" * 14,
        "4.2",
        "█" * 4,
        "│",
        "█" * 6,
        "│",
    ]  # of 16 each, and the frame
    assert lines[1] == "fine: this is a good place"
    assert "4.2 of 15 s, face found, 10.0 frames per second, light good (200 lux)" in lines


PLACES = {
    "fine: this is a good place": {"x": 0.5, "y": 0.5, "width": 0.25, "height": 0.35},
    "right: move a little to your left": {"x": 0.2, "y": 0.5, "width": 0.25, "height": 0.35},
    "too far: come nearer": {"x": 0.5, "y": 0.5, "width": 0.05, "height": 0.1},
    "nobody: no face is seen": None,
}


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize(("said", "place"), PLACES.items())
def test_it_says_and_shows_where_the_face_is(
    make_status: MakeStatus, columns: int, said: str, place: dict[str, float] | None
) -> None:
    status = make_status("observing")
    status["watching"]["place"] = place
    lines = texts(status, columns)
    assert lines[1] == said
    assert short_line(status).endswith(said) == said.startswith(("too", "right"))
    frame = [line[columns - 18 :] for line in lines[2:10]]
    assert frame[0] == "┌────────────────┐"
    assert frame[-1] == "└────────────────┘"
    assert any("█" in row for row in frame) == (place is not None)
    assert any("90%" in line and "4.2" in line for line in lines), "the figures have their place beside it"


@pytest.mark.parametrize("columns", [40, 80])
def test_while_the_camera_is_aimed_the_words_and_the_frame_fit_the_smallest_terminal(
    make_status: MakeStatus, columns: int
) -> None:
    status = {**make_status("observing"), "state": "aiming", "last_recommendation": None}
    lines = texts(status, columns)
    assert lines[1] == "fine: this is a good place"
    assert len(lines) <= 15
    assert any("█" in line for line in lines)
    assert not any("happiness" in line for line in lines), "no expression is read"
    assert short_line(status) == "aiming 4 s: fine: this is a good place"


def test_an_older_daemon_that_tells_no_place_is_shown_as_before(make_status: MakeStatus) -> None:
    status = make_status("observing")
    del status["watching"]["place"]
    lines = texts(status)
    assert lines[1] == ""
    assert not any("┌" in line for line in lines)
    assert short_line(status) == "observing 4 s, face: happiness 4.2 s"


def test_while_the_camera_settles_nothing_is_said_of_the_place(make_status: MakeStatus) -> None:
    status = make_status("observing")
    status["watching"]["settling"] = True
    assert texts(status)[1] == ""


def test_without_utf_8_the_bars_are_plain(make_status: MakeStatus) -> None:
    lines = [text for text, _ in screen_lines(make_status("observing"), 80, bar="#")]
    assert "#" * 14 in next(line for line in lines if line.startswith("happiness"))


def test_what_is_wrong_stands_below_the_state(make_status: MakeStatus) -> None:
    lines = screen_lines(make_status("fault"), 80)
    assert lines[0][0].startswith("mien  fault for 1 min 40 s")
    assert lines[2] == ("camera: the camera stalled", "bold red")
    assert lines[3][0] == "→ push its cable home"


@pytest.mark.parametrize(("columns", "surroundings", "volume"), [(80, None, 1), (40, None, 0), (80, {}, 0)])
def test_the_volume_stands_in_the_corner_where_there_is_room_and_somebody_tells_it(
    make_status: MakeStatus, columns: int, surroundings: dict[str, Any] | None, volume: int
) -> None:
    first = texts(make_status(surroundings=surroundings), columns)[0]
    assert first.endswith("LED off")
    assert len(first) == columns
    assert first.count("  volume 45 %, LED off") == volume


def test_the_song_that_plays_is_named(make_status: MakeStatus) -> None:
    assert "playing: Title — Artist, 1 min 40 s of 3 min, 1 min 20 s left" in texts(make_status("playing"))
    assert "last song: Title — Artist, similarity 0.92" in texts(make_status("idle"))


def test_the_evening_and_what_comes_next_are_shown(make_status: MakeStatus) -> None:
    status = make_status("playing") | {"programme": LIFT}
    lines = texts(status)
    assert any(line.startswith("song 4, 12 of 45 min, lift: song 4 of 5 on the path") for line in lines)
    assert any(line.startswith("next: Next — Artist, similarity 0.87") for line in lines)
    assert all(columns_of(line) <= 80 for line in lines)
    assert len(lines) <= 23
    assert not any(line.startswith("next:") for line in texts(status | {"state": "idle"}))


def test_a_line_says_the_same_where_there_is_no_screen(make_status: MakeStatus) -> None:
    assert short_line(make_status("observing")) == "observing 4 s, face: happiness 4.2 s"
    assert short_line(make_status("playing")).startswith("playing: 9.8 s happiness")
    assert short_line(make_status("fault")) == "fault: camera: the camera stalled"


def test_a_daemon_that_ended_is_told_with_how_to_start_it() -> None:
    text = " ".join(text for text, _ in absent_lines(40))
    assert "No mien daemon answers" in text
    assert "systemctl start mien" in text
