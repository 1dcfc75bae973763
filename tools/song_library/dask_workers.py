"""Lets the workers of a Dask cluster listen. This is where Dask is used; the package ``distributed`` is optional.

Every worker needs the same mien, and must see the music and the model under the same paths as this machine: on shared
storage. One thread a worker serves best: ``dask worker tcp://HOST:8786 --nworkers auto --nthreads 1``.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import wait
from functools import partial
from itertools import islice
from typing import Any, Self, TypeVar

from tools.errors import ClusterError
from tools.song_library.workers import Crashed, Outcome, TookTooLong

Task = TypeVar("Task")
Result = TypeVar("Result")

_SECONDS_TO_ANSWER = 15
_TASKS_PER_THREAD = 3
"""One at work, and the others on the worker, so that it never waits for the network."""


class DaskWorkers:
    """The workers of a scheduler, as a :class:`tools.song_library.workers.Workers`. Use it as a context manager.

    Workers may come and go: Dask gives the task of a lost one to another. It cannot end a task that hangs: the worker
    goes on with others, and leaves behind the thread that hangs, with its memory, until the worker itself is ended.
    Should a task hang without letting any Python run, Dask drops the worker after its ``worker-ttl``, five minutes.
    """

    def __init__(self, address: str) -> None:
        """Connect to a scheduler, ``tcp://host:port``.

        :raises ClusterError: if ``distributed`` is not installed, nobody answers, or no worker is there.
        """
        try:
            from distributed import Client  # noqa: PLC0415 - an option that few install
        except ImportError as error:
            what = f"{address}: the package distributed is not installed"
            mend = "in mien's folder: ./tools/install.sh training; or leave out --scheduler"
            raise ClusterError(what, mend=mend) from error
        self._address = address
        try:
            self._client = Client(address, timeout=_SECONDS_TO_ANSWER, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            what = f"{address}: no Dask scheduler answers ({error})"
            raise ClusterError(what, mend="start one with: dask scheduler, and name its address") from error
        try:
            self._client.wait_for_workers(1, timeout=_SECONDS_TO_ANSWER)
        except TimeoutError as error:
            self._client.close()
            what = f"{address}: this Dask scheduler has no workers"
            raise ClusterError(what, mend=f"start some with: dask worker {address} --nthreads 1") from error

    def __enter__(self) -> Self:
        """Return the connected workers."""
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what is not done, and let the cluster go."""
        self._client.close()

    def work(
        self,
        job: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        limit: Callable[[Task], float] | None = None,
    ) -> Iterator[tuple[Task, Outcome[Result]]]:
        """Work as :class:`tools.song_library.workers.Workers` promises.

        :raises ClusterError: if the scheduler goes away.
        """
        from distributed import CancelledError, as_completed  # noqa: PLC0415
        from distributed.scheduler import KilledWorker  # noqa: PLC0415

        waiting = iter(tasks)
        given: dict[Any, Task] = {}
        done = as_completed(loop=self._client.loop)
        self._submit(job, limit, islice(waiting, self._most_at_once()), given, done)
        while given:
            future = next(done)
            task = given.pop(future)
            try:
                result: Outcome[Result] = future.result()
            except KilledWorker:
                result = Crashed()
            except (CancelledError, OSError) as error:
                what = f"{self._address}: the Dask scheduler went away ({error})"
                raise ClusterError(what, mend="start it and run this again: what was heard is kept") from error
            wanted = max(0, self._most_at_once() - len(given))  # workers may have gone since
            self._submit(job, limit, islice(waiting, wanted), given, done)
            yield task, result

    def _submit(
        self,
        job: Callable[[Any], Any],
        limit: Callable[[Any], float] | None,
        tasks: Iterable[Any],
        given: dict[Any, Any],
        done: Any,  # noqa: ANN401 - Dask's, untyped
    ) -> None:
        for task in tasks:
            limited = partial(_within, limit(task), job) if limit else job
            future = self._client.submit(limited, task, pure=False)
            given[future] = task
            done.add(future)

    def _most_at_once(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return max(1, _TASKS_PER_THREAD * sum(threads.values()))


_mine = threading.local()


def _within(seconds: float, job: Callable[[Any], Any], task: Any) -> Any:  # noqa: ANN401 - as the job has it
    """Work in a thread that can be left behind. This runs on the cluster's workers.

    The thread serves one task after another, since a thread loads the model for itself.
    """
    from distributed.threadpoolexecutor import ThreadPoolExecutor  # noqa: PLC0415 - its threads keep no process alive

    if not hasattr(_mine, "executor"):
        _mine.executor = ThreadPoolExecutor(1)
    future = _mine.executor.submit(job, task)
    if not wait([future], seconds).done:
        del _mine.executor
        return TookTooLong(seconds)
    return future.result()
