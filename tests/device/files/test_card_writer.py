"""Writing aside: in order, once, and never waited for but within a bound."""

import threading
from collections.abc import Callable, Iterator

import pytest

from device.files.card_writer import CardWriter
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture
def writer() -> Iterator[CardWriter]:
    writer = CardWriter()
    yield writer
    assert writer.end(PATIENCE_SECONDS)
    assert not writer._thread.is_alive()


@pytest.fixture
def stalled(writer: CardWriter) -> Iterator[Callable[[], None]]:
    """Let the writer stall in a piece of work until the fixture is called, or the test ends."""
    gate = threading.Event()

    def stall() -> None:
        gate.wait()

    writer(stall)
    wait_until(lambda: writer._is_busy)
    yield gate.set
    gate.set()


def test_work_is_done_in_order_and_once_however_often_it_is_asked_for(
    writer: CardWriter, stalled: Callable[[], None]
) -> None:
    done: list[str] = []

    def first() -> None:
        done.append("first")

    def second() -> None:
        done.append("second")

    for _ in range(1000):
        for work in (first, second):
            writer(work)
    assert done == []
    stalled()
    assert writer.wait(PATIENCE_SECONDS)
    assert done == ["first", "second"]


def test_whoever_waits_for_a_stalled_card_is_told_that_it_was_in_vain(
    writer: CardWriter, stalled: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.files.card_writer._STEP_SECONDS", 0.001)
    fed: list[int] = []
    assert not writer.wait(0.05, meanwhile=lambda: fed.append(1))
    assert fed, "whoever waits may feed a watchdog"
    stalled()
    assert writer.wait(PATIENCE_SECONDS)


def test_what_breaks_is_logged_and_the_rest_is_done(writer: CardWriter, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()
    writer(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    writer(done.set)
    assert done.wait(PATIENCE_SECONDS)
    assert "ZeroDivisionError" in caplog.text
