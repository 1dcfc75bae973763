"""Past observations for a person, in 80 columns, and for a program."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from device.observation.plane_place import MeanPlace
from device.session.history import HistoryEntry
from device.status.history_text import history_document, history_lines, with_unwritten
from device.status.terminal_text import columns_of

AT = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
PLAYED = HistoryEntry(AT, {"happiness": 9.8, "anger": 0.04, "surprise": 4.1}, 0.93, 7, "Title — Artist", 0.9312345)
PLACED = replace(PLAYED, place=MeanPlace(0.62, 0.55, 0.3, 0.2))
NOTHING = HistoryEntry(AT, {"happiness": 0.0}, 0.0, None, "", None)


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    yield
    monkeypatch.undo()
    assert os.environ.get("TZ") == before
    time.tzset()


def test_an_entry_tells_when_what_and_which_song_in_local_time() -> None:
    assert history_lines([PLAYED, NOTHING]) == [
        "2026-11-02 00:30 seen 93%: happiness 9.8 s, surprise 4.1 s",
        "    → Title — Artist, similarity 0.93",
        "2026-11-02 00:30 seen 0%: no expression",
        "    → no song",
    ]


def test_the_mood_is_told_where_the_place_was_kept() -> None:
    assert history_lines([PLACED])[0] == "2026-11-02 00:30 seen 93%, happy: happiness 9.8 s, surprise 4.1 s"


def test_what_was_asked_for_and_how_it_ended_is_told() -> None:
    asked = replace(PLAYED, seconds={}, coverage=0.0, asked="calm", ended="skipped")
    assert history_lines([asked]) == [
        "2026-11-02 00:30 asked for calm",
        "    → Title — Artist, similarity 0.93, skipped",
    ]


def test_an_empty_history_is_told() -> None:
    assert history_lines([]) == ["Nothing was observed yet."]


@pytest.mark.parametrize("song", ["a" * 500, "日本語の長い題" * 40, "two\nlines \x1b[2J"])
def test_lines_fit_a_terminal(song: str) -> None:
    seconds = {f"emotion {number}": 1.0 for number in range(20)}
    lines = history_lines([HistoryEntry(AT, seconds, 1.0, 7, song, 0.5)])
    assert len(lines) == 2
    assert all(columns_of(line) <= 80 and line.isprintable() for line in lines)


def test_programs_get_numbers_and_universal_time() -> None:
    document = json.loads(json.dumps(history_document([PLACED, NOTHING])))
    assert document["schema"] == 1
    assert document["entries"] == [
        {
            "at": "2026-11-01T23:30:00+00:00",
            "seconds": {"happiness": 9.8, "anger": 0.04, "surprise": 4.1},
            "coverage": 0.93,
            "song_id": 7,
            "song": "Title — Artist",
            "similarity": 0.9312,
            "place": {"valence": 0.62, "arousal": 0.55, "sigma_valence": 0.3, "sigma_arousal": 0.2},
            "corrected": False,
            "asked": "",
            "ended": "",
        },
        {
            "at": "2026-11-01T23:30:00+00:00",
            "seconds": {"happiness": 0.0},
            "coverage": 0.0,
            "song_id": None,
            "song": "",
            "similarity": None,
            "place": None,
            "corrected": False,
            "asked": "",
            "ended": "",
        },
    ]


def test_what_a_daemon_has_not_written_yet_comes_first_and_once() -> None:
    def entry(minute: int) -> HistoryEntry:
        at = datetime(2026, 11, 1, 12, minute, tzinfo=UTC)
        return HistoryEntry(at, {"happiness": 3.0}, 0.5, minute, f"Song {minute}", 0.75)

    file = [entry(2), entry(1)]
    assert with_unwritten(file, history_document([entry(4), entry(3), entry(2)])) == [entry(4), entry(3), *file]
    assert with_unwritten([], history_document([PLACED])) == [replace(PLACED, similarity=0.9312)]
    endings = [{"at": one.at.isoformat(), "song_id": one.song_id, "ended": "skipped"} for one in (entry(1), entry(9))]
    skipped = replace(entry(1), ended="skipped")
    assert with_unwritten(file, {"entries": [], "endings": endings}) == [entry(2), skipped]
    assert with_unwritten([skipped], {"entries": [], "endings": [endings[0] | {"ended": "faded"}]}) == [skipped]
    for senseless in ({}, {"entries": 7}, {"entries": [{}]}, {"entries": [{"at": "x"}]}, {"entries": [7]}):
        assert with_unwritten(file, senseless) == file
        assert with_unwritten(file, {"entries": [], "endings": [*endings, senseless]}) == file
