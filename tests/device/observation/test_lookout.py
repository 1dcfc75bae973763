"""One thread for all observations."""

import threading
import time
from collections.abc import Callable

from device.observation.run import ObservationThread


def until(wanted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not wanted():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


def test_work_is_done_in_one_thread_in_the_order_in_which_it_came() -> None:
    lookout, done = ObservationThread(), []
    for number in range(5):
        lookout.begin(lambda number=number: done.append((number, threading.get_ident())))  # type: ignore[misc]
    until(lambda: len(done) == 5)
    assert [number for number, _ in done] == list(range(5))
    [thread] = {thread for _, thread in done}
    assert thread != threading.get_ident()
    lookout.end()


def test_there_is_no_thread_before_the_first_work_and_none_after_the_end() -> None:
    before = set(threading.enumerate())
    lookout, gate = ObservationThread(), threading.Event()
    assert set(threading.enumerate()) <= before
    lookout.begin(lambda: gate.wait(5) and None)
    [begun] = set(threading.enumerate()) - before
    lookout.end()
    gate.set()
    until(lambda: not begun.is_alive())


def test_after_an_end_it_can_begin_anew() -> None:
    lookout, done = ObservationThread(), threading.Event()
    lookout.end()
    lookout.begin(done.set)
    assert done.wait(5)
    lookout.end()
