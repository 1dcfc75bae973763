"""Does learning from skips help? Simulated listeners, made of what real ones said of 400 songs (Emotify).

    mien-tools analyse EMOTIFY/audio --table emotify.sqlite --least-seconds 0
    python tests/benchmarks/learning.py --emotify EMOTIFY --table emotify.sqlite [--listeners 100] [--seed 0]
        [--ways one evening] [--skips .8 --slips .1]

EMOTIFY holds ``data.csv`` (8,407 votes: what one listener felt at one song, and whether it was disliked) and ``audio``,
of which the shipped music model makes the table, as for anybody's library.

A simulated listener gives every song one of the votes that real ones gave it, drawn once and kept. A song is *right*
for a face if the listener does not dislike it and the mean place of what was felt (``GEMS_PLACES``) lies within
``NEAR`` of the face's place in the plane. Faces are drawn as the report draws them (daily life). At a press the box
plays by the programme; a song that is not right is skipped after 10 s in ``--skips`` of the cases, one that is right in
``--slips`` of them; whatever is not skipped is heard to its end. With *one* a press ends with the first song that
is heard, or after five; with *evening* it goes on for 11 songs, and no song of the last three sessions comes again.

Printed: the share of right songs among all that were begun, at the presses up to 10, 30 and 100 (each time the last
ten), with and without learning, the same listeners and faces in both; the gain as a share of what is left to gain,
which is 1 less the hit rate without learning; intervals of 95 % by drawing listeners anew; and the reach: songs of the
table within a top five of 2,000 plausible observations, after all presses, without and with what a listener has taught
(mean over twenty of them).
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from device.programme.next_song import next_song
from device.programme.programme import SOURCE_RULES, Programme
from device.programme.taste import How, Tastes
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import cosine_similarities
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import SongTable, read_song_table
from device.recommendation.wish import Wish, observed
from device.settings.sections import ProgrammeSettings
from tools.library_report.reach import plausible_observations
from tools.music_emotion.datasets.emotify import GEMS, GEMS_PLACES

NEAR = 0.5
PRESSES = 100
REACHED_BY = 20
WINDOWS = (10, 30, 100)
EVENING_SONGS, SESSIONS_BACK = 11, 3
GENRES = ("classical", "rock", "electronic", "pop")


@dataclass(frozen=True, slots=True)
class Votes:
    """What was felt at each song, by row of the table: places ``(n, 2)``, nan where nothing was felt; and dislikes."""

    places: list[NDArray[np.float64]]
    disliked: list[NDArray[np.bool_]]


def read_votes(folder: Path, table: SongTable) -> Votes:
    """Read the votes and bring them in the order of the table."""
    gems = np.array(list(GEMS_PLACES.values()))
    felt: dict[str, list[tuple[NDArray[np.float64], bool]]] = {}
    with (folder / "data.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            marks = np.array([int(row[name]) for name in GEMS])
            place = marks @ gems / marks.sum() if marks.any() else np.full(2, np.nan)
            track = int(row["track id"]) - 1
            path = f"{GENRES[track // 100]}/{track % 100 + 1}"
            felt.setdefault(path, []).append((place, row["disliked"] == "1"))
    votes = [felt[path.rsplit(".", 1)[0]] for path in table.paths()]
    return Votes(
        [np.array([place for place, _ in some]) for some in votes],
        [np.array([disliked for _, disliked in some]) for some in votes],
    )


class Listener:
    """One who felt the same at a song whenever it plays."""

    def __init__(self, votes: Votes, random: np.random.Generator) -> None:
        """Draw a vote for every song."""
        drawn = [int(random.integers(0, len(some))) for some in votes.places]
        self._places = np.array([places[vote] for places, vote in zip(votes.places, drawn, strict=True)])
        self._disliked = np.array([some[vote] for some, vote in zip(votes.disliked, drawn, strict=True)])

    def right(self, wish: Wish) -> NDArray[np.bool_]:
        """Say of each song whether it is right for a face."""
        far = np.hypot(self._places[:, 0] - wish.place.valence, self._places[:, 1] - wish.place.arousal)
        right: NDArray[np.bool_] = ~self._disliked & (far <= NEAR)  # nan is not near
        return right


@dataclass(frozen=True, slots=True)
class Hand:
    """How often a song is skipped that is not right, and one that is."""

    skips: float
    slips: float
    seed: int


def live(
    listener: Listener, wishes: list[Wish], table: SongTable, *, learns: bool, evening: bool, hand: Hand
) -> tuple[NDArray[np.float64], NDArray[np.float64], Tastes]:
    """Press once for each wish; return songs begun and right ones by press, ``(presses,)``, and what was learnt."""
    random = np.random.default_rng(hand.seed)
    songs = Recommender(table, np.ones(len(table.songs), dtype=np.bool_))
    tastes, sessions = Tastes(), list[tuple[int, ...]]()
    begun, hits = np.zeros(len(wishes)), np.zeros(len(wishes))
    rules = ProgrammeSettings() if evening else SOURCE_RULES
    for press, wish in enumerate(wishes):
        tastes = tastes.pressed()
        right = listener.right(wish)
        history = tuple(song_id for session in sessions[-SESSIONS_BACK:][::-1] for song_id in session)
        programme = Programme(wish, rules, history if evening else history[:5])
        for _ in range(EVENING_SONGS):
            step = next_song(programme, songs, seconds_in=0.0, tastes=tastes if learns else Tastes())
            if step is None:
                break
            fits = bool(right[step.row])
            how = How.SKIPPED if random.random() < (hand.slips if fits else hand.skips) else How.ENDED
            heard = 10.0 if how is How.SKIPPED else step.choice.song.seconds
            programme = programme.begun(step).ended(how, heard)
            tastes = tastes.heard(step.choice.song, step.sought.octant, how, heard)
            begun[press] += 1
            hits[press] += fits
        sessions.append(programme.recent[: len(programme.played)])
    return begun, hits, tastes


def reach(table: SongTable, wishes: list[Wish], tastes: Tastes) -> float:
    """Share of the songs that are within some top five, what was learnt included."""
    named = np.zeros(len(table.songs), dtype=np.bool_)
    vectors = table.index.quantised_vectors
    learnt = {}
    for label in SONG_LABELS:
        known = tastes.bonuses(label)
        learnt[label] = table.index.rows_of(known), np.array([bonus for _, bonus in known.values()])
    for wish in wishes:
        nearness = cosine_similarities(wish.query, vectors)
        rows, bonuses = learnt[wish.octant]
        nearness[rows] += bonuses
        named[np.argsort(-nearness, kind="stable")[:5]] = True
    return float(named.mean())


def faces(count: int, seed: int) -> Iterator[Wish]:
    """Draw faces."""
    return (observed(seen, EmotionQuery()) for seen in plausible_observations(count, seed))


def report(name: str, plain: NDArray[np.float64], learnt: NDArray[np.float64]) -> None:
    """Print the hit rates.

    :param plain: songs begun and right ones of each listener and press, ``(listeners, 2, presses)``; likewise learnt.
    """
    random = np.random.default_rng(0)
    draws = random.integers(0, len(plain), (2000, len(plain)))
    for until in WINDOWS:
        window = slice(until - 10, until)
        sums = [some[:, :, window].sum(axis=2) for some in (plain, learnt)]

        def rates(rows: NDArray[np.intp], sums: list[NDArray[np.float64]] = sums) -> NDArray[np.float64]:
            begun = np.array([some[rows].sum(axis=-2) for some in sums])
            without, taught = begun[..., 1] / begun[..., 0]
            return np.array([without, taught, (taught - without) / (1 - without)])

        point, spread = rates(np.arange(len(plain))), np.percentile(rates(draws), [2.5, 97.5], axis=1)
        cells = [f"{value:5.3f} ({low:.3f} to {high:.3f})" for value, low, high in zip(point, *spread, strict=True)]
        print(f"  {name:9} presses {until - 9:3} to {until:3}   " + "   ".join(cells), flush=True)


def main() -> None:
    """Print both ways to listen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emotify", type=Path, required=True)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--listeners", type=int, default=100)
    parser.add_argument("--ways", nargs="+", default=["one", "evening"], choices=("one", "evening"))
    parser.add_argument("--skips", type=float, default=0.8)
    parser.add_argument("--slips", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    table = read_song_table(arguments.table)
    table = SongTable(table.header, tuple(table.songs), table.index)
    votes = read_votes(arguments.emotify, table)
    asked = list(faces(2000, 10**6))
    print("                                without learning          with                      of what is left to gain")
    for way in arguments.ways:
        plain, learnt, reaches = [], [], []
        for number in range(arguments.listeners):
            seed = 1000 * arguments.seed + number
            listener, hand = Listener(votes, np.random.default_rng(seed)), Hand(arguments.skips, arguments.slips, seed)
            wishes, evening = list(faces(PRESSES, seed)), way == "evening"
            *without, _ = live(listener, wishes, table, learns=False, evening=evening, hand=hand)
            *taught, tastes = live(listener, wishes, table, learns=True, evening=evening, hand=hand)
            plain.append(without)
            learnt.append(taught)
            if number < REACHED_BY:
                reaches.append(reach(table, asked, tastes))
        report(way, np.array(plain), np.array(learnt))
        print(f"  {way:9} reach {reach(table, asked, Tastes()):.3f} without, {np.mean(reaches):.3f} with", flush=True)


if __name__ == "__main__":
    main()
