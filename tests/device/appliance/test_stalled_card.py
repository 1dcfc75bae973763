"""A memory card that stalls: the box plays on, hears its button and feeds its watchdog, and nothing is lost."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.appliance import daemon
from device.appliance.daemon import serve
from device.session import history as history_module
from device.session.history import History, read_history
from tests.device.appliance.loop.test_main_loop import Heard
from tests.device.simulated_box import MakeBox, SimulatedBox
from tests.waiting import PATIENCE_SECONDS, wait_until


class Card:
    """Holds whoever writes to the history as long as it stalls, as a card in fsync does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._goes = threading.Event()
        self._goes.set()
        self.holds = threading.Event()
        self.held: list[History] = []
        connect = History._connect

        def connect_in_time(history: History) -> sqlite3.Connection:
            if not self._goes.is_set():
                self.held.append(history)
                self.holds.set()
                assert self._goes.wait(PATIENCE_SECONDS)
            return connect(history)

        monkeypatch.setattr(History, "_connect", connect_in_time)

    def stall(self) -> None:
        self._goes.clear()

    def go_on(self) -> None:
        self._goes.set()


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[Card]:
    card = Card(monkeypatch)
    yield card
    card.go_on()
    for history in card.held:  # one that nobody waited for any more stays open until the process ends
        wait_until(lambda history=history: history._busy_since is None)
        history._disconnect()


def test_nothing_waits_for_a_card_that_stalls(
    card: Card, make_box: MakeBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    monkeypatch.setattr(daemon, "find_supervisor", lambda: heard)
    with make_box(tmp_path) as box, box.running():
        card.stall()
        box.press()
        box.until_state("playing")
        assert card.holds.wait(PATIENCE_SECONDS)
        fed = heard.words.count("alive")
        box.press(hold_seconds=1)
        box.until_state("idle")
        assert not box.player.is_playing
        box.press()
        box.until(lambda s: s["observations"] == 2 and s["state"] == "playing")
        assert len(set(box.player.played)) == 2, "what waits to be written is passed over like what was written"
        box.press()
        box.until(lambda s: s["programme"]["plays"] and s["programme"]["songs_before"] == 1)
        assert heard.words.count("alive") > fed
        assert read_history(box.settings.paths.history_file, 5) == []
        answer = serve(box.appliance, {"command": "unwritten"})
        waiting, endings = answer["entries"], answer["endings"]
        assert [entry["song"] for entry in waiting] == [path.stem for path in reversed(box.player.played)]
        assert (endings[0]["song_id"], endings[0]["ended"]) == (waiting[-1]["song_id"], "faded")
        monkeypatch.setattr(history_module, "SLOW_SECONDS", 0.0)
        assert "memory card is slow" in box.appliance.status()["history"]["trouble"]
        card.go_on()
        wait_until(lambda: len(read_history(box.settings.paths.history_file, 5)) == 3)
        wait_until(lambda: not box.appliance.status()["history"]["trouble"])
    played = [path.stem for path in reversed(box.player.played)]
    assert [entry.song for entry in read_history(box.settings.paths.history_file, 5)] == played, "order is kept"


def test_what_is_cleared_while_the_card_stalls_stays_forgotten_and_what_follows_is_kept(
    card: Card, box: SimulatedBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.appliance.loop.appliance._WRITING_SECONDS", 0.01)
    card.stall()
    box.press()
    box.until_state("playing")
    assert card.holds.wait(PATIENCE_SECONDS)
    answer = serve_clearing(box)
    assert "not cleared yet" in answer
    box.press(hold_seconds=1)
    box.until_state("idle")
    box.press()
    box.until_state("playing")
    card.go_on()
    path = box.settings.paths.history_file
    wait_until(lambda: [entry.song for entry in read_history(path, 5)] == [box.player.played[-1].stem])


def serve_clearing(box: SimulatedBox) -> str:
    trouble = serve(box.appliance, {"command": "clear_history"})["trouble"]
    return str(trouble and trouble["what"])


@pytest.mark.parametrize("goes_on", [True, False])
def test_the_end_waits_for_the_last_write_within_a_bound_and_says_what_was_lost(
    card: Card,
    make_box: MakeBox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    goes_on: bool,
) -> None:
    class Feeding(Heard):
        """Lets the card go on once the watchdog was fed during the wait for it."""

        def alive(self) -> None:
            super().alive()
            if goes_on and "stopping" in self.words:
                card.go_on()

    heard = Feeding()
    monkeypatch.setattr(daemon, "find_supervisor", lambda: heard)
    monkeypatch.setattr(daemon, "LAST_WRITE_SECONDS", PATIENCE_SECONDS if goes_on else 0.05)
    monkeypatch.setattr("device.files.card_writer._STEP_SECONDS", 0.01)
    with caplog.at_level(logging.WARNING), make_box(tmp_path) as box:
        with box.running():
            card.stall()
            box.press()
            box.until_state("playing")
            assert card.holds.wait(PATIENCE_SECONDS)
        assert heard.words[-1] == "stopping"
    assert heard.words[-1] == "alive", "the watchdog is fed while the card is waited for"
    kept = [entry.song for entry in read_history(box.settings.paths.history_file, 5)]
    assert kept == (["happy"] if goes_on else [])
    assert ("may be lost (1)" in caplog.text) is not goes_on


def test_a_box_on_a_stalled_card_is_ready_all_the_same(
    card: Card, make_box: MakeBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "_OPENING_PATIENCE_SECONDS", 0.01)
    card.stall()
    with make_box(tmp_path) as box, box.running():
        assert card.holds.wait(PATIENCE_SECONDS)
        box.press()
        box.until_state("playing")
        card.go_on()
    assert [entry.song for entry in read_history(box.settings.paths.history_file, 5)] == ["happy"]
