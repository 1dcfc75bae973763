"""The history: what was played comes back, the file stays small, and damage costs the past but never the present."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.emotion.labels import FACE_LABELS
from device.errors import MienError
from device.observation.observation import Observation
from device.observation.plane_place import MeanPlace
from device.programme.taste import How
from device.recommendation.recommendation import RankedSong
from device.recommendation.song_table import Song
from device.session import history as history_module
from device.session.history import LONGEST_NAME, History, HistoryEntry, HistoryHealth, read_history, set_aside_history

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


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    with closing(History(path)) as opened:
        yield opened


@pytest.fixture
def happy(make_observation: MakeObservation) -> Observation:
    return make_observation({"happiness": 1.0})


def remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def test_how_songs_ended_is_written_and_forgotten_with_them(
    path: Path, happy: Observation, make_song: MakeSong
) -> None:
    songs = [RankedSong(make_song(number), 0.5) for number in (1, 2, 3)]
    with closing(History(path)) as history:
        for song in songs:
            history.add(NOON, happy, song)
        history.note_ending(2, How.ENDED)
        history.note_ending(1, How.SKIPPED)  # told late, its row is in the file
        history.note_ending(9, How.ENDED)  # of a past that was cleared
        history.add(NOON + timedelta(seconds=1), None, songs[0], asked="calm")
        assert [(entry.song_id, entry.asked, entry.ended) for entry in read_history(path, 9)] == [
            (1, "calm", ""),
            (3, "", ""),
            (2, "", "ended"),
            (1, "", "skipped"),
        ]
        history.note_ending(1, How.FADED)
        newest, *others = read_history(path, 9)
        assert (newest.song_id, newest.seconds, newest.asked, newest.ended) == (1, {}, "calm", "faded")
        assert [entry.ended for entry in others] == ["", "ended", "skipped"], "the older entry of that song stays"
        history.clear(lambda _: None)
        history.note_ending(1, How.ENDED)
    assert read_history(path, 9) == []


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
    remove(path)
    with closing(History(path)) as history:
        history.add(at, observation, RankedSong(song, similarity))

    [entry] = read_history(path, 5)
    assert entry == HistoryEntry(at, seconds, observation.coverage, 8, song.name[:LONGEST_NAME], similarity)
    assert entry.at.utcoffset() == at.utcoffset()
    assert list(entry.seconds) == list(observation.by_label)


def test_an_observation_without_a_song_is_kept_too(history: History, path: Path, happy: Observation) -> None:
    history.add(NOON, happy, None)

    assert read_history(path, 1) == [HistoryEntry(NOON, {"happiness": 1.0}, 1 / 15, None, "", None)]
    assert history.recent_song_ids(5) == ()


OLDER_TABLE = """
CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, seconds TEXT NOT NULL,
    coverage REAL NOT NULL, song_id INTEGER, song TEXT NOT NULL, similarity REAL)
