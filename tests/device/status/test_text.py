"""The status for a person: 80 × 24 whatever happens, and what is wrong before everything else."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.session.history import HistoryHealth
from device.session.states import Cause, Fault, State
from device.status.problems import THROTTLING_REASONS, Finding, problems_of
from device.status.terminal_text import columns_of
from device.status.text import COLUMNS, duration_text, evening_text, next_text, status_lines
from tests.device.status.surroundings import SURROUNDINGS

MakeStatus = Callable[..., dict[str, Any]]

ALL_WRONG = {
    "fault": Fault(Cause.SONG_FILE, "long " * 200, "mend " * 200),
    "notice": "notice " * 100,
    "hint": "hint " * 100,
    "plugged_in": False,
    "playable": (False,) * 100,
    "board": {
        "temperature_celsius": 99.0,
        "throttling_now": list(THROTTLING_REASONS),
        "throttling_since_boot": list(THROTTLING_REASONS),
    },
    "history": HistoryHealth("trouble " * 60, "/var/lib/mien/state/" + "h" * 200),
    "versions": {f"part {number}": "1.0" for number in range(30)},
    "release_notice": "went back from release 3 to 2: " + "why " * 50,
}


def fits(lines: list[str]) -> bool:
    return len(lines) <= 23 and all(columns_of(line) <= COLUMNS for line in lines)


@pytest.mark.parametrize("state", [state.value for state in State])
@pytest.mark.parametrize("changes", [{}, {"used": False}, ALL_WRONG, ALL_WRONG | {"title": "日本語の長い題" * 40}])
def test_every_state_fits_a_small_terminal(make_status: MakeStatus, state: str, changes: dict[str, Any]) -> None:
    assert fits(status_lines(make_status(state, **changes)))


@given(what=st.text(max_size=300), title=st.text(max_size=300), notice=st.text(max_size=300), hot=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_no_text_breaks_the_frame(make_status: MakeStatus, what: str, title: str, notice: str, *, hot: bool) -> None:
    board = {"temperature_celsius": 90.0} if hot else {}
    fault = Fault(Cause.SOFTWARE, what, "press again")
    lines = status_lines(make_status("fault", fault=fault, title=title, notice=notice, board=board))
    assert fits(lines)
    assert all(line.isprintable() for line in lines)


BY_NIGHT = {"quiet": True, "begin": "22:00", "end": "07:00", "now": "23:10 CET"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "45 %"),
        (BY_NIGHT, "45 %; quiet hours until 07:00"),
        (BY_NIGHT | {"quiet": False}, "45 %; quiet hours from 22:00 (it is 23:10 CET)"),
        (BY_NIGHT | {"quiet": False, "trouble": {"what": "not set", "mend": "set it"}}, "45 %"),
        ({"sleep_in_seconds": 725}, "45 %; the music ends in 12 min 5 s"),
        ({"power_off_in_seconds": 60}, "45 %; the box shuts down in 1 min"),
    ],
)
def test_the_volume_and_the_hours_are_told_in_a_line(
    make_status: MakeStatus, changes: dict[str, Any], said: str
) -> None:
    surroundings = {"volume": SURROUNDINGS["volume"], "hours": SURROUNDINGS["hours"] | changes}
    assert f"volume     {said}" in status_lines(make_status(surroundings=surroundings))


def test_a_daemon_that_knows_of_no_volume_is_understood(make_status: MakeStatus) -> None:
    assert not [line for line in status_lines(make_status(surroundings={})) if line.startswith("volume")]


def test_what_is_wrong_comes_first_and_then_what_to_do(make_status: MakeStatus) -> None:
    lines = status_lines(make_status("fault", board={"temperature_celsius": 88.0}))
    assert lines[0] == "WRONG      camera: the camera stalled"
    assert lines[1] == "  mend     push its cable home"
    assert lines[2] == "warning    the Pi is hot: 88 °C"
    assert lines[4].startswith("state      fault")


def test_a_long_fault_keeps_its_mend_in_sight(make_status: MakeStatus) -> None:
    lines = status_lines(make_status("fault", fault=Fault(Cause.CAMERA, "word " * 100, "push its cable home")))
    assert lines[2].endswith("…")
    assert lines[3] == "  mend     push its cable home"


def test_what_finds_no_room_is_counted(make_status: MakeStatus) -> None:
    status = make_status("fault", **ALL_WRONG)
    lines = status_lines(status)
    shown = sum(line.startswith(("WRONG", "warning")) for line in lines)
    assert shown >= 2
    assert f"           {len(status['problems']) - shown} more things are wrong: mien status --json" in lines


def test_what_would_help_to_see_better_is_told(make_status: MakeStatus) -> None:
    assert "hint       the room is dark: turn a light on" in status_lines(
        make_status(hint="the room is dark: turn a light on")
    )


def test_a_box_that_is_well_says_so_and_what_to_do_next(make_status: MakeStatus) -> None:
    lines = status_lines(make_status(used=False))
    assert lines[0] == "well       nothing needs mending"
    assert lines[1] == "state      idle for 1 min 40 s (LED off): press the button to begin"


def test_the_song_and_its_reason_are_told(make_status: MakeStatus) -> None:
    text = "\n".join(status_lines(make_status("playing")))
    assert "playing    Title — Artist: 1 min 40 s of 3 min, 1 min 20 s left, similarity 0.92" in text
    assert "from the press to: camera 0.42 s, first face 0.61 s, music 15.50 s" in text


def with_faces(status: dict[str, Any], *names: str, at: str = "2026-11-29T14:05:10+00:00") -> dict[str, Any]:
    """Let a household of these names have calibrated, and the first of them have corrected a mixed observation."""
    faces = [{"name": name, "at": at, "in_force": True} for name in names]
    seconds = {"neutral": 6.1, "sadness": 4.0, "anger": 2.0, "happiness": 1.5, "fear": 1.0}
    seen = status["last_observation"] | {"resting": names[0], "seconds": seconds}
    return status | {"resting": {"faces": faces, "stale": [], "trouble": None}, "last_observation": seen}


def test_a_whole_household_and_whose_face_corrected_are_told(make_status: MakeStatus) -> None:
    text = " ".join(" ".join(status_lines(with_faces(make_status(), "Anna", "Ben", "Carla", "Daniel"))).split())
    assert "last seen corrected by Anna's resting face; valence" in text
    assert all(f"{name} since 2026-11-29" in text for name in ("Anna", "Ben", "Carla", "Daniel"))


@pytest.mark.parametrize("changes", [{}, ALL_WRONG])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday"])
def test_no_face_breaks_the_frame(make_status: MakeStatus, at: str, changes: dict[str, Any]) -> None:
    for state in State:
        status = make_status(state.value, **changes)
        assert fits(status_lines(with_faces(status, *(name * 40 for name in "ABCD"), at=at)))


def test_a_machine_without_a_button_is_told_once_and_is_well(make_status: MakeStatus) -> None:
    status = make_status(findings=[Finding("button", "none on this machine, use mien press")])
    lines = status_lines(status)
    assert lines[0] == "well       nothing needs mending"
    assert "button     none on this machine, use mien press" in lines


def test_the_board_is_told_in_words(make_status: MakeStatus) -> None:
    board = {"temperature_celsius": 48.3, "throttling_now": [], "throttling_since_boot": ["undervoltage", "throttled"]}
    assert "board      48 °C, full speed, since boot: undervoltage, throttled" in status_lines(make_status(board=board))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3601, "1 h"),
        (7500, "2 h 5 min"),
        (86400 * 3 + 7200, "3 d 2 h"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


LIFT = {
    "asked_for": "calm",
    "plays": True,
    "by_hand": True,
    "goal": "lift",
    "after_song": "continue",
    "minutes": 45.0,
    "seconds_in": 754.0,
    "songs_before": 3,
    "path": {"song": 4, "songs": 5, "mood": "happy", "share": 0.62, "is_there": False},
    "sought": "lift, song 4 of 5 on the way",
    "gave_way": [],
    "learnt": None,
    "knows_next": True,
    "next": {
        "title": "Next",
        "artist": "Artist",
        "similarity": 0.874,
        "sought": "lift, there",
        "mood": "happy",
        "gave_way": ["a leap: no song is left between"],
    },
    "trouble": None,
}
"""An evening of which there is much to say."""
MATCH = {**LIFT, "by_hand": False, "goal": "match", "path": None}
NEXT = {**MATCH["next"], "gave_way": []}


@pytest.mark.parametrize(
    ("evening", "told", "following"),
    [
        (
            LIFT,
            "song 4, 12 of 45 min, lift: song 4 of 5 on the path, 62% of the way to happy, asked for calm",
            "Next — Artist, similarity 0.87 to lift, there; a leap: no song is left between",
        ),
        ({**MATCH, "next": NEXT}, "song 4, 12 of 45 min", "Next — Artist, similarity 0.87"),
        ({**MATCH, "next": None}, "song 4, 12 of 45 min", "the music ends"),
        ({**MATCH, "knows_next": False, "next": None}, "song 4, 12 of 45 min", ""),
        ({**MATCH, "after_song": "stop", "next": None}, "song 4", "the music ends"),
        (
            {**LIFT, "by_hand": False, "path": {**LIFT["path"], "is_there": True}, "next": None},
            "song 4, 12 of 45 min, lift: song 4 of 5 on the path, at happy",
            "the music ends",
        ),
    ],
)
def test_how_far_the_evening_is_and_what_comes_next_is_told(
    make_status: MakeStatus, evening: dict[str, Any], told: str, following: str
) -> None:
    status = make_status("playing") | {"programme": evening}
    assert (evening_text(status), next_text(status)) == (told, following)
    text = " ".join(line.strip() for line in status_lines(status))
    assert f"evening    {told}"[:60] in text
    assert fits(status_lines(status))
    assert "evening" not in "\n".join(status_lines(status | {"state": "idle"}))


@pytest.mark.parametrize("status", [{"programme": None}, {}])
def test_an_older_daemon_tells_no_evening(make_status: MakeStatus, status: dict[str, Any]) -> None:
    older = {key: value for key, value in make_status("playing").items() if key not in {"programme", "tastes"}}
    assert (evening_text(older | status), next_text(older | status)) == ("", "")
    assert fits(status_lines(older | status))


def test_a_song_that_was_passed_over_and_learning_in_trouble_are_told(make_status: MakeStatus) -> None:
    trouble = {"what": "a.mp3: holds nothing", "mend": "copy it again"}
    status = make_status("playing")
    status["programme"] |= {"trouble": trouble}
    status["tastes"] |= {"trouble": {"what": "taste.json cannot be read", "mend": "mien forget"}}
    told = [problem.what for problem in problems_of(status)]
    assert told == ["a song was passed over: a.mp3: holds nothing", "taste.json cannot be read"]
