"""One thread for all observations."""

import threading

from device.observation.run import ObservationThread
from tests.waiting import PATIENCE_SECONDS, wait_until


def test_work_is_done_in_one_thread_in_the_order_in_which_it_came() -> None:
    worker, done = ObservationThread(), []
    for number in range(5):
        worker.begin(lambda number=number: done.append((number, threading.get_ident())))  # type: ignore[misc]
    wait_until(lambda: len(done) == 5, "the end of all work", seen=lambda: done)
    assert [number for number, _ in done] == list(range(5))
    [thread] = {thread for _, thread in done}
    assert thread != threading.get_ident()
    worker.end()


def test_there_is_no_thread_before_the_first_work_and_none_after_the_end() -> None:
    before = set(threading.enumerate())
    worker, gate = ObservationThread(), threading.Event()
    assert set(threading.enumerate()) <= before
    worker.begin(lambda: gate.wait(PATIENCE_SECONDS) and None)
    [begun] = set(threading.enumerate()) - before
    worker.end()
    gate.set()
    wait_until(lambda: not begun.is_alive(), "the end of the thread")


def test_after_an_end_it_can_begin_again() -> None:
    worker, done = ObservationThread(), threading.Event()
    worker.end()
    worker.begin(done.set)
    assert done.wait(PATIENCE_SECONDS)
    worker.end()
