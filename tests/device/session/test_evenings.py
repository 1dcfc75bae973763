"""Whole evenings by a counted clock: the state machine and the choice of songs together, whatever the hand does.

``python -m tests.device.session.test_evenings 0 1000`` lives through more of them than the tests do, and counts.
"""

import heapq
import itertools
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from device.panel.gestures import Gesture
from device.programme.next_song import HISTORY
from device.recommendation.recommendation import Recommender
from device.session.events import (
    AskedForNext,
    AskedToPlay,
    AskedToStop,
    ChooseNext,
    Chosen,
    Command,
    Event,
    Failed,
    NoteEnding,
    Play,
    Pressed,
    Recommend,
    Recommended,
    Remember,
    SongEnded,
    StartObserving,
    StopObserving,
    StopPlaying,
    Tick,
)
from device.session.history import History
from device.session.machine.advance import advance
from device.session.machine.session import Session
from device.session.song_choice import SongChoice
from device.session.states import Cause, Fault, State
from device.session.taste_file import TasteFile
from tests.benchmarks.evenings import draw_rules, draw_table, draw_wish

MOST_EVENTS = 20_000
BROKEN = Fault(Cause.SONG_FILE, "it is scratched", "copy it again")


class Room:
    """A box, a hand, and a clock that is counted; what happens later waits in line."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = np.random.default_rng(seed)
        table = draw_table(self.random)
        self.rules = draw_rules(self.random)
        self.songs = SongChoice(
            Recommender(table, self.random.random(len(table.songs)) < 0.95),
            self.rules,
            int(self.random.choice([0, 5, 40])),
            History(folder / "history.sqlite", enabled=False),
            TasteFile(folder / "taste.json"),
        )
        self.wish = draw_wish(self.random, table)
        self.session, self.now = Session(), 1e5 * self.random.random()
        self.later: list[tuple[float, int, Event]] = []
        self.order = itertools.count()
        self.playing: int | None = None
        self.begun_at: float | None = None
        self.heard: list[int] = []
        self.counts: Counter[str] = Counter()

    def put(self, seconds: float, event: Event) -> None:
        heapq.heappush(self.later, (self.now + seconds, next(self.order), event))

    def spend(self) -> str:
        """Ask for music, and let time and the hand do what they do; return how it ended."""
        self.meet(AskedToPlay(self.wish, self.rules))
        for _ in range(MOST_EVENTS):
            if self.session.state not in {State.RECOMMENDING, State.PLAYING}:
                return self.session.state.value
            if self.later and self.later[0][0] <= self.now + 1:
                self.now, _, event = heapq.heappop(self.later)
                self.meet(event)
                continue
            self.now += 1
            self.meet(Tick())
            chance = self.random.random()
            if chance < 0.01:
                self.meet(Pressed(Gesture.SHORT))
            elif chance < 0.015:
                self.meet(AskedForNext())
            elif chance < 0.0152:
                self.meet(AskedToStop())
        pytest.fail("the evening does not end")

    def meet(self, event: Event) -> None:
        if isinstance(event, SongEnded | Failed) and event.number == self.playing:
            self.playing = None
        self.session, commands = advance(self.session, event, self.now)
        for command in commands:
            self.carry_out(command)
        assert (self.playing is not None) <= (self.session.state is State.PLAYING)

    def carry_out(self, command: Command) -> None:
        match command:
            case Recommend(number, wanted):
                self.put(0, Recommended(number, *self.songs.begin(wanted)))
            case ChooseNext(number, programme, seconds_in):
                self.put(0, Chosen(number, self.songs.next(programme, seconds_in)))
            case Play(number, choice):
                self.play(number, choice.song.id, choice.song.seconds or float(self.random.uniform(5, 700)))
            case StopPlaying():
                self.playing = None
            case NoteEnding(played):
                self.songs.note(played)
                self.counts[played.how] += 1
            case Remember() | StartObserving() | StopObserving():
                pass

    def play(self, number: int, song_id: int, seconds: float) -> None:
        assert self.session.state is not State.FAULT
        self.begun_at = self.now if self.begun_at is None else self.begun_at
        self.playing = number
        if song_id in self.heard:
            self.counts["again"] += 1
        self.heard.append(song_id)
        if self.random.random() < 0.03:
            self.put(0.1, Failed(number, BROKEN))
        else:
            self.put(seconds, SongEnded(number))


def spend(seed: int, folder: Path) -> Room:
    """Spend the evening of a seed; what must hold at its end is asserted here."""
    room = Room(seed, folder)
    ended = room.spend()
    room.counts[f"ended {ended}"] += 1
    if (evening := room.session.evening) is not None and room.begun_at is not None:
        steps = [played.step for played in evening.programme.played]
        seen: set[int] = set()
        for step in steps:
            assert step.choice.song.id not in seen or HISTORY in step.gave_way, "again while others were left"
            seen.add(step.choice.song.id)
        if room.rules.after_song == "continue":
            assert room.now - room.begun_at <= 60 * room.rules.minutes + 3, "longer than it was to be"
    return room


@pytest.mark.parametrize("seed", range(12))
def test_an_evening_ends_in_time_without_a_repeat_whatever_the_hand_does(seed: int, tmp_path: Path) -> None:
    assert spend(seed, tmp_path).counts


def main(first: int, evenings: int) -> None:
    """Spend many, and print what came of them."""
    counts: Counter[str] = Counter()
    for seed in range(first, first + evenings):
        with tempfile.TemporaryDirectory() as folder:
            room = spend(seed, Path(folder))
        counts += room.counts
        counts["songs"] += len(room.heard)
        counts["hours"] += int(room.now - (room.begun_at or room.now))
    counts["hours"] //= 3600
    sys.stdout.write(f"{evenings} evenings: {dict(counts)}\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