"""
OLDER_INSERT = "INSERT INTO entries (at, seconds, coverage, song_id, song, similarity) VALUES (?, ?, ?, ?, ?, ?)"
OLDER_ROW = (NOON.isoformat(), '{"anger": 2.0}', 0.1, 4, "Old", 0.5)
OLDER_ENTRY = HistoryEntry(NOON, {"anger": 2.0}, 0.1, 4, "Old", 0.5)


def test_a_file_that_a_mien_without_places_began_is_read_and_goes_on(
    path: Path, make_observation: MakeObservation
) -> None:
    place, rounded = MeanPlace(0.123456, -0.3, 0.2, 1.0), MeanPlace(0.1235, -0.3, 0.2, 1.0)
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as older:
        older.execute(OLDER_TABLE)
        older.execute(OLDER_INSERT, OLDER_ROW)
        older.commit()
    assert read_history(path, 5) == [OLDER_ENTRY]

    with closing(History(path)) as history:
        assert history.recent_song_ids(5) == (4,)
        history.add(NOON, make_observation({"anger": 1.0}, place=place), None)
        assert history.health() == HistoryHealth()
    with closing(sqlite3.connect(path)) as older:  # the box went back to the release of before
        older.execute(OLDER_INSERT, OLDER_ROW)
        older.commit()
    assert [entry.place for entry in read_history(path, 5)] == [None, rounded, None]


@pytest.mark.parametrize("place", ["x", "7", "{}", '{"valence": 1}', '{"valence": "a", "arousal": 0}'])
def test_a_place_that_makes_no_sense_is_told(path: Path, happy: Observation, place: str) -> None:
    with closing(History(path)) as history:
        history.add(NOON, happy, None)
    with closing(sqlite3.connect(path)) as somebody:
        somebody.execute("UPDATE entries SET place = ?", (place,))
        somebody.commit()
    with pytest.raises(MienError, match="the history cannot be read"):
        read_history(path, 5)


def test_the_newest_come_first(
    history: History, path: Path, make_song: MakeSong, make_observation: MakeObservation
) -> None:
    for number in range(1, 5):
        choice = None if number == 3 else RankedSong(make_song(number), 0.5)
        history.add(NOON + timedelta(minutes=number), make_observation({"anger": 1.0}), choice)

    assert [entry.song_id for entry in read_history(path, 3)] == [4, None, 2]
    assert history.recent_song_ids(2) == (4, 2)
    assert history.recent_song_ids(0) == ()


def test_what_was_played_is_known_after_a_restart(
    path: Path, make_song: MakeSong, make_observation: MakeObservation
) -> None:
    for number in range(1, 4):
        with closing(History(path)) as history:
            history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(number), 0.5))

    with closing(History(path)) as history:
        assert history.recent_song_ids(10) == (3, 2, 1)
        history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(9), 0.5))
        assert history.recent_song_ids(3) == (9, 3, 2)


def test_a_session_costs_one_transaction_however_many_songs_are_passed_over(
    history: History, path: Path, make_song: MakeSong, make_observation: MakeObservation
) -> None:
    statements: list[str] = []
    assert history._database is not None
    history._database.set_trace_callback(statements.append)
    for session in range(3):
        observation = make_observation({"anger": 1.0})
        for song in range(5):
            history.add(NOON, observation, RankedSong(make_song(10 * session + song), 0.5))
            assert history.recent_song_ids(1) == (10 * session + song,)

    assert statements.count("COMMIT") == 3
    assert [entry.song_id for entry in read_history(path, 100)] == [20, 14, 13, 12, 11, 10, 4, 3, 2, 1, 0]
    history.close()
    assert statements.count("COMMIT") == 4
    assert [entry.song_id for entry in read_history(path, 4)] == [24, 23, 22, 21]


def test_a_session_writes_little(history: History, make_song: MakeSong, make_observation: MakeObservation) -> None:
    def written() -> int:
        fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines())
        return int(fields["wchar"])

    before = written()
    for number in range(50):
        history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(number), 0.5))
    assert (written() - before) / 50 < 32 * 1024


def test_a_song_that_follows_is_never_lost_with_the_file(
    history: History, path: Path, happy: Observation, make_song: MakeSong
) -> None:
    history.add(NOON, happy, RankedSong(make_song(1), 0.5))
    history.add(NOON, happy, RankedSong(make_song(2), 0.5))
    path.unlink()
    history.close()

    assert [entry.song_id for entry in read_history(path, 5)] == [2]


def test_closing_leaves_the_one_file(history: History, path: Path, happy: Observation) -> None:
    history.add(NOON, happy, None)
    assert len(list(path.parent.iterdir())) == 3
    history.close()
    history.close()
    assert list(path.parent.iterdir()) == [path]


def test_a_new_history_is_empty(history: History, path: Path) -> None:
    assert read_history(path, 10) == []
    assert history.recent_song_ids(10) == ()
    assert history.health() == HistoryHealth()


def test_a_path_may_hold_any_letters(tmp_path: Path, happy: Observation) -> None:
    path = tmp_path / "50% of what? #1 ü" / "history.sqlite"
    with closing(History(path)) as history:
        history.add(NOON, happy, None)
        assert len(read_history(path, 5)) == 1
    assert len(read_history(path, 5)) == 1


def test_where_nothing_was_played_yet_there_is_no_file_to_read(path: Path) -> None:
    assert read_history(path, 10) == []
    assert not path.parent.exists()


@given(count=st.integers(0, 9), kept=st.integers(1, 5))
@in_tmp_path
def test_only_the_newest_entries_are_kept(
    path: Path, make_song: MakeSong, make_observation: MakeObservation, count: int, kept: int
) -> None:
    remove(path)
    with pytest.MonkeyPatch.context() as patch, closing(History(path)) as history:
        patch.setattr(history_module, "KEPT_ENTRIES", kept)
        for number in range(count):
            history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(number), 0.5))

    expected = list(range(count))[-kept:][::-1]
    assert [entry.song_id for entry in read_history(path, 100)] == expected


def test_the_file_stays_under_a_few_megabytes(
    path: Path, make_song: MakeSong, make_observation: MakeObservation, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = 100
    monkeypatch.setattr(history_module, "KEPT_ENTRIES", kept)
    choice = RankedSong(make_song(123456, title="a" * 1024, artist="b" * 1024), 1 / 3)
    seconds = dict.fromkeys(FACE_LABELS, 1.234)
    longest_log = 0
    with closing(History(path)) as history:
        for _ in range(3 * kept):
            history.add(NOON, make_observation(seconds), choice)
            longest_log = max(longest_log, path.with_name("history.sqlite-wal").stat().st_size)
    assert longest_log < 450_000
    empty_pages = 4 * 4096
    assert (path.stat().st_size - empty_pages) * 10_000 / kept < 5_000_000


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
    with closing(History(path)) as history:
        for number in range(40):  # fill several pages
            history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(number, title="a" * 1000), 0.5))
    damage(path)
    damaged = path.read_bytes()

    with caplog.at_level(logging.WARNING), closing(History(path)) as history:
        aside = path.with_name("history.sqlite.damaged")
        assert "history.sqlite.damaged" in caplog.text
        assert aside.read_bytes() == damaged
        assert history.health() == HistoryHealth(set_aside=str(aside))
        assert set_aside_history(path) == aside
        history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(1), 0.5))
        assert history.recent_song_ids(10) == (1,)
        aside.unlink()
        assert history.health() == HistoryHealth()


def test_damage_that_shows_while_writing_costs_the_past_and_not_the_session(
    history: History, path: Path, make_song: MakeSong, make_observation: MakeObservation
) -> None:
    history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(1), 0.5))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE entries")

    history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(2), 0.5))
    assert [entry.song_id for entry in read_history(path, 5)] == [2]
    assert history.recent_song_ids(5) == (2, 1)
    assert history.health().set_aside


def test_a_log_without_sense_beside_a_damaged_file_does_no_harm(path: Path, happy: Observation) -> None:
    path.parent.mkdir()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_bytes(b"no database " * 1000)

    with closing(History(path)) as history:
        history.add(NOON, happy, None)
    assert len(read_history(path, 5)) == 1
    assert path.with_name("history.sqlite.damaged").read_bytes() == b"no database " * 1000


def test_a_file_that_is_replaced_meanwhile_is_written_to(
    history: History, path: Path, make_song: MakeSong, make_observation: MakeObservation
) -> None:
    history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(1), 0.5))
    path.unlink()
    history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(2), 0.5))

    assert [entry.song_id for entry in read_history(path, 5)] == [2]
    assert history.recent_song_ids(5) == (2, 1)


def test_a_sound_file_is_never_set_aside(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        History(path).close()

    assert list(path.parent.iterdir()) == [path]
    assert caplog.text == ""


def test_a_reader_and_the_box_do_not_wait_for_each_other(
    path: Path, make_observation: MakeObservation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(history_module, "LOCK_SECONDS", 0)  # whoever would have to wait does not get it at all
    with closing(History(path)) as history, closing(sqlite3.connect(path, timeout=0)) as reader:
        history.add(NOON, make_observation({"anger": 1.0}), None)
        rows = reader.execute("SELECT * FROM entries")
        rows.fetchone()
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM entries").fetchone() == (1,)
        history.add(NOON, make_observation({"anger": 1.0}), None)
        assert reader.execute("SELECT count(*) FROM entries").fetchone() == (1,)
        reader.rollback()
        assert reader.execute("SELECT count(*) FROM entries").fetchone() == (2,)
    assert caplog.text == ""


def test_what_somebody_locks_is_written_with_the_next_session(
    path: Path,
    make_song: MakeSong,
    make_observation: MakeObservation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(history_module, "LOCK_SECONDS", 0.01)
    with closing(History(path)) as impatient:
        with closing(sqlite3.connect(path, isolation_level=None)) as holder, caplog.at_level(logging.WARNING):
            holder.execute("BEGIN IMMEDIATE")
            impatient.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(7), 0.5))
            assert "database is locked" in caplog.text
            assert "database is locked" in impatient.health().trouble
            assert impatient.recent_song_ids(5) == (7,)
            holder.execute("ROLLBACK")
        impatient.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(8), 0.5))
        assert impatient.health() == HistoryHealth()
    assert [entry.song_id for entry in read_history(path, 5)] == [8, 7]


def test_what_is_there_though_its_writing_failed_is_not_written_twice(
    path: Path, make_song: MakeSong, make_observation: MakeObservation, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, broken = History._write_rows, True

    def write_and_fail_to_sync(
        history: History, rows: list[history_module._Row], endings: list[tuple[str, int, str]]
    ) -> None:
        write(history, rows, endings)
        if broken:
            msg = "disk I/O error"
            raise sqlite3.OperationalError(msg)

    monkeypatch.setattr(History, "_write_rows", write_and_fail_to_sync)
    with closing(History(path)) as history:
        for song in (7, 8, 9, 7):
            broken = song != 9
            history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(song), 0.5))
            assert bool(history.health().trouble) is broken
        broken = False
    assert [entry.song_id for entry in read_history(path, 9)] == [7, 9, 8, 7]


def test_a_folder_in_its_place_is_left_alone_and_the_box_goes_on(
    path: Path, happy: Observation, make_song: MakeSong, caplog: pytest.LogCaptureFixture
) -> None:
    (path / "of something else").mkdir(parents=True)

    with caplog.at_level(logging.WARNING), closing(History(path)) as history:
        history.add(NOON, happy, RankedSong(make_song(3), 0.5))
        assert history.recent_song_ids(5) == (3,)
        assert "cannot be written" in history.health().trouble
    assert (path / "of something else").is_dir()
    with pytest.raises(MienError, match="cannot be read"):
        read_history(path, 5)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    with closing(History(tmp_path / "state" / "history.sqlite")) as history:
        assert "cannot be written" in history.health().trouble


def test_what_cannot_be_written_for_long_does_not_fill_the_memory(
    path: Path, make_song: MakeSong, make_observation: MakeObservation
) -> None:
    path.mkdir(parents=True)
    with closing(History(path)) as history:
        for number in range(1200):
            history.add(NOON, make_observation({"anger": 1.0}), RankedSong(make_song(number), 0.5))
        assert len(history._waiting) == 100
        assert len(history.recent_song_ids(10_000)) == 1000
