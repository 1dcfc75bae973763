"""The history under what befalls an SD card: a pulled plug, a full disc, a folder that became read-only.

Each happens to a process of its own, since limits and rights are a process's.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

REPOSITORY = Path(__file__).parents[3]

BEGIN = """
import os, random, resource, signal, sqlite3, sys, time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from device.session.history import History, read_history
from device.observation.observation import Observation
from device.recommendation.recommendation import RankedSong
from device.recommendation.song_table import Song

path = Path(sys.argv[1])

def add(history, number):
    observation = Observation(("happiness",), (3.0,), 15.0, 150, 150, 10.0)
    song = Song(number, "a.mp3", "Title", "Artist", "", 180.0, "", 0.5, 0.5, (0, 0, 0, 100, 0, 0, 0, 0))
    history.add(datetime.now(UTC), observation, RankedSong(song, 0.9))
"""

KILLED_WHILE_WRITING = """
random.seed(6)
History(path).close()
number = 0
for life in range(15):
    acknowledged, told = os.pipe()
    child = os.fork()
    if not child:
        history = History(path)
        while True:
            number += 1
            add(history, number)
            os.write(told, number.to_bytes(4, "big"))
    os.close(told)
    words = b""
    while life % 3 and len(words) < 4 * random.randint(1, 20):  # every third dies while it still begins
        words += os.read(acknowledged, 4)
    time.sleep(random.uniform(0, 0.01))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    words += b"".join(iter(lambda: os.read(acknowledged, 65536), b""))
    os.close(acknowledged)
    last = int.from_bytes(words[-4:], "big") if words else number
    newest = [entry.song_id for entry in read_history(path, 100_000)]
    assert newest == list(range(len(newest), 0, -1)), newest[:5]
    assert len(newest) in (last, last + 1), (len(newest), last)
    number = len(newest)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
assert number >= 10
assert not path.with_name("history.sqlite.damaged").exists()
"""

FULL_DISC = """
history = History(path)
add(history, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
number = 1
while not history.health().trouble:
    number += 1
    add(history, number)
    assert number < 1000
for _ in range(3):
    number += 1
    add(history, number)
assert history.recent_song_ids(2) == (number, number - 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
add(history, number + 1)
assert not history.health().trouble
history.close()
assert [entry.song_id for entry in read_history(path, 10_000)] == list(range(number + 1, 0, -1))
"""

READ_ONLY_FOLDER = """
with closing(History(path)) as history:
    add(history, 1)
path.chmod(0o444)
path.parent.chmod(0o555)
if os.geteuid() == 0:
    os.setresuid(65534, 65534, 65534)
with closing(History(path)) as history:
    add(history, 2)
    assert "cannot be written" in history.health().trouble
    assert not history.health().set_aside
    assert history.recent_song_ids(1) == (2,)
assert [entry.song_id for entry in read_history(path, 5)] == [1]
"""


@pytest.mark.parametrize("disaster", [KILLED_WHILE_WRITING, FULL_DISC, READ_ONLY_FOLDER])
def test_the_box_goes_on_and_the_file_stays_whole(disaster: str) -> None:
    with tempfile.TemporaryDirectory() as folder:  # every pytest that begins closes its own to whom one of them becomes
        Path(folder).chmod(0o755)
        path = Path(folder) / "state" / "history.sqlite"
        command = [sys.executable, "-c", BEGIN + disaster, str(path)]
        finished = subprocess.run(
            command, capture_output=True, text=True, cwd=REPOSITORY, check=False, timeout=PATIENCE_SECONDS
        )
    assert finished.returncode == 0, finished.stderr
