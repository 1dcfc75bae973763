"""What is too old goes, a clock that leaps takes nothing with it, and what is cleared is nowhere to be found."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.errors import MienError
from device.observation.observation import Observation
from device.recommendation.recommendation import RankedSong
from device.recommendation.song_table import Song
from device.session import forgetting
from device.session.forgetting import Calendar, as_owner_of, drop_old, erase_history
from device.session.history import History, read_history
from tests.waiting import PATIENCE_SECONDS

MakeSong = Callable[..., Song]
MakeObservation = Callable[..., Observation]

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
KEEP_DAYS = 90
TITLE = "Zwetschgenkuchen"  # a title that stands nowhere else


@dataclass
class Wall:
    """A clock on the wall, and the seconds that really pass."""

    now: datetime = NOW
    ticks: float = 0.0

    def pass_by(self, time: timedelta) -> None:
        self.now += time
        self.ticks += time.total_seconds()

    def calendar(self) -> Calendar:
        return Calendar(lambda: self.now, lambda: self.ticks)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.sqlite"


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def remember(make_song: MakeSong, make_observation: MakeObservation) -> Callable[..., None]:
    def add(history: History, at: datetime, number: int = 1, title: str = "Title") -> None:
        history.add(at, make_observation({"anger": 1.0}), RankedSong(make_song(number, title=title), 0.5))

    return add


@pytest.fixture
def kept(path: Path) -> Callable[[], list[int | None]]:
    """Give the ids of the songs that are still remembered, the oldest first."""
    return lambda: [entry.song_id for entry in read_history(path, 100)][::-1]


def fill(path: Path, ages: Sequence[float], remember: Callable[..., None]) -> None:
    """Write entries of so many days ago, in this order, their songs numbered from 1."""
    with closing(History(path)) as history:
        for number, age in enumerate(ages, start=1):
            remember(history, NOW - age * DAY, number)


@pytest.mark.parametrize(
    ("ages", "left"),
    [
        ([400, 120, 91, 89, 30, 1, 0], [4, 5, 6, 7]),
        ([91], []),
        ([2500, 91], []),
        ([89.9], [1]),
        ([], []),
        ([91, -20_000, 3], [3]),  # its own date cannot be, its neighbours' can
        ([-20_000, 91, 3], [1, 3]),  # nobody knows how old the first is
    ],
)
def test_what_is_too_old_goes_when_the_box_starts(
    path: Path,
    wall: Wall,
    remember: Callable[..., None],
    kept: Callable[[], list[int]],
    ages: list[float],
    left: list[int],
) -> None:
    fill(path, ages, remember)
    with closing(History(path, keep_days=KEEP_DAYS, calendar=wall.calendar())):
        pass
    assert sorted(kept()) == sorted(number for number in left if number in range(1, len(ages) + 1))


def test_what_becomes_too_old_goes_with_the_next_observation_or_within_the_hour(
    path: Path,
    wall: Wall,
    remember: Callable[..., None],
    kept: Callable[[], list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(History(path, keep_days=KEEP_DAYS, calendar=wall.calendar())) as history:
        for number in range(1, 4):
            remember(history, wall.now, number)
            wall.pass_by(40 * DAY)
        assert kept() == [1, 2, 3]
        remember(history, wall.now, 4)
        assert kept() == [2, 3, 4]
        wall.pass_by(20 * DAY)
        history.upkeep()
        assert kept() == [2, 3, 4], "it looks once in an hour"
        monkeypatch.setattr("device.session.history._UPKEEP_SECONDS", -1)
        history.upkeep()
        assert kept() == [3, 4]


@pytest.mark.parametrize("years", [55, 10, -20, -56])
def test_a_clock_that_leaps_takes_nothing_with_it(
    path: Path, wall: Wall, remember: Callable[..., None], kept: Callable[[], list[int]], years: int
) -> None:
    fill(path, [60, 30, 1, 0], remember)
    with closing(History(path, keep_days=KEEP_DAYS, calendar=wall.calendar())) as history:
        wall.now += years * 365 * DAY
        for number in range(5, 8):
            wall.pass_by(timedelta(minutes=20))
            remember(history, wall.now, number)
    with closing(History(path, keep_days=KEEP_DAYS, calendar=Wall(NOW).calendar())) as history:
        remember(history, NOW, 8)
    assert set(kept()) >= {1, 2, 3, 4, 8}


@pytest.mark.parametrize("years", [55, -56])
def test_a_box_that_starts_with_a_clock_far_off_takes_nothing_for_old(
    path: Path, remember: Callable[..., None], kept: Callable[[], list[int]], years: int
) -> None:
    fill(path, [60, 30, 1, 0], remember)
    for start in range(3):
        wall = Wall(NOW + years * 365 * DAY + start * timedelta(hours=1))
        with closing(History(path, keep_days=KEEP_DAYS, calendar=wall.calendar())) as history:
            remember(history, wall.now, 5 + start)
    assert kept() == [1, 2, 3, 4, 5, 6, 7]


def test_a_clock_that_stands_by_its_leap_for_a_day_is_believed(
    path: Path, wall: Wall, remember: Callable[..., None], kept: Callable[[], list[int]]
) -> None:
    fill(path, [60, 30], remember)
    with closing(History(path, keep_days=KEEP_DAYS, calendar=wall.calendar())) as history:
        wall.now += 400 * DAY
        remember(history, wall.now, 3)
        assert kept() == [1, 2, 3]
        wall.pass_by(1.1 * DAY)
        remember(history, wall.now, 4)
        assert kept() == [3, 4]


@given(
    ages=st.lists(st.floats(-30_000, 30_000), max_size=12),
    keep=st.integers(1, 400),
    doubtful=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_an_entry_that_is_young_enough_never_goes(ages: list[float], keep: int, *, doubtful: bool) -> None:
    """Nor does one that came after it."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, at TEXT)")
        moments = [((NOW - age * DAY).isoformat(timespec="seconds"),) for age in ages if abs(age) < 700_000]
        database.executemany("INSERT INTO entries (at) VALUES (?)", moments)
        count = drop_old(database, keep_days=keep, now=NOW, doubtful=doubtful)
        left = {row[0] for row in database.execute("SELECT id FROM entries")}
    young = [number for number, age in enumerate(ages, start=1) if 0 <= age <= keep - 0.001]
    assert len(left) == len(ages) - count
    if young:
        assert left >= set(range(young[0], len(ages) + 1))


