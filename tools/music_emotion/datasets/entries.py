"""What the readers of all sets share: one entry a song, its file of sound, and songs made of both."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from device.player.music_files import SUFFIXES
from tools.errors import DatasetError
from tools.music_emotion.datasets.songs import AnnotatedSongs, Passed


class NoSoundError(DatasetError):
    """The annotations of a set are there, and the sound of none of its songs."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of a whole set; see :class:`AnnotatedSongs`."""

    name: str
    grouped_by: str
    terms: str
    felt: bool = False
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class RatedSong:
    """What a set says of one song; places in [-1, 1], deviations nan where it does not say."""

    song: str
    group: str
    source: str
    valence: float
    arousal: float
    sigma_valence: float = math.nan
    sigma_arousal: float = math.nan


def number(row: Mapping[str, str], column: str, *, low: float, high: float) -> float:
    """Return the number that a row holds in a column.

    :raises ValueError: naming the column, if it is none or lies outside [low, high].
    """
    try:
        value = float(row[column])
    except ValueError as error:
        msg = f"{column} is “{row[column]}”, which is no number"
        raise ValueError(msg) from error
    if not low <= value <= high:
        msg = f"{column} is {value:g}, outside [{low:g}, {high:g}]"
        raise ValueError(msg)
    return value


def whole(row: Mapping[str, str], column: str, *, low: int, high: int) -> int:
    """Return the whole number that a row holds in a column.

    :raises ValueError: naming the column, if it is none or lies outside [low, high].
    """
    value = number(row, column, low=low, high=high)
    if not value.is_integer():
        msg = f"{column} is “{row[column]}”, which is no whole number"
        raise ValueError(msg)
    return int(value)


def sounds_in(folder: Path) -> dict[str, Path]:
    """Return the files of music directly in a folder by their names without suffix; none if there is no such folder.

    Of several files of one name the last by suffix counts.
    """
    files = sorted(folder.glob("*"))
    return {file.stem: file for file in files if file.suffix.lower() in SUFFIXES and file.is_file()}


def refuse_repeated(table: Path, songs: Sequence[str]) -> None:
    """Refuse a table that names a song more than once.

    :raises DatasetError: naming the first three of them.
    """
    repeated = [song for song, count in Counter(songs).items() if count > 1]
    if repeated:
        what = f"{table}: {', '.join(repeated[:3])} named more than once"
        raise DatasetError(what, mend="keep one row a song, or a song would be judged by itself")


def gather_songs(  # noqa: PLR0913 - the parts of a set that each reader finds in its own way
    facts: Facts,
    entries: Sequence[RatedSong],
    sounds: Mapping[str, Path] | None,
    *,
    folder: Path,
    sha256: str,
    reasons: Mapping[str, str] | None = None,
    passed: Sequence[Passed] = (),
) -> AnnotatedSongs:
    """Put the entries that have sound together; the others are passed over.

    :param sounds: by the entries' ``song``; None if the set is not to be heard, and all entries are taken.
    :param folder: where the sound lies.
    :param reasons: why a song has no sound, by ``song``, where it is known better than that its file is missing.
    :param passed: songs that were passed over for other reasons.
    :raises NoSoundError: if not one has sound.
    """
    if sounds is None:
        sounds = {entry.song: folder / entry.song for entry in entries}
    kept = [entry for entry in entries if entry.song in sounds]
    without = [entry.song for entry in entries if entry.song not in sounds]
    why = [Passed(song, (reasons or {}).get(song, "its file is missing")) for song in without]
    if not kept:
        first = f" ({why[0].song}: {why[0].reason})" if why else ""
        what = f"{folder}: holds the sound of none of the {len(entries)} songs of {facts.name}{first}"
        raise NoSoundError(what, mend="fetch the set's sound and put it there under the names that it ships with")
    return AnnotatedSongs(
        name=facts.name,
        ids=tuple(entry.song for entry in kept),
        paths=tuple(sounds[entry.song] for entry in kept),
        places=np.array([(entry.valence, entry.arousal) for entry in kept]),
        deviations=np.array([(entry.sigma_valence, entry.sigma_arousal) for entry in kept]),
        groups=np.array([entry.group for entry in kept]),
        sources=np.array([entry.source for entry in kept]),
        grouped_by=facts.grouped_by,
        felt=facts.felt,
        coarse=facts.coarse,
        sha256=sha256,
        terms=facts.terms,
        passed=(*why, *passed),
    )
