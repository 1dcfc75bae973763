"""The history: what was played comes back, the file stays small, and damage costs the past but never the present."""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device import history as history_module
from device.history import Entry, History
from device.observation import Observation
from device.recommendation import RankedSong
from device.song_table import Song

MakeSong = Callable[..., Song]
MakeObservation = Callable[..., Observation]

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)

# Every example begins a new file, and every entry waits for the disc: few examples suffice.
in_tmp_path = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])

zones = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=zones).map(lambda moment: moment.replace(microsecond=0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.sqlite"


@given(
    at=moments,
    title=st.text(st.characters(exclude_categories=["Cs"])),
    millis=st.lists(st.integers(0, 5000), min_size=3, max_size=3),
    similarity=st.floats(0, 1),
)
@in_tmp_path
def test_an_entry_comes_back_as_it_was_added(
    path: Path,
    make_song: MakeSong,
    make_observation: MakeObservation,
    at: datetime,
    title: str,
    millis: list[int],
    similarity: float,
) -> None:
    seconds = dict(zip(("anger", "happiness", "neutral"), (value / 1000 for value in millis), strict=True))
    observation = make_observation(seconds)
    song = make_song(8, title=title)
    path.unlink(missing_ok=True)
    History(path).add(at, observation, RankedSong(song, similarity))

    [entry] = History(path).latest(5)
    assert entry == Entry(at, seconds, observation.coverage, 8, song.name, similarity)
    assert entry.at.utcoffset() == at.utcoffset()
    assert list(entry.seconds) == list(observation.by_label)


def test_an_observation_without_a_song_is_kept_too(path: Path, make_observation: MakeObservation) -> None:
    history = History(path)
    history.add(NOON, make_observation({"anger": 0.4}), None)

    assert history.latest(1) == [Entry(NOON, {"anger": 0.4}, 0.4 / 15, None, "", None)]
    assert history.recent_song_ids(5) == ()


def test_the_newest_come_first(path: Path, make_song: MakeSong, make_observation: MakeObservation) -> None:
    history = History(path)
    for number in range(1, 5):
        choice = None if number == 3 else RankedSong(make_song(number), 0.5)
        history.add(NOON + timedelta(minutes=number), make_observation({"anger": 1.0}), choice)

    assert [entry.song_id for entry in history.latest(3)] == [4, None, 2]
    assert history.recent_song_ids(2) == (4, 2)
    assert history.recent_song_ids(0) == ()


def test_a_new_history_is_empty(path: Path) -> None:
    history = History(path)

    assert history.latest(10) == []
    assert history.recent_song_ids(10) == ()


@given(count=st.integers(0, 9), kept=st.integers(1, 5))
@in_tmp_path
def test_only_the_newest_entries_are_kept(
    path: Path, make_song: MakeSong, make_observation: MakeObservation, count: int, kept: int
) -> None:
    path.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history_module, "KEPT_ENTRIES", kept)
        history = History(path)
        for number in range(count):
            history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(number), 0.5))

    expected = list(range(count))[-kept:][::-1]
    assert [entry.song_id for entry in history.latest(100)] == expected


def write_text(path: Path) -> None:
    path.write_bytes(b"this is no database, though it is long enough to be taken for one at first" * 20)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5000])


def drop_columns(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE entries")
        database.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, song_id INTEGER)")


@pytest.mark.parametrize("damage", [write_text, truncate, drop_columns])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    path: Path,
    make_song: MakeSong,
    make_observation: MakeObservation,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
) -> None:
    history = History(path)
    for number in range(8):  # fill several pages
        history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(number, title="a" * 2000), 0.5))
    damage(path)
    damaged = path.read_bytes()

    with caplog.at_level(logging.WARNING):
        history = History(path)
    assert "history.sqlite.damaged" in caplog.text
    assert path.with_name("history.sqlite.damaged").read_bytes() == damaged
    history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(1), 0.5))
    assert history.recent_song_ids(10) == (1,)


def test_a_sound_file_is_never_set_aside(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        History(path)

    assert list(path.parent.iterdir()) == [path]
    assert caplog.text == ""


def test_a_file_that_somebody_locks_is_left_alone_and_the_box_goes_on(
    path: Path,
    make_song: MakeSong,
    make_observation: MakeObservation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    choice = RankedSong(make_song(7), 0.5)
    History(path).add(NOON, make_observation({"anger": 1.0}), choice)
    monkeypatch.setattr(history_module, "LOCK_SECONDS", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder, caplog.at_level(logging.WARNING):
        holder.execute("BEGIN EXCLUSIVE")
        history = History(path)
        history.add(NOON, make_observation({"anger": 1.0}), choice)
        assert history.recent_song_ids(5) == ()
        holder.execute("ROLLBACK")

    assert caplog.text.count("database is locked") == 3
    assert history.recent_song_ids(5) == (7,)
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_in_its_place_is_left_alone_and_the_box_goes_on(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (path / "of something else").mkdir(parents=True)

    with caplog.at_level(logging.WARNING):
        assert History(path).recent_song_ids(5) == ()
    assert "cannot be used now" in caplog.text
    assert (path / "of something else").is_dir()


def test_a_folder_that_cannot_be_made_is_told_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "state").touch()

    with caplog.at_level(logging.WARNING):
        History(tmp_path / "state" / "history.sqlite")
    assert "cannot be used now" in caplog.text
