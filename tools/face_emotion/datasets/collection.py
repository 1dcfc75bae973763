"""Finds out which sets of labelled faces some paths hold, and reads them.

    ferplus.csv                    FER2013's pictures with the shares of FERPlus's votes
    fer2013.csv, fer2013new.csv    the same from the two files as they ship
    fer2013.csv                    FER2013 with its own labels; icml_face_data.csv is the same file by another name
    ckplus.csv, ckextended.csv     CK+ with its people, or as Kaggle ships it, without
    a folder of label folders      CK+48, or anybody's pictures
    faces.tar, labels.csv          faces in one archive with who and what they show, such as news-and-film
    any other csv file             anybody's crops, in the form of :mod:`tools.face_emotion.datasets.crops`

Every csv file may be packed as ``.csv.xz``. Of a folder that holds several forms of the same pictures the one higher up
is read: a picture that counts twice would be learnt from and measured with at once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.digests import digest, joint_digest
from tools.errors import DatasetError
from tools.face_emotion.datasets.crops import read_faces
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.face_archives import FaceArchive, holds_face_archive, read_face_archive
from tools.face_emotion.datasets.ferplus_votes import label_by_votes
from tools.face_emotion.datasets.label_folders import (
    LabelFolders,
    holds_label_folders,
    name_some,
    read_label_folders,
)
from tools.model_making.csv_tables import find_table, table_name

RECOGNISED = (
    "ferplus.csv; fer2013.csv (or icml_face_data.csv), alone or with fer2013new.csv; ckplus.csv; ckextended.csv, each "
    "plain or as .csv.xz; faces.tar with labels.csv; or a folder for each label, such as anger/ and happy/"
)
"""What a folder may hold, for messages and help."""


@dataclass(frozen=True, slots=True)
class Title:
    """What is known of a set before it is read."""

    key: str
    """By which figures name it, such as ``ckplus``."""

    short: str
    """Its name in tables."""

    name: str
    """Its name in full."""

    terms: str
    """On which terms its pictures are had."""

    origin: str
    """Where they are had."""

    pictures: str
    """Whose pictures it holds: two sets with the same ones cannot be used together."""

    trust: float = 1.0
    """How much of an example's vote its label gets when it is learnt from; the rest is shared by all labels alike."""

    left_out: tuple[str, ...] = ()
    """Sources within the set whose labels are not believed at all."""


_FER2013_ORIGIN = "FER2013 from Kaggle's “Challenges in Representation Learning: Facial Expression Recognition”"
FERPLUS = Title(
    key="ferplus",
    short="FERPlus",
    name="FER2013 with FERPlus labels",
    terms="pictures: non-commercial research; labels: MIT",
    origin=f"{_FER2013_ORIGIN}; the annotators' votes from github.com/microsoft/FERPlus",
    pictures="FER2013",
)
FER2013 = Title(
    key="fer2013",
    short="FER2013",
    name="FER2013",
    terms="non-commercial research",
    origin=_FER2013_ORIGIN,
    pictures="FER2013",
)
CKPLUS = Title(
    key="ckplus",
    short="CK+",
    name="CK+ (Extended Cohn-Kanade)",
    terms="non-commercial research, by agreement",
    origin="the Affect Analysis Group of the University of Pittsburgh, on request; "
    "a reduced form is on Kaggle as “CK+ dataset” (ckextended.csv)",
    pictures="CK+",
)
NEWS_AND_FILM = Title(
    key="news_and_film",
    short="news and film",
    name="faces of press photographs and films",
    terms="Apache-2.0, as the set that they were taken from",
    origin="press photographs of the 2000s and Indian films, cut out, numbered by person, and labelled by students and "
    "programs",
    pictures="news and film",
    trust=0.8,
    left_out=("film",),  # of its 104 faces called disgust no network says disgust to more than four
)

_KNOWN = (FERPLUS, FER2013, CKPLUS, NEWS_AND_FILM)
_ARCHIVES = {"news-and-film": NEWS_AND_FILM}
_TABLES = {"ferplus": FERPLUS, "fer2013": FER2013, "icml_face_data": FER2013, "ckplus": CKPLUS, "ckextended": CKPLUS}
_VOTES = "fer2013new"


@dataclass(frozen=True, slots=True)
class FaceSet:
    """One set that was read: its title, the file or folder with its sha256, its examples, and what was left out."""

    title: Title
    file: str
    sha256: str
    examples: FaceExamples
    dropped: Mapping[str, int]


