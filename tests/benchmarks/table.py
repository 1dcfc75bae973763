"""A song table of a million rows: write, open on the box, rank, and the memory it takes, beside two plain ways.

    python tests/benchmarks/table.py [--songs 1000000] [--runs 5] [--music] [--work FOLDER]

The table is drawn at random (one artist for twenty songs, mean places of σ .35, the shipped model's σ). The plain ways
to do the same over the same file:

- *every row into objects*: what this project did at first: fetch every row, make and check a Song of each, multiply,
  and sort all similarities;
- *cosine in SQL*: keep nothing in memory, and let SQLite reckon the cosine of every row and sort.

Every figure is from a process of its own, which opens the table and ranks; wall and CPU seconds, medians of the runs.
Memory is what opening and ranking add to a process that has imported the device, and the highest it came to. With
``--music`` as many empty files are laid out, ten to a folder, and it is timed how long it takes to look for them all.
"""

import argparse
import json
import multiprocessing
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.emotion.vectors import song_vectors
from device.observation.observation import Observation
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import cosine_similarities
from device.recommendation.recommendation import Recommender
from device.recommendation.song import COLUMNS, DEVIATION_COLUMNS, SOUND_COLUMNS, song_of
from device.recommendation.song_table import Header, Song, read_song_table, write_song_table

HEADER = Header(1.0, 0.22, 0.2, "drawn at random")
RANKINGS = 20


def songs(count: int) -> Iterator[Song]:
    """Draw songs, at most 10,000 in memory at a time."""
    random = np.random.default_rng(0)
    for start in range(0, count, 10_000):
        size = min(10_000, count - start)
        valence, arousal = np.clip(random.normal((0.05, 0.0), 0.35, (size, 2)), -1, 1).T
        vectors = song_vectors(valence, arousal, sigma_valence=0.22, sigma_arousal=0.2)
        for number, (v, a, vector) in enumerate(zip(valence, arousal, vectors, strict=True), start=start):
            artist, album, title = f"Artist {number // 20:05}", f"Album {number // 10:06}", f"Title of song {number}"
            path = f"{artist}/{album}/{number % 10 + 1:02} - {title}.mp3"
            place = (float(v), float(a), tuple(vector.tolist()), (0.22, 0.2))
            yield Song(number + 1, path, title, artist, album, 214.5, f"{number:064x}", *place)


def observations() -> list[Observation]:
    """Draw what the rankings are asked for: two emotions each."""
    random = np.random.default_rng(1)
    drawn = []
    for _ in range(RANKINGS):
        seconds = np.zeros(len(FACE_LABELS))
        seconds[random.choice(len(FACE_LABELS), 2, replace=False)] = random.dirichlet((1, 1)) * 12
        drawn.append(Observation(FACE_LABELS, tuple(seconds), 15.0, 150, 150, 10.0))
    return drawn


def mien(path: Path) -> tuple[Callable[[], Any], Callable[[Any, Observation], list[int]]]:
    """Give the box's own way: how to open, and how to rank."""

    def rank(table: Any, observation: Observation) -> list[int]:
        recommender = Recommender(table, np.ones(len(table.songs), dtype=np.bool_))
        return [choice.song.id for choice in recommender.recommend(observation).ranked]

    return lambda: read_song_table(path), rank


def objects(path: Path) -> tuple[Callable[[], Any], Callable[[Any, Observation], list[int]]]:
    """Give the way of every row in an object and a full sort."""

    def load() -> Any:
        columns = ", ".join((*COLUMNS, *DEVIATION_COLUMNS, *SOUND_COLUMNS))
        with closing(sqlite3.connect(path)) as database:
            everything = tuple(map(song_of, database.execute(f"SELECT {columns} FROM songs ORDER BY id")))  # noqa: S608
        return everything, np.array([song.vector for song in everything])

    def rank(table: Any, observation: Observation) -> list[int]:
        everything, vectors = table
        query = EmotionQuery().centre_query(observation)
        similarities = vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query)
        order = np.argsort(-np.round(similarities, 12), kind="stable")
        return [everything[row].id for row in order[:5]]

    return load, rank