def raw_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_what_has_become_too_old_is_nowhere_in_the_files(path: Path, wall: Wall, remember: Callable[..., None]) -> None:
    with closing(History(path, keep_days=KEEP_DAYS, calendar=wall.calendar())) as history:
        remember(history, NOW, 1, TITLE)
        assert TITLE.encode() in raw_bytes(path)
        wall.pass_by(100 * DAY)
        remember(history, wall.now, 2)
        assert TITLE.encode() not in raw_bytes(path)


def cleared(history: History) -> int:
    """Clear a history whose writer is at hand."""
    told: list[int | MienError] = []
    history.clear(told.append)
    [answer] = told
    if isinstance(answer, MienError):
        raise answer
    return answer


@pytest.mark.parametrize("running", [True, False])
def test_what_is_cleared_is_nowhere_in_the_files_and_in_no_mind(
    path: Path, remember: Callable[..., None], *, running: bool
) -> None:
    with closing(History(path)) as history:
        for number in range(60):
            remember(history, NOW, number, f"{TITLE} {number}")
        history.add(NOW, history._wanted, None)  # type: ignore[arg-type]  # which waits for the next one
        aside = path.with_name("history.sqlite.damaged")
        aside.write_text(TITLE)
        assert raw_bytes(path).count(TITLE.encode()) > 60
        if running:
            assert cleared(history) == 60
            assert TITLE.encode() not in raw_bytes(path)
            assert history.recent_song_ids(5) == ()
            remember(history, NOW, 7)
            assert history.recent_song_ids(5) == (7,)
    if not running:
        assert erase_history(path) == 61
        assert TITLE.encode() not in raw_bytes(path)
    assert not aside.exists()
    assert [entry.song_id for entry in read_history(path, 5)] == ([7] if running else [])
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_history_beside_a_running_daemon_can_be_cleared_by_another_process(
    path: Path, remember: Callable[..., None]
) -> None:
    with closing(History(path)) as history:
        remember(history, NOW, 1, TITLE)
        command = [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from device.session.forgetting import *;",
        ]
        command[-1] += "print(erase_history(Path(sys.argv[1])))"
        erased = subprocess.run(
            [*command, str(path)], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
        )
        assert erased.stdout == "1\n"
        assert TITLE.encode() not in raw_bytes(path)
        remember(history, NOW, 2)
    assert [entry.song_id for entry in read_history(path, 5)] == [2]


def test_what_somebody_reads_at_the_moment_is_told_and_cleared_the_next_time(
    path: Path, remember: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "_PATIENCE_SECONDS", 0.01)
    with closing(History(path)) as history:
        remember(history, NOW, 1, TITLE)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM entries").fetchall()
            with pytest.raises(MienError, match="another program uses the history"):
                cleared(history)
        cleared(history)
        assert TITLE.encode() not in raw_bytes(path)


@pytest.mark.parametrize("content", [b"no database " * 100, b""])
def test_a_file_without_sense_is_removed(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert erase_history(path) == 0
    assert not path.exists()


def test_where_there_is_nothing_nothing_is_made(path: Path) -> None:
    assert erase_history(path) == 0
    assert not path.parent.exists()


def test_without_leave_to_remember_no_file_is_made_and_the_songs_are_known_all_the_same(
    path: Path, remember: Callable[..., None]
) -> None:
    with closing(History(path, enabled=False)) as history:
        for number in range(1, 300):
            remember(history, NOW, number)
        assert history.recent_song_ids(2) == (299, 298)
        assert len(history._waiting) <= 1
        assert not history.health().trouble
    assert not path.parent.exists()


def test_without_leave_to_remember_what_was_written_before_is_left_and_not_read(
    path: Path, remember: Callable[..., None], kept: Callable[[], list[int]]
) -> None:
    fill(path, [400, 1], remember)
    before = path.read_bytes()
    with closing(History(path, enabled=False, keep_days=KEEP_DAYS)) as history:
        assert history.recent_song_ids(5) == ()
        remember(history, NOW, 9)
    assert path.read_bytes() == before
    assert kept() == [1, 2]
    with closing(History(path, enabled=False)) as history:
        assert cleared(history) == 2


@pytest.fixture
def foreign_folder(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    folder = tmp_path / "state"
    folder.mkdir()
    os.chown(folder, 12345, 23456)
    yield folder
    assert (os.geteuid(), os.getegid()) == (0, 0)


def test_root_clears_a_history_as_the_user_to_whom_it_belongs(foreign_folder: Path) -> None:
    with as_owner_of(foreign_folder):
        assert (os.geteuid(), os.getegid()) == (12345, 23456)
