import os
import signal
import subprocess
import sys
import time
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.waiting import LASTING_SECONDS, PATIENCE_SECONDS, wait_until
from tools.errors import AudioError
from tools.song_library import workers as module
from tools.song_library.workers import Crashed, LocalWorkers, TookTooLong

ROOT = Path(__file__).parents[3]


def test_every_task_is_done_once_by_several_processes() -> None:
    with LocalWorkers(2) as workers:
        assert sorted(workers.work(abs, range(-50, 0))) == [(task, -task) for task in range(-50, 0)]
        processes = {result for _, result in workers.work(eval, ["__import__('os').getpid()"] * 20)}
    assert os.getpid() not in processes
    assert 1 <= len(processes) <= 2


def test_time_in_which_everything_was_stopped_is_on_nobodys_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after Ctrl-Z, or in a laptop that slept: the first wait ends an hour late."""
    slept, real_wait = [0.0], module.wait

    def wait(*arguments: Any) -> list[Any]:
        slept[0] = 3600.0
        time.sleep(0)  # whatever is ready by now
        return [] if not waited.append(1) and len(waited) == 1 else real_wait(*arguments)

    waited: list[int] = []
    monkeypatch.setattr(module, "wait", wait)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + slept[0]))
    with LocalWorkers(1) as workers:
        assert list(workers.work(abs, [-3], limit=lambda _: LASTING_SECONDS)) == [(-3, 3)]
    assert len(waited) > 1


def test_no_more_processes_are_started_than_there_are_tasks() -> None:
    with LocalWorkers(8) as workers:
        assert list(workers.work(abs, [])) == []
        assert workers._workers == []
        assert list(workers.work(abs, [-1])) == [(-1, 1)]
        assert len(workers._workers) == 1


def test_tasks_are_taken_only_as_they_are_needed() -> None:
    tasks = count()
    with LocalWorkers(2) as workers:
        first, _ = next(workers.work(abs, tasks))
        assert first in (0, 1)
        assert next(tasks) <= 4


def test_what_a_job_raises_arrives_whole() -> None:
    raising = partial(eval, "(_ for _ in ()).throw(error)")
    with LocalWorkers(1) as workers, pytest.raises(AudioError, match="gone") as caught:
        list(workers.work(raising, [{"error": AudioError("gone", mend="find it")}]))
    assert caught.value.mend == "find it"


def test_a_task_that_ends_its_process_is_given_up_and_the_others_are_done() -> None:
    ending = "__import__('os').kill(__import__('os').getpid(), 9)"
    with LocalWorkers(2) as workers:
        done = list(workers.work(eval, ["1", "2", ending, "3", "4", "5"]))
    assert (ending, Crashed()) in done
    assert sorted(result for _, result in done if not isinstance(result, Crashed)) == [1, 2, 3, 4, 5]


def test_a_killed_process_costs_no_task(tmp_path: Path) -> None:
    once = f"__import__('os').mkdir({str(tmp_path / 'been')!r}) or __import__('os')._exit(1)"
    task = f"1 if __import__('os').path.exists({str(tmp_path / 'been')!r}) else {once}"
    with LocalWorkers(1) as workers:
        assert list(workers.work(eval, [task])) == [(task, 1)]


@pytest.mark.parametrize(
    "hanging",
    [
        pytest.param("__import__('threading').Event().wait()", id="at rest"),
        pytest.param("open({fifo!r}).read()", id="in the system"),
        pytest.param("any(False for _ in __import__('itertools').count())", id="at work"),
        pytest.param("sum(__import__('itertools').repeat(0))", id="in C, with Python's lock"),
    ],
)
def test_a_task_that_hangs_is_given_up_and_the_others_are_done(hanging: str, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    hanging = hanging.format(fifo=str(fifo))
    limits = {hanging: 0.2}
    with LocalWorkers(1) as workers:
        [(_, pid)] = workers.work(eval, ["__import__('os').getpid()"])
        done = list(workers.work(eval, ["1", hanging, "2", "3"], limit=lambda task: limits.get(task, 1e12)))
        assert not is_running(pid)
    assert done == [("1", 1), (hanging, TookTooLong(0.2)), ("2", 2), ("3", 3)]


def test_what_was_done_in_time_counts_however_late_it_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("tools.song_library.workers.time", SimpleNamespace(monotonic=lambda: now))
    with LocalWorkers(2) as workers:
        done = workers.work(abs, [-1, -2], limit=lambda _: 60)
        first = next(done)
        (other,) = [worker for worker in workers._workers if worker.attempt]
        assert other.connection.poll(60)
        now = 1e6
        assert sorted([first, *done]) == [(-2, 2), (-1, 1)]


def test_a_worker_has_one_thread_and_nothing_loaded_that_it_does_not_need() -> None:
    questions = {
        "__import__('os').environ['OMP_NUM_THREADS']": "1",
        "[name for name in ('numpy', 'tensorflow', 'keras', 'rich') if name in __import__('sys').modules]": [],
    }
    with LocalWorkers(1) as workers:
        assert dict(workers.work(eval, questions)) == questions


def test_processes_end_with_the_crew_and_when_their_parent_is_killed() -> None:
    with LocalWorkers(1) as workers:
        [(_, pid)] = workers.work(eval, ["__import__('os').getpid()"])
    assert not is_running(pid)
    script = (
        "from tools.song_library.workers import LocalWorkers\n"
        "if __name__ == '__main__':\n"
        "    workers = LocalWorkers(1)\n"
        "    print(next(workers.work(eval, [\"__import__('os').getpid()\"]))[1], flush=True)\n"
        f"    __import__('time').sleep({LASTING_SECONDS})\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout
    with parent.stdout:
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait(PATIENCE_SECONDS)
    wait_until(lambda: not is_running(pid), "the end of a process without its parent")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
