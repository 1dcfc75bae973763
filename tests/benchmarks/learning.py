"""Does learning from skips help? Simulated listeners, made of what real ones said of 400 songs (Emotify).

    mien-tools analyse EMOTIFY/audio --table emotify.sqlite --least-seconds 0
    python tests/benchmarks/learning.py --emotify EMOTIFY --table emotify.sqlite [--listeners 100]
        [--seeds 0 1 2] [--ways one evening] [--skips .8 --slips .1]

EMOTIFY holds ``data.csv`` (8,407 votes: what one listener felt at one song, and whether it was disliked) and ``audio``,
of which the shipped music model makes the table, as for anybody's library.

A simulated listener gives every song one of the votes that real ones gave it, drawn once and kept. A song is *right*
for a face if the listener does not dislike it and the mean place of what was felt (``GEMS_PLACES``) lies within
``NEAR`` of the face's place in the plane. Faces are drawn as the report draws them (daily life). At a press the box
plays by the programme; a song that is not right is skipped, 1 to 30 s after it began, in ``--skips`` of the cases, one
that is right in ``--slips`` of them; whatever is not skipped is heard to its end, if the time is not over before. With
*one* a press ends with the first song that is heard, or after five. With *evening* it is a whole programme by the
shipped rules, 45 minutes by a counted clock: Emotify's excerpts play as long as songs do, and none of the forty songs
played last comes again.

Printed: the share of right songs among all that were begun, at the presses up to 10, 30 and 100 (each time the last
ten), with and without learning, the same listeners and faces in both; the gain as a share of what is left to gain,
which is 1 less the hit rate without learning; of evenings also the share of the time that is filled with right songs,
and the skips in each. Intervals of 95 % by drawing listeners anew, of all seeds together; the gain of every seed by
itself stands behind. Then the reach: songs of the table within a top five of 2,000 plausible observations, after all
presses, without and with what a listener has taught (mean over twenty of each seed, and the least of them); and the
songs that were begun at the last fifty presses, which is what a household meets.
"""

import argparse
import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from device.programme.next_song import next_song
from device.programme.programme import SOURCE_RULES, Programme, Step
from device.programme.taste import EARLY_SECONDS, How, Tastes
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import cosine_similarities
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import SongTable, read_song_table
from device.recommendation.wish import Wish, observed
from device.settings.sections import ProgrammeSettings
from tools.library_report.reach import plausible_observations
from tools.music_emotion.datasets.emotify import GEMS, GEMS_PLACES

NEAR = 0.5
PRESSES, LATE_PRESSES = 100, 50
REACHED_BY = 20
WINDOWS = (10, 30, 100)
SESSIONS_BACK = 3
SONG_SECONDS = 240.0
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


Lived = NDArray[np.float64]
"""By press, ``(presses, 5)``: songs begun, right songs, seconds heard, seconds of right songs, skips."""


def live(
    listener: Listener, wishes: list[Wish], table: SongTable, *, learns: bool, evening: bool, hand: Hand
) -> tuple[Lived, Tastes, float]:
    """Press once for each wish; return what came of it, what was learnt, and the share of the songs begun late."""
    chance, haste = np.random.default_rng(hand.seed), np.random.default_rng((hand.seed, 1))
    songs = Recommender(table, np.ones(len(table.songs), dtype=np.bool_))
    tastes, sessions = Tastes(), list[tuple[int, ...]]()
    lived = np.zeros((len(wishes), 5))
    rules = ProgrammeSettings() if evening else SOURCE_RULES
    avoided = songs.settings.avoid_recent if evening else songs.settings.top
    for press, wish in enumerate(wishes):
        tastes = tastes.pressed()
        right = listener.right(wish)
        recent = itertools.chain.from_iterable(sessions[: avoided if evening else SESSIONS_BACK])
        programme, seconds_in = Programme(wish, rules, tuple(itertools.islice(recent, avoided))), 0.0
        while step := next_song(programme, songs, seconds_in=seconds_in, tastes=tastes if learns else Tastes()):
            fits = bool(right[step.row])
            how, heard = hear(step, haste, skips=chance.random() < (hand.slips if fits else hand.skips))
            programme, seconds_in = programme.begun(step).ended(how, heard), seconds_in + heard
            tastes = tastes.heard(step.choice.song, step.sought.octant, how, heard)
            lived[press] += 1, fits, heard, fits * heard, how is How.SKIPPED
        sessions.insert(0, programme.recent[: len(programme.played)])
    late = set(itertools.chain.from_iterable(sessions[:LATE_PRESSES]))
    return lived, tastes, len(late) / len(table.songs)


