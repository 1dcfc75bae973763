"""Reads a folder of annotated clips: ``annotations.csv`` and ``audio/``."""

import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.errors import DatasetError
from tools.music_emotion.head import AXES, Floats

COLUMNS = ("song_id", "genre", *AXES)
RATING_LIMIT = 10.0
"""Ratings run from -10 to 10 and are divided by this."""
FEWEST_CLIPS = 20
FEWEST_GENRES = 2

_MEND = f"name a folder with audio/ and annotations.csv, whose columns are {', '.join(COLUMNS)}"


@dataclass(frozen=True, slots=True)
class Clips:
    """The ``paths`` of n clips, their ``genres`` ``(n,)`` and ``targets`` ``(n, 2)`` in [-1, 1], and the csv's hash."""

    paths: tuple[Path, ...]
    genres: NDArray[np.str_]
    targets: Floats
    sha256: str

    def __len__(self) -> int:
        """Count the clips."""
        return len(self.paths)


def read_clips(folder: Path) -> Clips:
    """Read annotations and find the files, named after ``song_id`` with any suffix; the order is that of the csv.

    :raises DatasetError: if a file or a column is missing, a rating lies outside ±10, or a song is named twice.
    """
    path = folder / "annotations.csv"
    try:
        content = path.read_bytes()
        rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines(), skipinitialspace=True))
        ratings = np.array([[float(row[axis]) for axis in AXES] for row in rows]).reshape(-1, len(AXES))
        names = [(row["song_id"], row["genre"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{path}: the annotations cannot be read ({type(error).__name__}: {error})"
        raise DatasetError(what, mend=_MEND) from error
    if not (np.abs(ratings) <= RATING_LIMIT).all():
        what = f"{path}: it holds a rating outside [-10, 10]"
        raise DatasetError(what, mend=_MEND)
    if len(rows) < FEWEST_CLIPS or len({genre for _, genre in names}) < FEWEST_GENRES:
        what = f"{path}: {len(rows)} clips are too few to fit and judge a head"
        raise DatasetError(what, mend=f"annotate at least {FEWEST_CLIPS} clips of at least {FEWEST_GENRES} genres")
    twice = [name for name, count in Counter(name for name, _ in names).items() if count > 1]
    if twice:
        what = f"{path}: {', '.join(twice[:3])} named more than once"
        raise DatasetError(what, mend="keep one row a song, or a song would be judged by itself")
    files = {file.stem: file for file in sorted((folder / "audio").glob("*")) if file.is_file()}
    absent = [name for name, _ in names if name not in files]
    if absent:
        what = f"{folder / 'audio'}: {len(absent)} of {len(names)} clips are missing, {absent[0]} for one"
        raise DatasetError(what, mend=_MEND)
    return Clips(
        paths=tuple(files[name] for name, _ in names),
        genres=np.array([genre for _, genre in names]),
        targets=ratings / RATING_LIMIT,
        sha256=hashlib.sha256(content).hexdigest(),
    )
