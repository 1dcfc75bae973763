"""Who does an analysis's work: processes of this machine, or, in :mod:`tools.song_library.dask_workers`, those of many.

Both keep the same promise, so that the pipeline does not know which of them it has.

The pool is by hand: ``concurrent.futures`` cannot end a task, and pebble 5.2's workers share one pipe, so that on a
busy machine tasks that crashed at once broke the whole pool, or were called too slow, in four runs of ten.
"""

import math
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol, Self, TypeAlias, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
_KEPT_BYTES = 128 << 20
WORKER_ENVIRONMENT = {
    **dict.fromkeys(_ONE_THREAD, "1"),
    "MALLOC_MMAP_THRESHOLD_": str(_KEPT_BYTES // 4),
    "MALLOC_TRIM_THRESHOLD_": str(_KEPT_BYTES),
}
"""What a worker is started with: one thread, and glibc told to give out freed memory again rather than to return it.
Fetching an excerpt's arrays from the system each time took a twentieth of a song's CPU time."""
_MOST_ATTEMPTS = 2
_SECONDS_TO_END = 5.0
_LONGEST_WAIT_SECONDS = 3600.0
"""The system takes no month for a time limit; then there is another wait."""

_STOPPED_SECONDS = 5.0
"""A wait that ends so much later than it should was stopped (Ctrl-Z, a laptop asleep), and every task with it."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """A task ended the process that worked at it, time and again: a file that crashes FFmpeg, say."""


@dataclass(frozen=True, slots=True)
class TookTooLong:
    """A task was not done within its limit, in seconds: a file that hangs FFmpeg, say, or storage that went away."""

    seconds: float


Outcome: TypeAlias = Result | Crashed | TookTooLong


class Workers(Protocol):
    """Does the same work on many tasks at once."""

    def work(
        self,
        job: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        limit: Callable[[Task], float] | None = None,
    ) -> Iterator[tuple[Task, Outcome[Result]]]:
        """Yield every task with what ``job`` returns for it, in the order in which they are done.

        Tasks are taken one by one, and only as many as are worked at or about to be. A task whose worker dies is given
        to another one; one that takes longer than its limit is not, for it would only hang there as well. What ``job``
        raises is raised here, and ends the work.

        :param job: a function of a module, or a ``functools.partial`` of one, that can be sent to another process.
        :param limit: how many seconds a task may take, its worker's start included; without it, as long as it likes.
        """


class LocalWorkers:
    """Processes of this machine, each with one thread, started when they are needed. Use it as a context manager.

    They are started afresh rather than forked, so that nothing this process has loaded, tensorflow say, is in them. If
    this process is killed they end by themselves, with the task in hand.
    """

    def __init__(self, workers: int) -> None:
        self._size = workers
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes, whatever they are at."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def work(
        self,
        job: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        limit: Callable[[Task], float] | None = None,
    ) -> Iterator[tuple[Task, Outcome[Result]]]:
        """Work as :class:`Workers` promises: a process over its limit is killed, whatever it hangs in."""
        waiting = (_Attempt(task, limit(task) if limit else math.inf) for task in tasks)
        again = deque[_Attempt]()
        while True:
            self._give_out(job, waiting, again)
            busy = {worker.connection: worker for worker in self._workers if worker.attempt}
            if not busy:
                return
            began, first_deadline = time.monotonic(), min(worker.deadline for worker in busy.values())
            patience = max(min(first_deadline - began, _LONGEST_WAIT_SECONDS), 0)
            ready = wait(list(busy), patience)
            now = time.monotonic()  # before any yield: what is done while the caller is at work is not late
            if now - began > patience + _STOPPED_SECONDS:
                for worker in busy.values():
                    worker.deadline += now - began
            for connection, worker in busy.items():
                if connection in ready:
                    yield from self._collect(worker, again)
                elif worker.attempt and now >= worker.deadline:
                    self._bury(worker)
                    yield worker.attempt.task, TookTooLong(worker.attempt.seconds)

    def _give_out(self, job: Callable[[Any], Any], waiting: "Iterator[_Attempt]", again: "deque[_Attempt]") -> None:
        """Give every idle worker a task, and start workers while there are tasks for them."""
        while True:
            idle = next((worker for worker in self._workers if not worker.attempt), None)
            if not idle and len(self._workers) == self._size:
                return
            attempt = again.popleft() if again else next(waiting, None)
            if attempt is None:
                return
            if idle is None:
                idle = _Worker()
                self._workers.append(idle)
            idle.start(job, attempt)

    def _collect(self, worker: "_Worker", again: "deque[_Attempt]") -> Iterator[tuple[Any, Any]]:
        """Yield what a worker has done; if it has died, have its task done again, or give that up."""
        attempt, worker.attempt = worker.attempt, None
        if attempt is None:
            return
        try:
            result, error = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker)
            if attempt.number < _MOST_ATTEMPTS:
                again.append(replace(attempt, number=attempt.number + 1))
            else:
                yield attempt.task, Crashed()
            return
        if error is not None:
            raise error
        yield attempt.task, result

    def _bury(self, worker: "_Worker") -> None:
        worker.end()
        self._workers.remove(worker)


@dataclass(frozen=True, slots=True)
class _Attempt:
    task: Any
    seconds: float
    """How long it may take."""
    number: int = 1


class _Worker:
    """One process, and what it is at."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self.connection, far_end = context.Pipe()
        self.attempt: _Attempt | None = None
        self.deadline = math.inf
        self._process = context.Process(target=_serve, args=(far_end,), daemon=True)
        with _environment(WORKER_ENVIRONMENT):
            self._process.start()
        far_end.close()

    def start(self, job: Callable[[Any], Any], attempt: _Attempt) -> None:
        """Give it a task. If it has died meanwhile, its connection will tell."""
        self.attempt, self.deadline = attempt, time.monotonic() + attempt.seconds
        with suppress(OSError):
            self.connection.send((job, attempt.task))

    def end(self) -> None:
        """End the process at once."""
        self.connection.close()
        self._process.kill()
        self._process.join(_SECONDS_TO_END)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(connection: "Connection[Any, Any]") -> None:
    """Work until nobody is at the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError, OSError):
        while True:
            job, task = connection.recv()
            try:
                connection.send((job(task), None))
            except Exception as error:  # noqa: BLE001 - it is raised in the parent
                connection.send((None, error))
