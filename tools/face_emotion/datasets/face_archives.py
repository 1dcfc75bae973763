"""Reads face crops that lie in one tar file beside a table that says who and what each of them shows.

    faces.tar                pictures of faces as cut out, any size; they are greyed and scaled to 48 × 48
    labels.csv (or .csv.xz)  file,person,emotion[,source]

``file`` is a picture's name in the archive, ``person`` any name or number that tells people apart, so that nobody is
both learnt from and measured with. ``emotion`` is a label or a synonym of one, as for label folders; labels between
``|`` are what several annotators said, and share the vote. ``source`` says in a word where a picture was taken from;
further columns are ignored.
"""

import re
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from device.camera.camera import Luma
from device.faces.crop import resize_crop
from device.files.untrusted import open_regular
from tools.digests import digest, joint_digest
from tools.errors import DatasetError
from tools.face_emotion.datasets.examples import FaceExamples, unanimous
from tools.face_emotion.datasets.label_folders import label_called
from tools.face_emotion.datasets.pictures import decode_grey
from tools.model_making.csv_tables import find_table, read_table

ARCHIVE, LABELS = "faces.tar", "labels"
_COLUMNS = ("file", "person", "emotion")
_SOURCE = re.compile(r"[\w -]{0,40}", re.ASCII)
_LARGEST_PICTURE = 2**20
"""Bytes of one picture; a face of 128 pixels has a few thousand."""


@dataclass(frozen=True, slots=True)
class FaceArchive:
    """What an archive and its table hold: the examples in the table's order, and one sha256 over both files."""

    examples: FaceExamples
    sha256: str
    unreadable: tuple[str, ...]
    """Names of pictures that OpenCV cannot read; they are in no example."""

    passed_over: int
    """Rows of the sources that were to be left out."""


class _Row(NamedTuple):
    file: str
    person: str
    source: str
    labels: tuple[int, ...]


def holds_face_archive(folder: Path) -> bool:
    """Say whether a folder has both the archive and the table."""
    return (folder / ARCHIVE).is_file() and find_table(folder, LABELS) is not None


def read_face_archive(folder: Path, *, without: Collection[str] = ()) -> FaceArchive:
    """Read every picture that the table names; others in the archive are passed over.

    Nothing is unpacked to the disk, links and folders in the archive are not followed, and no picture over a megabyte
    is read.

    :param without: sources whose rows are left out.
    :raises DatasetError: if a file cannot be read, a row is out of form, or a picture is named twice or not there.
    """
    table = find_table(folder, LABELS)
    if table is None:
        what = f"{folder / LABELS}.csv: no such file"
        raise DatasetError(what, mend=f"put the table with the columns {','.join(_COLUMNS)} beside {ARCHIVE}")
    every = read_table(table, columns=_COLUMNS, parse=_row)
    rows = [row for row in every if row.source not in without]
    named = {row.file for row in rows}
    if len(named) < len(rows):
        files = [row.file for row in rows]
        twice = next(name for place, name in enumerate(files) if name in files[:place])
        what = f"{table}: names {twice!r} more than once"
        raise DatasetError(what, mend="give every picture one row; labels that differ share it with | between them")
    crops = _crops(folder / ARCHIVE, named)
    for row in rows:
        if row.file not in crops:
            what = f"{folder / ARCHIVE}: lacks {row.file!r}, which {table.name} names"
            raise DatasetError(what, mend="give the archive and the table that belong together")
    read = [row for row in rows if crops[row.file] is not None]
    if not read:
        what = f"{folder / ARCHIVE}: none of the {len(rows)} pictures that count can be read"
        raise DatasetError(what, mend="pack pictures that open in a viewer")
    both = {path.name: digest(path) for path in (folder / ARCHIVE, table)}
    unreadable = tuple(row.file for row in rows if crops[row.file] is None)
    return FaceArchive(_examples(read, crops), joint_digest(both), unreadable, len(every) - len(rows))


def _row(texts: Mapping[str, str]) -> _Row:
    if not texts["person"]:
        msg = "the person is not named"
        raise ValueError(msg)
    labels = []
    for word in texts["emotion"].split("|"):
        label = label_called(word.strip())
        if label is None:
            msg = f"the emotion {word.strip()!r} is no label"
            raise ValueError(msg)
        labels.append(label)
    source = texts.get("source", "")
    if not _SOURCE.fullmatch(source):
        msg = "the source is no word of letters, digits, blanks and hyphens"
        raise ValueError(msg)
    return _Row(texts["file"], texts["person"], source, tuple(labels))


def _crops(archive: Path, named: set[str]) -> dict[str, Luma | None]:
    """Decode the named pictures of an archive by name; None stands for one that cannot be read."""
    crops: dict[str, Luma | None] = {}
    for name, content in files_of(archive, named.__contains__, largest=_LARGEST_PICTURE):
        grey = None if content is None else decode_grey(content)
        crops[name] = None if grey is None else resize_crop(grey)
    return crops


def files_of(archive: Path, is_wanted: Callable[[str], bool], *, largest: int) -> Iterator[tuple[str, bytes | None]]:
    """Yield the name and the content of each wanted file of an archive; links and folders in it are passed over.

    :param largest: bytes; None is yielded in place of the content of a file that has more.
    :raises DatasetError: if the archive cannot be read.
    """
    try:
        with open_regular(archive, follow_links=True) as file, tarfile.open(fileobj=file, mode="r:") as members:
            for member in members:
                name = member.name.removeprefix("./")
                if is_wanted(name) and member.isreg():
                    content = members.extractfile(member) if member.size <= largest else None
                    yield name, None if content is None else content.read()
    except (OSError, tarfile.TarError) as error:
        what = f"{archive}: cannot be read ({error})"
        raise DatasetError(what, mend="give a plain tar file, not packed any further") from error


def _examples(rows: list[_Row], crops: Mapping[str, Luma | None]) -> FaceExamples:
    nothing = np.full(len(rows), "")
    return FaceExamples(
        crops=np.array([crops[row.file] for row in rows], dtype=np.uint8),
        labels=np.array([row.labels[0] for row in rows], dtype=np.int64),
        votes=np.array([unanimous(row.labels).mean(axis=0) for row in rows], dtype=np.float32),
        usages=np.full(len(rows), "Training"),
        subjects=np.array([row.person for row in rows]),
        sequences=nothing,
        peaks=np.zeros(len(rows), dtype=np.bool_),
        sources=np.array([row.source for row in rows]) if any(row.source for row in rows) else None,
    )
