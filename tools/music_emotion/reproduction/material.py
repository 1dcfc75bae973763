"""The songs that the table is made from: read, joined, heard once, and split."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from tools.errors import DatasetError
from tools.music_emotion.datasets.collection import read_annotations, read_sets
from tools.music_emotion.datasets.deam import holds_deam, read_split
from tools.music_emotion.datasets.labels import percentages
from tools.music_emotion.datasets.songs import AnnotatedSongs
from tools.music_emotion.datasets.splits import Split, split_by
from tools.music_emotion.reproduction.catalogue import RowSettings
from tools.music_emotion.reproduction.feature_cache import features_of

Floats = NDArray[np.float64]

_PARTS = ("train", "validation", "test")
_MEND = "name more or larger sets: ratings of some dozens of songs that each were rated in valence and arousal"


@dataclass(frozen=True, slots=True)
class Data:
    """Where songs come from."""

    paths: Sequence[Path]
    """Folders of data sets, or of several."""

    cache: Path
    """Keeps features, and the sound of MIDI; several tables and trainings may share it."""

    all_sets: bool = False
    """Whether to take sets of felt emotion and of quadrants as well."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """n songs of one or more sets that can all be heard, with who is learnt from and who is asked about.

    ``places``, ``deviations`` ``(n, 2)`` and ``sources`` ``(n,)`` are as in :class:`AnnotatedSongs`, the deviations
    filled up with the usual one; ``percent`` ``(n, labels)`` as in
    :func:`tools.music_emotion.datasets.labels.percentages`. ``sets`` and ``left_out`` describe the data for cards and
    tables; ``cache`` is that of :class:`Data`.
    """

    paths: tuple[Path, ...]
    places: Floats
    deviations: Floats
    percent: Floats
    sources: NDArray[np.str_]
    split: Split
    sets: tuple[dict[str, Any], ...]
    left_out: tuple[str, ...]
    cache: Path

    @property
    def sha256(self) -> str:
        """Return the hash of the names, the labels and the split: two materials of one hash teach the same."""
        digest = hashlib.sha256(json.dumps([path.name for path in self.paths]).encode())
        for values in (self.percent.round(6), *(getattr(self.split, part) for part in _PARTS)):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    def describe(self) -> dict[str, Any]:
        """Return what a row or a card says of the data, as plain JSON values."""
        counts = {part: len(getattr(self.split, part)) for part in _PARTS}
        return {"sets": list(self.sets), "left_out": list(self.left_out), "songs": counts, "sha256": self.sha256}


def gather_training_data(data: Data, settings: RowSettings, console: Console) -> TrainingData:
    """Read sets of songs, hear them, and split each so that no recording is on two sides.

    Sets of quadrants and of felt emotion are left out: their songs have no ratings of what is heard in the music, which
    is what the source's networks learnt.

    :raises MienError: if a set cannot be read or too few songs are left.
    """

    def why_not(songs: AnnotatedSongs) -> str:
        return "" if data.all_sets else _reason(songs)

    told = [(songs.name, why_not(songs)) for songs in read_annotations(data.paths)]
    left_out = tuple(f"{name}: {reason}" for name, reason in told if reason)
    for line in left_out:
        console.print(f"left out {line} (--all-sets takes it)", markup=False, soft_wrap=True)
    read = read_sets(data.paths, cache=data.cache, wanted=lambda songs: not why_not(songs))
    heard = [_hear(songs, settings, data.cache, console) for songs in read]
    if not heard:
        what = f"{', '.join(map(str, data.paths))}: no set has ratings of what is heard in the music"
        raise DatasetError(what, mend=_MEND)
    return _join(heard, left_out, settings, data)


def _reason(songs: AnnotatedSongs) -> str:
    """Say why a set is left out; nothing if it is not."""
    if songs.felt:
        return "it tells what listeners felt"
    return "it names quadrants, not places" if songs.coarse else ""


def _hear(songs: AnnotatedSongs, settings: RowSettings, cache: Path, console: Console) -> AnnotatedSongs:
    """Return the songs that can be heard; their log-mel is in the cache from here on, and ``passed`` has all others."""
    console.print(songs.name, style="bold", markup=False)
    if songs.passed:
        first = songs.passed[0]
        told = f"passed over {len(songs.passed)}, {first.song} for one ({first.reason})"
        console.print(told, markup=False, soft_wrap=True, highlight=False)
    heard = features_of(songs.paths, settings.features("log-mel"), cache, console)
    return replace(songs.select(heard.rows), passed=(*songs.passed, *heard.passed))


def _join(sets: Sequence[AnnotatedSongs], left_out: tuple[str, ...], settings: RowSettings, data: Data) -> TrainingData:
    splits, start = [], 0
    for songs in sets:
        splits.append([start + getattr(_split(songs, data, settings.seed), part) for part in _PARTS])
        start += len(songs)
    parts = [np.concatenate(rows).astype(np.intp) for rows in zip(*splits, strict=True)]
    if not all(len(rows) for rows in parts):
        what = f"{start} songs are too few to learn from, to choose by and to ask about"
        raise DatasetError(what, mend=_MEND)
    return TrainingData(
        paths=tuple(path for songs in sets for path in songs.paths),
        places=np.concatenate([songs.places for songs in sets]),
        deviations=np.concatenate([songs.with_usual_deviations() for songs in sets]),
        percent=np.concatenate([percentages(songs, k=settings.k, plane=settings.plane) for songs in sets]),
        sources=np.concatenate([_named(songs) for songs in sets]),
        split=Split(*parts),
        sets=tuple(_described(songs) for songs in sets),
        left_out=left_out,
        cache=data.cache,
    )


def _split(songs: AnnotatedSongs, data: Data, seed: int) -> Split:
    """Return the split that lies beside DEAM, or one by recording."""
    for folder in (folder for path in data.paths for folder in (path, *path.iterdir()) if holds_deam(folder)):
        if songs.paths[0].is_relative_to(folder):
            split = read_split(folder, songs)
            if split is not None:
                return split
    return split_by(songs.sources, seed=seed)


def _named(songs: AnnotatedSongs) -> NDArray[np.str_]:
    """Return the sources, told from those of other sets."""
    return np.array([f"{songs.name}/{source}" for source in songs.sources])


def _described(songs: AnnotatedSongs) -> dict[str, Any]:
    return {
        "name": songs.name,
        "songs": len(songs),
        "passed_over": len(songs.passed),
        "sha256": songs.sha256,
        "terms": songs.terms,
    }
