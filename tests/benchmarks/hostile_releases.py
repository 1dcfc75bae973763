"""Releases with damaged parts through the trial that ``mien release activate`` makes of them: how each one ends.

    python tests/benchmarks/hostile_releases.py [--models 1900] [--goldens 3000] [--tables 3000] [--rows 10000023]

The shipped release is taken, and one part of it is damaged, by one to eight flipped bits or overwritten words; models
and tables go through the real trial, each in a process of its own, golden examples through the reader alone. ``works``
is a release that passes, which damage in a padding or a weight may well do; ``escaped`` would end the command of root,
and must be 0; every other end is a refusal in one sentence. With ``--rows`` a table of as many songs is tried first,
which takes some minutes to write; it is told how long the trial takes and how much memory.
"""

import argparse
import random
import resource
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from device.appliance.release_trial import try_release
from device.emotion.labels import SONG_LABELS
from device.emotion.tflite_emotion_classifier import run_golden
from device.errors import ReleaseError
from device.recommendation.song_index import _checksum
from device.recommendation.song_table import Header, Song, write_song_table
from device.settings.sections import Settings

RELEASE = Path(__file__).parents[2] / "models"
MODEL, GOLDEN, TABLE = "face_emotion/model.tflite", "face_emotion/golden.npz", "songs.sqlite"
ENDS = {
    "crashes": "crash",
    "of memory": "too much memory",
    "takes longer": "too long",
    "processor time": "too much processor time",
    "was killed": "killed",
    "without an answer": "no answer",
    "cannot be tried out": "another exception there",
}


def damaged(sound: bytes, chance: random.Random) -> bytes:
    """Flip some bits, or overwrite some words of four bytes."""
    content = bytearray(sound)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if chance.random() < 0.5:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        else:
            place = chance.randrange(len(content) - 4)
            word = chance.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, chance.getrandbits(32)))
            content[place : place + 4] = word.to_bytes(4, "little")
    return bytes(content)


def damaged_beginning(sound: bytes, chance: random.Random) -> bytes:
    """Damage half of the time the first and last kilobytes, where a model has its structure rather than weights."""
    edge = 8192
    if chance.random() < 0.5 or len(sound) < 4 * edge:
        return damaged(sound, chance)
    if chance.random() < 0.5:
        return damaged(sound[:edge], chance) + sound[edge:]
    return sound[:-edge] + damaged(sound[-edge:], chance)


def end_of(trial: Callable[[], object]) -> str:
    """Carry a trial out, and say how it ended."""
    try:
        trial()
    except ReleaseError as error:
        return next((end for words, end in ENDS.items() if words in error.what), "refused by its reader")
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return f"escaped: {type(error).__name__}: {error}"
    return "works"


def run(name: str, part: str, rounds: int, release: Path, trial: Callable[[], object], seed: int) -> None:
    """Damage one part again and again, and print a table of the ends."""
    sound, ends, chance = (RELEASE / part).read_bytes(), Counter[str](), random.Random(seed)  # noqa: S311
    started, slowest = time.perf_counter(), 0.0
    for _ in range(rounds):
        (release / part).write_bytes(damaged_beginning(sound, chance))
        begun = time.perf_counter()
        ends[end_of(trial)] += 1
        slowest = max(slowest, time.perf_counter() - begun)
    (release / part).write_bytes(sound)
    escaped = sum(count for end, count in ends.items() if end.startswith("escaped"))
    print(f"{name}: {rounds} in {time.perf_counter() - started:.0f} s, the slowest {slowest:.1f} s; escaped: {escaped}")
    for end, count in ends.most_common():
        print(f"  {count:6} {end}")


def write_rows(path: Path, count: int) -> None:
    """Write a table of many equal songs, as short as can be, and an index that fits, past the writer's own limit."""
    vector = (0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0)
    song = Song(1, "1", "", "", "", 1.0, "", 0.0, 0.0, vector)
    write_song_table(path, Header(1, 0.2, 0.2, "hostile"), [song])
    with closing(sqlite3.connect(path)) as database, database:
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in triggers:
            database.execute(f"DROP TRIGGER {name}")
        labels = ", ".join(SONG_LABELS)
        database.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "  # noqa: S608 - a number
            f"INSERT INTO songs SELECT i, i, title, artist, album, seconds, content_hash, valence, arousal, "
            f"{labels}, sigma_valence, sigma_arousal FROM n, songs WHERE id = 1"
        )
        database.execute("DELETE FROM song_index")
        for first in range(0, count, 8192):
            size = min(8192, count - first)
            ids = b"".join(number.to_bytes(8, "little") for number in range(first + 1, first + size + 1))
            shares = b"".join(round(500 * share).to_bytes(2, "little") for share in vector) * size
            blobs = [ids, shares, bytes(4 * size)]
            row = (first, size, *blobs, _checksum(blobs))
            database.execute("INSERT INTO song_index VALUES (?, ?, ?, ?, ?, ?)", row)
        for _name, sql in triggers:
            database.execute(sql)


def main() -> None:
    """Print how the damaged releases end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=1900)
    parser.add_argument("--goldens", type=int, default=3000)
    parser.add_argument("--tables", type=int, default=3000)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        release = Path(folder) / "release"
        shutil.copytree(RELEASE, release, ignore=shutil.ignore_patterns("demo_library"))
        settings = Settings()

        def trial() -> None:
            try_release(release, settings)

        def golden() -> None:
            run_golden(release / "face_emotion")

        if arguments.rows:
            write_rows(release / TABLE, arguments.rows)
            begun = time.perf_counter()
            print(f"a table of {arguments.rows:,} rows, {(release / TABLE).stat().st_size / 1e6:.0f} MB:")
            try:
                trial()
            except ReleaseError as error:
                print(f"  {error.what}")
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
            print(f"  {time.perf_counter() - begun:.1f} s, {most:.0f} MB at the most")
            shutil.copyfile(RELEASE / TABLE, release / TABLE)
        run("golden examples", GOLDEN, arguments.goldens, release, golden, arguments.seed)
        run("models", MODEL, arguments.models, release, trial, arguments.seed)
        run("song tables", TABLE, arguments.tables, release, trial, arguments.seed)


if __name__ == "__main__":
    main()