def sql(path: Path) -> tuple[Callable[[], Any], Callable[[Any, Observation], list[int]]]:
    """Give the way of asking SQLite alone."""
    length = " + ".join(f"{label} * {label}" for label in SONG_LABELS)
    product = " + ".join(f"{label} * ?" for label in SONG_LABELS)
    statement = f"SELECT id FROM songs ORDER BY round(({product}) / sqrt({length}), 10) DESC, id LIMIT 5"  # noqa: S608

    def rank(table: Any, observation: Observation) -> list[int]:
        query = EmotionQuery().centre_query(observation)
        unit = query / np.linalg.norm(query)
        return [row[0] for row in table.execute(statement, unit.tolist())]

    return lambda: sqlite3.connect(path), rank


WAYS = {"mien": mien, "every row into objects": objects, "cosine in SQL": sql}


def resident(key: str) -> float:
    """Megabytes (10⁶ bytes) that this process holds (VmRSS), or the most it ever held (VmHWM)."""
    line = next(line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if key in line)
    return int(line.split()[1]) * 1024 / 1e6


def measure(way: str, path: Path) -> dict[str, float]:
    """Open and rank in this process."""
    load, rank = WAYS[way](path)
    asked = observations()
    before, wall, cpu = resident("VmRSS"), time.perf_counter(), time.process_time()
    table = load()
    figures = {"open, s": time.perf_counter() - wall, "open, CPU s": time.process_time() - cpu}
    figures["memory once open, MB"] = resident("VmRSS") - before
    walls, cpus = [], []
    for observation in asked[: RANKINGS if way == "mien" else 3]:
        wall, cpu = time.perf_counter(), time.process_time()
        rank(table, observation)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    figures |= {"rank, ms": 1000 * statistics.median(walls), "rank, longest, ms": 1000 * max(walls)}
    figures |= {"rank, CPU ms": 1000 * statistics.median(cpus), "memory after ranking, MB": resident("VmRSS") - before}
    return figures | {"whole process, MB": resident("VmRSS"), "whole process at its highest, MB": resident("VmHWM")}


def furthest_apart(path: Path) -> float:
    """How much nearer the song is that SQLite finds with all digits than the one that mien names, at the worst."""
    (load, rank), (connect, ask) = mien(path), sql(path)
    table, database, apart = load(), connect(), []
    for asked in observations()[:5]:
        rows = table.index.rows_of([rank(table, asked)[0], ask(database, asked)[0]])
        vectors = np.array([song.vector for song in table.at(rows)])
        ours, best = cosine_similarities(EmotionQuery().centre_query(asked), vectors)
        apart.append(best - ours)
    return float(max(apart))


def lay_out_music(path: Path, music: Path) -> None:
    """Make an empty file for every song of the table."""
    for song in read_song_table(path).songs:
        file = music / song.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def main() -> None:
    """Print the figures of each way, side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--music", action="store_true")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--json", type=Path, help="write every run's figures there too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        path = Path(folder) / "songs.sqlite"
        wall, cpu = time.perf_counter(), time.process_time()
        write_song_table(path, HEADER, songs(arguments.songs))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"write {arguments.songs:,} songs: {wall:.1f} s, CPU {cpu:.1f} s, {path.stat().st_size / 1e6:.0f} MB")
        print(f"the song that mien names is the nearest, or less near by {furthest_apart(path):.6f} at most")
        runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for run in range(arguments.runs):
            for way in WAYS:
                if way == "mien" or run < 2:  # the plain ways take their time
                    with multiprocessing.get_context("spawn").Pool(1) as process:
                        runs[way].append(process.apply(measure, (way, path)))
        print(f"{'':34}" + "".join(f"{way:>26}" for way in WAYS))
        for figure in runs["mien"][0]:
            medians = [statistics.median(each[figure] for each in runs[way]) for way in WAYS]
            print(f"{figure:34}" + "".join(f"{median:26.2f}" for median in medians))
        if arguments.json:
            arguments.json.write_text(json.dumps(runs, indent=1), encoding="utf-8")
        if arguments.music:
            music = Path(folder) / "music"
            lay_out_music(path, music)
            table, wall = read_song_table(path), time.perf_counter()
            there = table.present_under(music)
            print(f"look for {len(there):,} files: {time.perf_counter() - wall:.1f} s, {int(there.sum()):,} there")


if __name__ == "__main__":
    main()