def hear(step: Step, haste: np.random.Generator, *, skips: bool) -> tuple[How, float]:
    """Say how a song ends, and after how many seconds."""
    if skips:
        return How.SKIPPED, haste.uniform(1, EARLY_SECONDS)
    if step.fade_after_seconds is not None:
        return How.FADED, step.fade_after_seconds
    return How.ENDED, step.choice.song.seconds


def reach(table: SongTable, wishes: list[Wish], tastes: Tastes, *, likes_lift: bool = True) -> float:
    """Share of the songs that are within some top five, what was learnt included."""
    named = np.zeros(len(table.songs), dtype=np.bool_)
    vectors = table.index.quantised_vectors
    learnt = {}
    for label in SONG_LABELS:
        known = tastes.bonuses(label, likes_lift=likes_lift)
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


SHARES = {"songs": (1, 0), "time": (3, 2)}
"""Which two columns of what was lived are divided."""


def report(way: str, plain: Lived, learnt: Lived, listeners: int) -> None:
    """Print the hit rates.

    :param plain: what every listener has lived, seed by seed, ``(seeds * listeners, presses, 5)``; likewise learnt.
    """
    random = np.random.default_rng(0)
    draws = random.integers(0, len(plain), (2000, len(plain)))
    for until in WINDOWS:
        window = slice(until - 10, until)
        sums = np.array([lived[:, window].sum(axis=1) for lived in (plain, learnt)])
        for what, columns in SHARES.items() if way == "evening" else [("songs", SHARES["songs"])]:
            cells = [f"{way} {until - 9:3} to {until:3} {what:5}"]
            spread = np.percentile(rates(sums, draws, *columns), [2.5, 97.5], axis=1)
            for value, low, high in zip(rates(sums, np.arange(len(plain)), *columns), *spread, strict=True):
                cells.append(f"{value:5.3f} ({low:.3f} to {high:.3f})")
            seeds = np.arange(len(plain)).reshape(-1, listeners)
            cells.append(" ".join(f"{gain:.3f}" for gain in rates(sums, seeds, *columns)[2]))
            print("  " + "   ".join(cells), flush=True)
        if way == "evening":
            skips, taught = sums[:, :, 4].mean(axis=1) / 10
            print(
                f"  {way} {until - 9:3} to {until:3} skips in each: {skips:.1f} without, {taught:.1f} with", flush=True
            )


def rates(sums: Lived, rows: NDArray[np.intp], part: int, whole: int) -> NDArray[np.float64]:
    """Return a share without and with learning, and what the second gains of what is left to gain, ``(3, …)``.

    :param sums: ``(2, listeners, 5)``.
    :param rows: the listeners of each draw, ``(…, listeners)``.
    """
    drawn = sums[:, rows].sum(axis=-2)
    without, taught = drawn[..., part] / drawn[..., whole]
    return np.array([without, taught, (taught - without) / (1 - without)])


def main() -> None:
    """Print both ways to listen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emotify", type=Path, required=True)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--listeners", type=int, default=100)
    parser.add_argument("--ways", nargs="+", default=["one", "evening"], choices=("one", "evening"))
    parser.add_argument("--skips", type=float, default=0.8)
    parser.add_argument("--slips", type=float, default=0.1)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    arguments = parser.parse_args()
    table = read_song_table(arguments.table)
    votes = read_votes(arguments.emotify, table)
    table = SongTable(table.header, tuple(replace(song, seconds=SONG_SECONDS) for song in table.songs), table.index)
    asked = list(faces(2000, 10**6))
    print("without learning, with, gain as a share of what is left to gain, and of every seed")
    for way in arguments.ways:
        plain, learnt, late, reaches = [], [], [], []
        for seed, number in itertools.product(arguments.seeds, range(arguments.listeners)):
            own = 1000 * seed + number
            listener, hand = Listener(votes, np.random.default_rng(own)), Hand(arguments.skips, arguments.slips, own)
            wishes, evening = list(faces(PRESSES, own)), way == "evening"
            without, _, met = live(listener, wishes, table, learns=False, evening=evening, hand=hand)
            taught, tastes, met_taught = live(listener, wishes, table, learns=True, evening=evening, hand=hand)
            plain.append(without)
            learnt.append(taught)
            late.append((met, met_taught))
            if number < REACHED_BY:
                reaches.append(reach(table, asked, tastes, likes_lift=not evening))
        report(way, np.array(plain), np.array(learnt), arguments.listeners)
        met, met_taught = np.mean(late, axis=0)
        print(f"  {way} reach {reach(table, asked, Tastes()):.3f} without, {np.mean(reaches):.3f} with,", end=" ")
        print(f"{min(reaches):.3f} at least; begun late {met:.3f} without, {met_taught:.3f} with", flush=True)


if __name__ == "__main__":
    main()
