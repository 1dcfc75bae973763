"""How long the next song takes to choose, in a table of a million songs that lies on the disk.

    python tests/benchmarks/programme.py [--songs 1000000] [--evenings 20] [--work FOLDER]

The table is that of ``table.py``. Every evening begins with another face, knows 40 songs of earlier sessions and
something learnt of 300 songs, and goes on for 45 minutes, without a goal and with each. Printed for the first songs and
for all others: median, 95th percentile and longest, in ms of wall and of processor time; and beside them
:meth:`Recommender.recommend`, which the box does at a press as it is.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from table import HEADER, observations, songs

from device.emotion.labels import SONG_LABELS
from device.programme.next_song import next_song
from device.programme.programme import Programme
from device.programme.taste import How, Tastes
from device.recommendation.query import EmotionQuery
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import read_song_table, write_song_table
from device.recommendation.wish import observed
from device.settings.sections import GOALS, ProgrammeSettings

LEARNT, HISTORY = 300, 40

Times = list[tuple[float, float]]


def timed(times: Times, act: Callable[[], Any]) -> Any:
    """Do it, and note its wall and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = act()
    times.append((time.perf_counter() - wall, time.process_time() - cpu))
    return answer


def report(name: str, times: Times) -> None:
    """Print a line."""
    cells = [
        f"{np.median(values):8.1f} {np.percentile(values, 95):8.1f} {values.max():8.1f}"
        for values in 1000 * np.array(times).T
    ]
    print(f"{name:28} {len(times):5}   wall {cells[0]}   processor {cells[1]}", flush=True)


def main() -> None:
    """Write the table, spend the evenings, print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=1_000_000)
    parser.add_argument("--evenings", type=int, default=20)
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        path = Path(folder) / "songs.sqlite"
        write_song_table(path, HEADER, songs(arguments.songs))
        table = read_song_table(path)
        recommender = Recommender(table, np.ones(len(table.songs), dtype=np.bool_))
        random = np.random.default_rng(0)
        faces = observations()
        tastes = Tastes()
        for song in table.at(random.choice(len(table.songs), LEARNT, replace=False)):
            how = How.ENDED if random.random() < 0.5 else How.SKIPPED
            tastes = tastes.heard(song, SONG_LABELS[int(np.argmax(song.vector))], how, 10.0)
        history = tuple(int(row) for row in random.choice(table.index.ids, HISTORY, replace=False))
        print(f"{'':28} {'songs':>5}        median      95 %  longest")
        recommended: Times = []
        for face in faces:
            timed(recommended, lambda face=face: recommender.recommend(face, avoid=history))
        report("recommend, the first five", recommended)
        for goal in GOALS:
            first: Times = []
            others: Times = []
            for number in range(arguments.evenings):
                wish = observed(faces[number % len(faces)], EmotionQuery())
                programme, clock = Programme(wish, ProgrammeSettings(goal=goal), history), 0.0
                while True:
                    times = others if programme.played else first
                    step = timed(
                        times,
                        lambda programme=programme, clock=clock: next_song(
                            programme, recommender, seconds_in=clock, tastes=tastes
                        ),
                    )
                    if step is None:
                        break
                    clock += step.choice.song.seconds
                    programme = programme.begun(step).ended(How.ENDED, step.choice.song.seconds)
            report(f"{goal}: the first song", first)
            report(f"{goal}: each other song", others)


if __name__ == "__main__":
    main()
