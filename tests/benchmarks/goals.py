"""Where evenings with a goal lead, over DEAM's places: is the goal reached, are the steps even, is there a leap?

    python tests/benchmarks/goals.py --deam FOLDER [--evenings 1000] [--songs N] [--alone] [--seed 0]

FOLDER holds DEAM's ``annotations``. Faces are drawn as the report draws them (daily life, neutral half of the time);
songs last 4 minutes and share an artist by fours, evenings last 45 minutes, nobody skips. With ``--songs`` each evening
has a library of so many, drawn from DEAM; with ``--alone`` the faces are the eight that show one emotion and nothing
else, the longest ways there are.

Printed for each goal, beside *match* (no goal: how often one gets there anyway) and *at once* (the second song is
sought at the goal itself):

- *reached*: evenings in which a song of the goal's octant, or one that lies within ``NEAR_GOAL`` of its middle, is the
  path's last song or comes before it; and in the whole evening (95 % of the evenings, Wilson);
- *leaps*: songs that lie further than ``MOST_JUMP`` from the last one, and how many of these although a song lay
  between that had not been played: no further than ``MOST_JUMP`` from the last one, and nearer to the goal;
- *step*: how far a song on the path lies from the last one, median and 95th percentile; *uneven*: the standard
  deviation of one path's steps in the direction of the goal, as a share of their mean, median over the paths of three
  steps or more.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from reach import deam_places

from device.emotion.labels import FACE_LABELS, Place
from device.emotion.vectors import song_vectors
from device.programme.goal import GOAL_LABELS, MOST_JUMP, NEAR_GOAL, destination, distance
from device.programme.next_song import next_song
from device.programme.programme import Programme, Step
from device.programme.taste import How
from device.recommendation.query import EmotionQuery
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import Header, Song, SongTable
from device.recommendation.wish import Wish, middle_of, mood, observed
from device.settings.sections import GOALS, Goal, ProgrammeSettings
from tools.library_report.reach import plausible_observations

SECONDS = 240.0
HEADER = Header(1.0, 0.3, 0.3, "DEAM's annotators")


@dataclass(slots=True)
class Found:
    """What the evenings with one goal came to."""

    reached_by_path: int = 0
    reached: int = 0
    evenings: int = 0
    songs: int = 0
    leaps: int = 0
    needless: int = 0
    steps: list[float] = field(default_factory=list)
    uneven: list[float] = field(default_factory=list)


def deam_table(folder: Path) -> SongTable:
    """Make a song table of DEAM's places; artists are drawn, four songs each."""
    places = deam_places(folder)
    vectors = song_vectors(places[:, 0], places[:, 1], sigma_valence=places[:, 2], sigma_arousal=places[:, 3])
    artists = np.random.default_rng(0).permutation(len(places)) // 4
    return SongTable(
        HEADER,
        tuple(
            Song(
                *(
                    number,
                    f"{number}.mp3",
                    f"Song {number}",
                    f"Artist {artists[number - 1]}",
                    "",
                    SECONDS,
                    f"{number:x}",
                ),
                *(float(place[0]), float(place[1]), tuple(vector.tolist())),
            )
            for number, (place, vector) in enumerate(zip(places, vectors, strict=True), start=1)
        ),
    )


def by_path(wish: Wish, rules: ProgrammeSettings, songs: Recommender) -> list[Step]:
    """Spend an evening by the programme."""
    programme, steps, seconds = Programme(wish, rules), [], 0.0
    while (step := next_song(programme, songs, seconds_in=seconds)) is not None:
        steps.append(step)
        seconds += SECONDS
        programme = programme.begun(step).ended(How.ENDED, SECONDS)
    return steps


def at_once(wish: Wish, rules: ProgrammeSettings, songs: Recommender) -> list[Step]:
    """Play one song for the face and then the goal's mood by its name."""
    first = next_song(Programme(wish), songs, seconds_in=0.0)
    assert first is not None
    there = mood(GOAL_LABELS[rules.goal], EmotionQuery())
    programme = Programme(there, replace(rules, goal="match"), (first.choice.song.id,))
    steps, seconds = [first], SECONDS
    while (step := next_song(programme, songs, seconds_in=seconds)) is not None:
        steps.append(step)
        seconds += SECONDS
        programme = programme.begun(step).ended(How.ENDED, SECONDS)
    return steps


