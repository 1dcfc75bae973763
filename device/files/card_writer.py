"""Writing to the memory card aside: a card may stall for many seconds in fsync, and nobody who is waited for may wait.

main loop ─▶ a line of work ─▶ one thread, in order ─▶ the card
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

_log = logging.getLogger(__name__)

Work = Callable[[], None]
Writer = Callable[[Work], None]
"""Has a piece of work done, at once or aside, each after those that were handed over before it."""

_STEP_SECONDS = 1.0


def write_at_once(work: Work) -> None:
    """Do the work here and now, for whoever may wait."""
    work()


class CardWriter:
    """A :data:`Writer` with a thread of its own; safe from any thread.

    Work that stands in line already is not put there a second time, so that the line is never longer than there are
    kinds of work.
    """

    def __init__(self) -> None:
        """Start the thread; a process that ends does not wait for it."""
        self._line: deque[Work] = deque()
        self._changed = threading.Condition()
        self._is_busy = self._is_ended = False
        self._thread = threading.Thread(target=self._run, name="card writer", daemon=True)
        self._thread.start()

    def __call__(self, work: Work) -> None:
        """Put work in line, and return at once; what it raises is logged."""
        with self._changed:
            if work not in self._line:
                self._line.append(work)
                self._changed.notify_all()

    def wait(self, at_most_seconds: float, *, meanwhile: Callable[[], None] = lambda: None) -> bool:
        """Wait until everything in line is done; return whether it is.

        :param meanwhile: called once a second while it is not.
        """
        until = time.monotonic() + at_most_seconds
        while True:
            with self._changed:
                left = until - time.monotonic()
                if self._changed.wait_for(self._is_at_rest, min(max(left, 0.0), _STEP_SECONDS)):
                    return True
            if left <= 0:
                return False
            meanwhile()

    def end(self, at_most_seconds: float, *, meanwhile: Callable[[], None] = lambda: None) -> bool:
        """Wait like :meth:`wait`, and let the thread end once it is done with what it is at."""
        is_done = self.wait(at_most_seconds, meanwhile=meanwhile)
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()
        if is_done:
            self._thread.join()
        return is_done

    def _is_at_rest(self) -> bool:
        return not self._line and not self._is_busy

    def _run(self) -> None:
        while True:
            with self._changed:
                self._is_busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._line or self._is_ended)
                if self._is_ended:
                    return
                work, self._is_busy = self._line.popleft(), True
            try:
                work()
            except Exception:  # noqa: BLE001 - the next piece of work is not to suffer from it
                _log.exception("what was to be written to the memory card broke")
