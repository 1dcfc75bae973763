"""The Prometheus text: well formed whatever the texts in it, in base units, and put in place at once."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.errors import MienError
from device.session.states import State
from device.status.problems import THROTTLING_REASONS
from device.status.prometheus import metrics_text, write_metrics

MakeStatus = Callable[..., dict[str, Any]]
Values = dict[tuple[str, frozenset[tuple[str, str]]], float]

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
VALUE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

FULL = {
    "board": {
        "temperature_celsius": 48.3,
        "throttling_now": ["throttled"],
        "throttling_since_boot": ["throttled", "undervoltage"],
    }
}


def parse(text: str) -> Values:
    """Read the text format as strictly as its description: help, type, then the values of that family alone."""
    values: Values = {}
    family, kind, seen = "", "", set()
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in seen, f"{family} comes twice"
            seen.add(family)
            kind = ""
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family
            assert (kind == "counter") == family.endswith("_total")
        else:
            match = VALUE.fullmatch(line)
            assert match, line
            assert match[1] == family
            assert kind in {"gauge", "counter"}
            pairs = re.findall(rf"({LABEL})", match[2] or "")
            labels = frozenset(
                (name, re.sub(r"\\.", lambda found: UNESCAPED[found[0]], quoted[1:-1]))
                for name, _, quoted in (pair.partition("=") for pair in pairs)
            )
            assert (family, labels) not in values
            values[family, labels] = float(match[3])
    return values


def value(values: Values, name: str, **labels: str) -> float:
    return values[name, frozenset(labels.items())]


@pytest.mark.parametrize("state", [state.value for state in State])
@pytest.mark.parametrize("changes", [{}, FULL, {"used": False}])
def test_every_state_gives_well_formed_metrics(make_status: MakeStatus, state: str, changes: dict[str, Any]) -> None:
    values = parse(metrics_text(make_status(state, **changes)))
    assert value(values, "mien_up") == 1
    assert value(values, "mien_state", state=state) == 1
    assert sum(figure for (name, _), figure in values.items() if name == "mien_state") == 1
    assert sum(figure for (name, _), figure in values.items() if name == "mien_fault") == (state == "fault")


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_labels_come_back_as_they_were(make_status: MakeStatus, text: str) -> None:
    status = make_status()
    status["release"]["versions"] = {text: text}
    assert value(parse(metrics_text(status)), "mien_release_part_info", part=text, version=text) == 1


def test_figures_are_in_base_units(make_status: MakeStatus) -> None:
    values = parse(metrics_text(make_status("fault", playable=(True, False), **FULL)))
    assert value(values, "mien_fault", cause="camera") == 1
    assert value(values, "mien_problems", severity="critical") == 1
    assert value(values, "mien_observations_total") == 3
    assert value(values, "mien_songs_loaded") == value(values, "mien_songs_missing") == 1
    assert value(values, "mien_last_observation_seconds", emotion="happiness") == 9.8
    assert value(values, "mien_last_observation_coverage_ratio") == pytest.approx(13.9 / 15, abs=1e-3)
    assert value(values, "mien_press_to_seconds", moment="first_sound") == 15.5
    assert value(values, "mien_board_temperature_celsius") == 48.3
    throttling = {
        (reason, when): value(values, "mien_board_throttling", reason=reason, when=when)
        for reason in THROTTLING_REASONS
        for when in ("now", "since_boot")
    }
    assert {key for key, figure in throttling.items() if figure} == {
        ("throttled", "now"),
        ("throttled", "since_boot"),
        ("undervoltage", "since_boot"),
    }


def test_no_song_is_named(make_status: MakeStatus) -> None:
    text = metrics_text(make_status("playing", title="Secret"))
    assert "Secret" not in text
    assert "Artist" not in text


def test_a_daemon_that_does_not_answer_is_down_and_nothing_else() -> None:
    assert parse(metrics_text(None)) == {("mien_up", frozenset()): 0.0}


def test_the_file_is_put_in_place_whole_and_readable(tmp_path: Path) -> None:
    path = tmp_path / "mien.prom"
    write_metrics(path, "mien_up 0\n")
    write_metrics(path, "mien_up 1\n")
    assert path.read_text(encoding="utf-8") == "mien_up 1\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_told_and_left_clean(tmp_path: Path) -> None:
    (tmp_path / "mien.prom").mkdir()
    for path in (tmp_path / "absent" / "mien.prom", tmp_path / "mien.prom"):
        with pytest.raises(MienError, match="cannot be written"):
            write_metrics(path, "mien_up 1\n")
    assert [path.name for path in tmp_path.iterdir()] == ["mien.prom"]