def look(steps: list[Step], wish: Wish, goal: Goal, table: SongTable, rules: ProgrammeSettings, found: Found) -> None:
    """Add what one evening came to."""
    start = wish.place
    end = destination(goal, start)
    there = [
        step.octant == GOAL_LABELS[goal] or distance(step.place, middle_of(GOAL_LABELS[goal])) <= NEAR_GOAL
        for step in steps
    ]
    found.evenings += 1
    found.songs += len(steps) - 1
    found.reached += any(there)
    found.reached_by_path += any(there[: rules.path_songs])
    places = np.array([(song.valence, song.arousal) for song in table.songs])
    left = np.ones(len(places), dtype=np.bool_)
    along = []
    for number, (last, step) in enumerate(pairwise(steps), start=1):
        left[last.row] = False
        jump, far = distance(last.place, step.place), distance(last.place, end)
        if number < rules.path_songs and far > NEAR_GOAL:
            found.steps.append(jump)
            along.append(far - distance(step.place, end))
        if jump > MOST_JUMP:
            found.leaps += 1
            found.needless += bool((left & between(places, last.place, end)).any())
    if len(along) >= 3 and np.mean(along) > 0:
        found.uneven.append(float(np.std(along) / np.mean(along)))


def between(places: NDArray[np.float64], last: Place, end: Place) -> NDArray[np.bool_]:
    """Say which songs lie between the last one and the goal, no leap away."""
    jumps = np.hypot(*(places - (last.valence, last.arousal)).T)
    nearer = np.hypot(*(places - (end.valence, end.arousal)).T) < distance(last, end)
    inside: NDArray[np.bool_] = (jumps <= MOST_JUMP) & nearer
    return inside


def wilson(hits: int, count: int) -> str:
    """A share and its interval of 95 %."""
    share, z = hits / count, 1.96
    middle, width = share + z * z / 2 / count, z * math.sqrt(share * (1 - share) / count + z * z / 4 / count**2)
    scale = 1 + z * z / count
    return f"{share:6.1%} ({(middle - width) / scale:.1%} to {(middle + width) / scale:.1%})"


def report(name: str, found: Found) -> None:
    """Print a line."""
    step = np.percentile(found.steps, [50, 95]) if found.steps else (math.nan, math.nan)
    uneven = np.median(found.uneven) if found.uneven else math.nan
    print(
        f"    {name:9} {wilson(found.reached_by_path, found.evenings)}  {wilson(found.reached, found.evenings)}"
        f"  {found.leaps:6} of {found.songs} ({found.needless} needless)  {step[0]:.2f} {step[1]:.2f}  {uneven:.2f}",
        flush=True,
    )


def main() -> None:
    """Print a table for every goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deam", type=Path, required=True)
    parser.add_argument("--evenings", type=int, default=1000)
    parser.add_argument("--songs", type=int)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--path-songs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    whole = deam_table(arguments.deam)
    wishes = [observed(seen, EmotionQuery()) for seen in plausible_observations(arguments.evenings, arguments.seed)]
    if arguments.alone:
        wishes = [mood(label, EmotionQuery()) for label in FACE_LABELS]
    random = np.random.default_rng(arguments.seed)
    print("              by the path's last song    in the evening           leaps                 step       uneven")
    for goal in (goal for goal in GOALS if goal != "match"):
        print(f"{goal} to {GOAL_LABELS[goal]}")
        rules = ProgrammeSettings(goal=goal, path_songs=arguments.path_songs)
        ways: dict[str, Callable[[Wish, ProgrammeSettings, Recommender], list[Step]]] = {
            "path": by_path,
            "at once": at_once,
            "match": lambda wish, rules, songs: by_path(wish, replace(rules, goal="match"), songs),
        }
        founds = {name: Found() for name in ways}
        for wish in wishes:
            if wish.octant == GOAL_LABELS[goal]:
                continue  # it is there already
            table = whole
            if arguments.songs:
                rows = random.choice(len(whole.songs), arguments.songs, replace=False)
                table = SongTable(HEADER, tuple(whole.songs[row] for row in sorted(rows)))
            songs = Recommender(table, np.ones(len(table.songs), dtype=np.bool_))
            for name, way in ways.items():
                look(way(wish, rules, songs), wish, goal, table, rules, founds[name])
        for name, found in founds.items():
            report(name, found)


if __name__ == "__main__":
    main()