def read_sets(paths: Sequence[Path], *, everything: bool = False) -> list[FaceSet]:
    """Read everything that the paths hold, in their order.

    :param paths: csv files, folders that hold known csv files, and folders of label folders.
    :param everything: whether what is never learnt from, since its labels are not to be believed, is read as well.
    :raises DatasetError: if a path holds nothing that is known, two hold the same pictures, or one is out of form.
    """
    found = [file for path in paths for file in _files(path)]
    votes = [path for path in found if table_name(path) == _VOTES]
    pictures = [path for path in found if path not in votes]
    voted = [path for path in pictures if _TABLES.get(table_name(path)) is FER2013]
    if len(votes) > 1 or len(votes) > len(voted):
        what = f"{votes[-1]}: holds votes for the rows of one fer2013.csv, but {len(voted)} such files were found"
        raise DatasetError(what, mend="give one fer2013.csv and one fer2013new.csv, or a folder that holds both")
    sets: list[FaceSet] = []
    for path in pictures:
        read = (
            _read_folder(path, everything=everything)
            if path.is_dir()
            else _read_table(path, votes if path in voted else [])
        )
        sets.append(_checked(read, sets))
    return sets


def _files(path: Path) -> Iterator[Path]:
    """Yield the csv files and the folder of label folders that a path stands for."""
    if not path.exists():
        what = f"{path}: no such file or folder"
        raise DatasetError(what, mend="name a csv file, or a folder with face data")
    if path.is_file():
        if not table_name(path):
            what = f"{path}: neither a csv file (.csv, .csv.xz) nor a folder"
            raise DatasetError(what, mend="unpack an archive first, and name the folder or csv file it held")
        yield path
        return
    fer = [find_table(path, "ferplus")]
    if fer == [None]:
        fer = [find_table(path, "fer2013", "icml_face_data"), find_table(path, _VOTES)]
    tables = [table for table in (*fer, find_table(path, "ckplus", "ckextended")) if table]
    labelled = holds_label_folders(path) or holds_face_archive(path)
    if not (tables or labelled):
        what = f"{path}: holds no labelled faces in a form that is known"
        raise DatasetError(what, mend=f"name a folder that holds {RECOGNISED}")
    yield from tables
    if labelled:
        yield path


def _read_table(path: Path, votes: Sequence[Path]) -> FaceSet:
    title, examples = _TABLES.get(table_name(path)), read_faces(path)
    if not votes:
        return FaceSet(title or _own(table_name(path)), path.name, digest(path), examples, {})
    examples, dropped = label_by_votes(examples, votes[0], pictures_from=path)
    both = {file.name: digest(file) for file in (path, votes[0])}
    return FaceSet(FERPLUS, " with ".join(both), joint_digest(both), examples, dropped)


def _read_folder(path: Path, *, everything: bool) -> FaceSet:
    name = path.resolve().name
    read: FaceArchive | LabelFolders
    dropped: dict[str, int] = {}
    if holds_face_archive(path):
        title = _ARCHIVES.get(name.casefold()) or _own(name)
        read = read_face_archive(path, without=() if everything else title.left_out)
        if read.passed_over:
            dropped[f"{name}: {', '.join(title.left_out)}, whose labels are not to be believed"] = read.passed_over
    else:
        read = read_label_folders(path)
        title = CKPLUS if read.ckplus else _own(name)
    if read.unreadable:
        dropped[f"{name}: pictures that cannot be read ({name_some(read.unreadable)})"] = len(read.unreadable)
    return FaceSet(title, f"{name}/", read.sha256, read.examples, dropped)


def _own(name: str) -> Title:
    key = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") or "faces"
    return Title(key, name, name, "the owner's", "the owner of this model", pictures=key)


def _checked(read: FaceSet, earlier: Sequence[FaceSet]) -> FaceSet:
    """Refuse the same pictures twice, and give an owner's set a key of its own."""
    title = read.title
    for other in earlier:
        if other.title.pictures == title.pictures and title in _KNOWN:
            what = f"{other.file} and {read.file} both hold the pictures of {title.pictures}"
            raise DatasetError(what, mend="give only the one that says more, such as the one that names the people")
    taken = {other.title.key for other in earlier} | {known.key for known in _KNOWN}
    if title in _KNOWN or title.key not in taken:
        return read
    number = next(number for number in range(2, len(taken) + 2) if f"{title.key}_{number}" not in taken)
    own = replace(title, key=f"{title.key}_{number}", short=f"{title.short} ({number})")
    return replace(read, title=own)
