"""The one thread in which every observation is carried out.

OpenCV keeps something for each thread that ever called it, 0.85 kB as measured with 4.11, and never lets go of it. So a
box that began a thread for each observation would grow with every one.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[], None]


class Lookout:
    """Does one piece of work after another, in the order in which they came; its thread begins with the first."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Work | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def begin(self, work: Work) -> None:
        """Have ``work`` done as soon as what came before is; it must not raise."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep_looking, name="observation", daemon=True)
            self._thread.start()
        self._waiting.put(work)

    def end(self) -> None:
        """Let the thread end after what it has to do, without waiting for it; more work would begin another."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread = None

    def _keep_looking(self) -> None:
        while (work := self._waiting.get()) is not None:
            work()
            del work  # what it saw is not kept until the next one
