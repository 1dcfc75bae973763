"""Reads DEAM, the MediaEval Database for Emotional Analysis in Music, as its zip files unpack.

    annotations/annotations averaged per song/song_level/static_annotations_averaged_songs_1_2000.csv
    annotations/annotations averaged per song/song_level/static_annotations_averaged_songs_2000_2058.csv
    DEAM_audio/MEMD_audio/<id>.mp3
    split/train.txt, validation.txt, test.txt       one id a line; not part of DEAM, used where it is there

1,802 songs and excerpts, perceived valence and arousal rated from 1 to 9 (Aljanaki, Yang and Soleymani 2017,
“Developing a benchmark for emotional analysis of music”). Names of columns carry leading spaces. The tables and the
sound may also lie less deep, see :data:`ANNOTATION_FOLDERS` and :data:`AUDIO_FOLDERS`.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.digests import digest, joint_digest
from tools.errors import DatasetError
from tools.model_making.csv_tables import read_table
from tools.music_emotion.datasets.entries import (
    Facts,
    RatedSong,
    gather_songs,
    number,
    refuse_repeated,
    sounds_in,
    whole,
)
from tools.music_emotion.datasets.songs import AnnotatedSongs
from tools.music_emotion.datasets.splits import Split

TABLES = ("static_annotations_averaged_songs_1_2000.csv", "static_annotations_averaged_songs_2000_2058.csv")
_SONG_LEVEL = "annotations/annotations averaged per song/song_level"
ANNOTATION_FOLDERS = (_SONG_LEVEL, f"DEAM_Annotations/{_SONG_LEVEL}", "annotations")
AUDIO_FOLDERS = ("DEAM_audio/MEMD_audio", "MEMD_audio", "DEAM_audio", "audio")

COLUMNS = ("song_id", "valence_mean", "valence_std", "arousal_mean", "arousal_std")
HIGHEST_ID = 2058
LOWEST, HIGHEST = 1.0, 9.0
MIDDLE = 5.0
"""Ratings become places by (x − 5) / 5, deviations by σ / 5: the source's 10 × 10 square is the plane."""

FACTS = Facts(name="deam", grouped_by="song", terms="non-commercial research; songs under Creative Commons licences")


def holds_deam(folder: Path) -> bool:
    """Say whether a folder looks like DEAM's: one of its two tables is there."""
    return _annotations(folder) is not None


def read_deam(folder: Path, *, heard: bool = True) -> AnnotatedSongs:
    """Read the songs whose sound is there; the others are ``passed``.

    :param heard: whether sound is needed; otherwise it is not looked for, and all songs are read.
    :raises DatasetError: if a table is missing or out of form, both are empty, or not one song's sound is there.
    """
    entries, sha256 = _entries(folder)
    audio = _audio(folder)
    return gather_songs(FACTS, entries, sounds_in(audio) if heard else None, folder=audio, sha256=sha256)


def read_split(folder: Path, songs: AnnotatedSongs) -> Split | None:
    """Read the split that lies beside DEAM, as indices into ``songs``; None if there is none.

    Ids that are not among the songs (their sound may be missing) do not matter.

    :raises DatasetError: if a file is missing, names a song that another names, or a song is in none.
    """
    lists = {field.name: folder / "split" / f"{field.name}.txt" for field in fields(Split)}
    if not any(path.is_file() for path in lists.values()):
        return None
    rows = {song: row for row, song in enumerate(songs.ids)}
    sides: dict[str, NDArray[np.intp]] = {}
    seen: set[str] = set()
    for side, path in lists.items():
        named = _read_list(path)
        refuse_repeated(path, [*named, *(seen & set(named))])
        seen |= set(named)
        sides[side] = np.array([rows[song] for song in named if song in rows], dtype=np.intp)
    homeless = sorted(set(rows) - seen)
    if homeless:
        what = f"{folder / 'split'}: {len(homeless)} songs are in none of its files, {homeless[0]} for one"
        raise DatasetError(what, mend="name every song in one of the three, or take the folder away to split by chance")
    return Split(**sides)


def _read_list(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        what = f"{path}: the list of songs cannot be read ({error})"
        raise DatasetError(
            what, mend="put it there, one id a line, or take the folder away to split by chance"
        ) from error


def _annotations(folder: Path) -> Path | None:
    places = (folder / place for place in ANNOTATION_FOLDERS)
    return next((place for place in places if any((place / table).is_file() for table in TABLES)), None)


def _audio(folder: Path) -> Path:
    places = (folder / place for place in AUDIO_FOLDERS)
    return next((place for place in places if sounds_in(place)), folder / AUDIO_FOLDERS[0])


def _entries(folder: Path) -> tuple[list[RatedSong], str]:
    """Read both tables, of which one may be empty: an owner's set may number its songs as one of them does.

    Also return their joint sha256.
    """
    place = _annotations(folder)
    if place is None:
        what = f"{folder}: holds no annotations of DEAM"
        raise DatasetError(what, mend=f"unpack DEAM's annotations there, so that {_SONG_LEVEL}/{TABLES[0]} exists")
    tables = [read_table(place / table, columns=COLUMNS, may_be_empty=True, parse=_parse) for table in TABLES]
    entries = [entry for table in tables for entry in table]
    if not entries:
        what = f"{place}: the tables hold no songs"
        raise DatasetError(what, mend="fetch DEAM's annotations again, or write a row a song into the first")
    refuse_repeated(place, [entry.song for entry in entries])
    return entries, joint_digest({table: digest(place / table) for table in TABLES})


def _parse(row: Mapping[str, str]) -> RatedSong:
    song = str(whole(row, "song_id", low=1, high=HIGHEST_ID))
    valence, arousal = (number(row, f"{axis}_mean", low=LOWEST, high=HIGHEST) for axis in ("valence", "arousal"))
    sigmas = (number(row, f"{axis}_std", low=0, high=HIGHEST - LOWEST) / MIDDLE for axis in ("valence", "arousal"))
    return RatedSong(song, song, song, (valence - MIDDLE) / MIDDLE, (arousal - MIDDLE) / MIDDLE, *sigmas)
