import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile

from device.recommendation.song_table import read_song_table
from tests.waiting import PATIENCE_SECONDS, wait_until
from tools.errors import ClusterError
from tools.music_emotion.model.loading import load_music_model
from tools.song_library.analysis import analyse
from tools.song_library.cache import cache_file
from tools.song_library.dask_workers import DaskWorkers
from tools.song_library.workers import Crashed, LocalWorkers, TookTooLong

ROOT = Path(__file__).parents[3]
MODEL = ROOT / "models" / "music_emotion"
SONGS = 24
with_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="distributed is absent (the extra cluster)")


class Watcher:
    """Kills a worker of the cluster once some songs were heard."""

    def __init__(self, victim: "subprocess.Popen[bytes] | None" = None) -> None:
        self.stage, self.done, self.victim, self.lines = "", 0, victim, []

    def begin(self, stage: str, _total: int) -> None:
        self.stage, self.done = stage, 0

    def advance(self) -> None:
        self.done += 1
        if self.victim and self.stage == "listening" and self.done == SONGS // 4:
            self.victim.send_signal(signal.SIGKILL)

    def tell(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Short songs of noise and tones, and a file that is none."""
    root, random = tmp_path / "music", np.random.default_rng(0)
    root.mkdir()
    for number in range(SONGS):
        sound = random.normal(0, 0.2, 8 * 16_000) + 0.3 * np.sin(np.arange(8 * 16_000) / (5 + number))
        soundfile.write(root / f"{number:02}.flac", sound.clip(-1, 1), 16_000)
    (root / "words.mp3").write_text("words " * 100)
    return root


@dataclass
class Cluster:
    """A scheduler and workers on this machine, each a process of its own, with its log in a file."""

    folder: Path
    running: ExitStack
    address: str = ""
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, *words: str, until: str) -> str:
        """Start one of Dask's commands, and wait for what its log says."""
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        log = self.folder / f"dask-{len(self.processes)}.log"
        with log.open("wb") as out:
            command = [sys.executable, "-m", f"distributed.cli.dask_{words[0]}", *words[1:], "--no-dashboard"]
            process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        self.processes.append(process)
        self.running.callback(process.wait, PATIENCE_SECONDS)
        self.running.callback(process.kill)

        def find() -> re.Match[str] | None:
            said = log.read_text(encoding="utf-8")
            assert process.poll() is None, said
            return re.search(until, said)

        return wait_until(find, until, seen=lambda: log.read_text(encoding="utf-8"))[0]

    def add_worker(self) -> "subprocess.Popen[bytes]":
        """Start a worker, without the nanny that would start a lost one again."""
        self.start("worker", self.address, "--nthreads", "1", "--no-nanny", until=r"Registered to")
        return self.processes[-1]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setattr("tools.song_library.dask_workers._SECONDS_TO_ANSWER", PATIENCE_SECONDS)
    with ExitStack() as running:
        started = Cluster(tmp_path, running)
        started.address = started.start("scheduler", "--host", "127.0.0.1", "--port", "0", until=r"tcp://127[.\d]+:\d+")
        yield started


@with_dask
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_cluster_that_loses_a_worker_gives_the_very_table_of_this_machine(
    music: Path, tmp_path: Path, cluster: Cluster
) -> None:
    model, machines = load_music_model(MODEL), [cluster.add_worker(), cluster.add_worker()]
    here, there = tmp_path / "here.sqlite", tmp_path / "there.sqlite"
    with LocalWorkers(2) as workers:
        local = analyse(music, here, model, workers, k=1, watcher=Watcher())
    with DaskWorkers(cluster.address) as workers:
        remote = analyse(music, there, model, workers, k=1, watcher=Watcher(victim=machines[0]))
    assert machines[0].wait(PATIENCE_SECONDS) == -signal.SIGKILL
    assert machines[1].poll() is None
    assert remote == local
    assert remote.heard == SONGS
    assert read_song_table(there) == read_song_table(here)
    assert there.read_bytes() == here.read_bytes()
    assert cache_file(there).exists()


@with_dask
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_task_that_ends_every_worker_is_given_up(cluster: Cluster) -> None:
    for _ in range(5):  # Dask gives a task up when it has lost four
        cluster.add_worker()
    ending = "__import__('os')._exit(1)"
    with DaskWorkers(cluster.address) as workers:
        assert list(workers.work(eval, [ending])) == [(ending, Crashed())]
        assert sorted(workers.work(abs, range(-9, 0))) == [(task, -task) for task in range(-9, 0)]


@with_dask
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_task_that_hangs_is_given_up_and_its_worker_goes_on(cluster: Cluster) -> None:
    cluster.add_worker()
    hanging = "__import__('threading').Event().wait()"
    with DaskWorkers(cluster.address) as workers:
        tasks = ["1", hanging, "2", hanging, "3"]
        done = list(workers.work(eval, tasks, limit=lambda task: 0.2 if task == hanging else 1e6))
    assert sorted(map(str, done)) == sorted(
        map(str, [("1", 1), ("2", 2), ("3", 3), *[(hanging, TookTooLong(0.2))] * 2])
    )
    assert cluster.processes[-1].poll() is None


@with_dask
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_worker_with_a_task_that_hangs_can_still_be_ended(cluster: Cluster) -> None:
    worker = cluster.add_worker()
    with DaskWorkers(cluster.address) as workers:
        [(_, given_up)] = workers.work(eval, ["__import__('threading').Event().wait()"], limit=lambda _: 0.2)
    assert given_up == TookTooLong(0.2)
    worker.send_signal(signal.SIGTERM)
    worker.wait(PATIENCE_SECONDS)


@with_dask
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scheduler_that_goes_away_is_told(cluster: Cluster) -> None:
    cluster.add_worker()
    with DaskWorkers(cluster.address) as workers:
        done = workers.work(eval, ["__import__('time').sleep(0.2)"] * 100)
        next(done)
        cluster.processes[0].kill()
        with pytest.raises(ClusterError, match="went away"):
            list(done)


@with_dask
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_cluster_without_workers_is_told(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import Client

    wait = Client.wait_for_workers
    monkeypatch.setattr(Client, "wait_for_workers", lambda self, number, **_: wait(self, number, timeout=0.1))
    with pytest.raises(ClusterError, match="no workers"):
        DaskWorkers(cluster.address)


@with_dask
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_address_where_no_scheduler_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.song_library.dask_workers._SECONDS_TO_ANSWER", 1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ClusterError, match="no Dask scheduler answers"):
        DaskWorkers(f"tcp://127.0.0.1:{port}")
    with pytest.raises(ClusterError, match="nonsense"):
        DaskWorkers("nonsense://x")


@pytest.mark.skipif(find_spec("distributed") is not None, reason="distributed is installed")
def test_without_dask_the_way_to_get_it_is_told() -> None:
    with pytest.raises(ClusterError, match="not installed") as caught:
        DaskWorkers("tcp://127.0.0.1:8786")
    assert "./tools/install.sh training" in caught.value.mend
