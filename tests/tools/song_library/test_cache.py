import math
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.waiting import PATIENCE_SECONDS
from tools.audio.tags import Tags
from tools.errors import CacheError
from tools.song_library.cache import Cache, FileState, Heard, Identified, cache_file

STATE = FileState(1000, 2**62, 77)
FOUND = Identified("ab" * 32, Tags("Tïtle", "Artist", "", "Album artist"))
SOUND = {"loudness": -14.5, "true_peak": -0.5, "leading_silence": 0.25, "trailing_silence": 1.5}
HEARD = Heard(12.5, np.linspace(-1, 1, 5, dtype=np.float32), whole_seconds=math.inf, **SOUND)
TOO_QUIET = Heard(1.0, np.zeros(600, np.float32), leading_silence=0.0, trailing_silence=0.0)


def open_cache(path: Path, tell: Callable[[str], None] = pytest.fail) -> Cache:
    return Cache(path, tell=tell)


def test_what_was_put_in_comes_out_later(tmp_path: Path) -> None:
    path = cache_file(tmp_path / "new" / "songs.sqlite")
    assert path.name == "songs.sqlite.cache"
    with open_cache(path) as cache:
        cache.remember_file("a/ü.mp3", STATE, FOUND)
        cache.remember_embedding(FOUND.content_hash, "model 1", HEARD)
    with open_cache(path) as cache:
        assert cache.file("a/ü.mp3", STATE) == cache.file("a/ü.mp3") == FOUND
        heard = cache.embedding(FOUND.content_hash, "model 1")
        assert heard is not None
        assert (heard.seconds, heard.embedding.tolist()) == (12.5, HEARD.embedding.tolist())
        assert heard.whole_seconds == math.inf
        assert {name: getattr(heard, name) for name in SOUND} == SOUND
        assert cache.holds(FOUND.content_hash, "model 1")
        assert not cache.holds(FOUND.content_hash, "model 2")
        assert cache.embedding(FOUND.content_hash, "model 2") is None
        assert cache.file("b.mp3") is None
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(("version", "dropped"), [(1, ("whole_seconds", *SOUND)), (2, tuple(SOUND))])
def test_what_an_earlier_mien_heard_is_recalled_and_wants_to_be_measured(
    tmp_path: Path, version: int, dropped: tuple[str, ...]
) -> None:
    path = tmp_path / "cache"
    with open_cache(path) as cache:
        cache.remember_embedding("a", "m", HEARD)
    with sqlite3.connect(path) as database:
        for column in dropped:
            database.execute(f"ALTER TABLE embeddings DROP COLUMN {column}")
        database.execute(f"PRAGMA user_version = {version}")
    database.close()
    with open_cache(path) as cache:
        heard = cache.embedding("a", "m")
        assert heard is not None
        assert (heard.seconds, heard.whole_seconds, heard.loudness) == (12.5, None if version == 1 else math.inf, None)
        assert not cache.holds("a", "m")
        cache.remember_embedding("a", "m", HEARD)
    with open_cache(path) as cache:
        assert cache.holds("a", "m")


@pytest.mark.parametrize("state", [FileState(999, 2**62, 77), FileState(1000, 5, 77), FileState(1000, 2**62, 78)])
def test_a_file_that_changed_is_not_recalled(tmp_path: Path, state: FileState) -> None:
    with open_cache(tmp_path / "cache") as cache:
        cache.remember_file("a.mp3", STATE, FOUND)
        assert cache.file("a.mp3", state) is None
        cache.remember_file("a.mp3", state, FOUND)
        assert cache.file("a.mp3", state) == FOUND


def test_a_files_state_tells_when_it_is_written_or_replaced(tmp_path: Path) -> None:
    path = tmp_path / "song"
    path.write_bytes(b"1")
    states = {FileState.of(path)}
    os.utime(path, ns=(5, 5))
    states.add(FileState.of(path))
    (tmp_path / "other").write_bytes(b"2")
    os.utime(tmp_path / "other", ns=(5, 5))
    (tmp_path / "other").replace(path)
    states.add(FileState.of(path))
    assert len(states) == 3


def test_everything_written_survives_a_kill(tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib, numpy as np\n"
        "from tools.song_library.cache import Cache, Heard\n"
        "cache = Cache(pathlib.Path(sys.argv[1]), tell=print)\n"
        "for number in range(100):\n"
        "    heard = Heard(1.0, np.zeros(600, np.float32), leading_silence=0.0, trailing_silence=0.0)\n"
        "    cache.remember_embedding(str(number), 'm', heard)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "cache")]
    finished = subprocess.run(command, check=False, timeout=PATIENCE_SECONDS)
    assert finished.returncode == -9
    with open_cache(tmp_path / "cache") as cache:
        assert all(cache.holds(str(number), "m") for number in range(100))


def damage_text(path: Path) -> None:
    path.write_text("to do: buy milk\n" * 100)


def damage_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[2000:] = bytes(len(content) - 2000)
    path.write_bytes(content)


def damage_end(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9000])


def other_schema(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


@pytest.mark.parametrize("damage", [damage_text, damage_middle, damage_end, other_schema])
def test_a_damaged_cache_is_set_aside_and_told(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "cache"
    with open_cache(path) as cache:
        for number in range(50):
            cache.remember_embedding(str(number), "m", TOO_QUIET)
    damage(path)
    content = path.read_bytes()
    told: list[str] = []
    with open_cache(path, told.append) as cache:
        assert not cache.holds("1", "m")
        cache.remember_file("a.mp3", STATE, FOUND)
    assert len(told) == 1
    assert "cache.damaged" in told[0]
    assert (tmp_path / "cache.damaged").read_bytes() == content


def test_a_second_analysis_at_the_same_time_is_refused(tmp_path: Path) -> None:
    with open_cache(tmp_path / "cache") as cache:
        cache.remember_file("a.mp3", STATE, FOUND)
        with pytest.raises(CacheError, match="another analysis"):
            open_cache(tmp_path / "cache")


def test_a_full_disk_is_told_and_what_was_written_stays(tmp_path: Path) -> None:
    with open_cache(tmp_path / "cache") as cache:
        cache.remember_embedding("kept", "m", HEARD)
        (pages,) = cache._database.execute("PRAGMA page_count").fetchone()
        cache._database.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own word for a disk of that size
        with pytest.raises(CacheError, match="full") as caught:
            cache.remember_embedding("new", "m", Heard(1.0, np.zeros(100_000, np.float32)))
        assert "free some space" in caught.value.mend
    with open_cache(tmp_path / "cache") as cache:
        assert cache.holds("kept", "m")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CacheError, match="cannot be used"):
        open_cache(tmp_path / "file" / "cache")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cache")
    with pytest.raises(CacheError, match="it is no file"):
        open_cache(tmp_path / "cache")
