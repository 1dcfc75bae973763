"""Reads labelled face crops: the csv form of FER2013, CK+ and FERPlus, plain or xz-compressed.

    emotion,pixels,Usage[,p_anger … p_contempt][,subject …]

``emotion`` is the index of a label of :data:`device.emotion.FACE_LABELS`, ``pixels`` holds 48 × 48 grey values of
0–255 row by row, ``Usage`` is Training, PublicTest or PrivateTest. The columns ``p_…`` give the share of annotators
that chose each label; where they are absent the one label counts as unanimous. Further columns are ignored.
"""

import csv
import hashlib
import io
import lzma
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion import FACE_LABELS
from device.faces import CROP_SIZE
from tools.errors import DatasetError

USAGES = ("Training", "PublicTest", "PrivateTest")
"""The words that the column ``Usage`` may hold."""

_N_PIXELS = CROP_SIZE * CROP_SIZE
_VOTE_COLUMNS = tuple(f"p_{label}" for label in FACE_LABELS)
_VOTE_TOLERANCE = 0.01  # eight shares, each rounded to three decimals
_FIELD_LIMIT = 1 << 17  # 2,304 numbers of up to three digits are longer than csv's cautious default on some builds
_MEND = "fetch the file again, or correct that line"


@dataclass(frozen=True, slots=True)
class FaceExamples:
    """Labelled crops in file order.

    ``crops`` is ``(n, 48, 48)`` of 0–255; ``labels`` ``(n,)`` of 0–7; ``votes`` ``(n, 8)``, each row summing to 1;
    ``usages`` ``(n,)`` of :data:`USAGES`; ``subjects`` ``(n,)``, empty strings where the file names nobody.
    """

    crops: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.float32]
    usages: NDArray[np.str_]
    subjects: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "FaceExamples":
        """Return the examples that a mask ``(n,)`` or a list of indices names, in its order."""
        return FaceExamples(
            self.crops[chosen], self.labels[chosen], self.votes[chosen], self.usages[chosen], self.subjects[chosen]
        )

    def used_for(self, usage: str) -> "FaceExamples":
        """Return the examples whose ``Usage`` is this word."""
        return self.select(self.usages == usage)

    def counts(self) -> dict[str, int]:
        """Say how many examples each label has."""
        found = np.bincount(self.labels, minlength=len(FACE_LABELS))
        return {label: int(count) for label, count in zip(FACE_LABELS, found, strict=True)}


def join(parts: Sequence[FaceExamples]) -> FaceExamples:
    """Put several sets of examples one behind the other."""
    return FaceExamples(
        np.concatenate([part.crops for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.votes for part in parts]),
        np.concatenate([part.usages for part in parts]),
        np.concatenate([part.subjects for part in parts]),
    )


def find_faces(folder: Path, *names: str) -> Path:
    """Return the first of ``<folder>/<name>.csv`` and ``<folder>/<name>.csv.xz`` that is there, name by name.

    :raises DatasetError: if none is.
    """
    candidates = [folder / f"{name}{suffix}" for name in names for suffix in (".csv", ".csv.xz")]
    for path in candidates:
        if path.is_file():
            return path
    what = f"{folder}: holds none of {', '.join(path.name for path in candidates)}"
    raise DatasetError(what, mend="give --data the folder that holds the face data sets")


def read_faces(path: Path) -> FaceExamples:
    """Read and check a whole file; nothing is skipped.

    :raises DatasetError: if the file cannot be read, lacks a column, or has a row out of its documented form; the
        message names the line.
    """
    rows = _rows(path)
    header = next(rows, None)
    columns = _columns(path, header)
    crops, labels, votes, usages, subjects = bytearray(), [], [], [], []
    for number, row in enumerate(rows, start=2):
        try:
            crops += _pixels(row[columns["pixels"]])
            labels.append(_label(row[columns["emotion"]]))
            votes.append(_votes(row, columns, labels[-1]))
            usages.append(_usage(row[columns["Usage"]]))
            subjects.append(row[columns["subject"]] if "subject" in columns else "")
        except (ValueError, IndexError) as error:
            reason = "the row is too short" if isinstance(error, IndexError) else error
            what = f"{path}, line {number}: {reason}"
            raise DatasetError(what, mend=_MEND) from error
    if not labels:
        what = f"{path}: holds no examples"
        raise DatasetError(what, mend="fetch the file again")
    return FaceExamples(
        np.frombuffer(bytes(crops), dtype=np.uint8).reshape(-1, CROP_SIZE, CROP_SIZE),
        np.array(labels, dtype=np.int64),
        np.array(votes, dtype=np.float32),
        np.array(usages),
        np.array(subjects),
    )


def digest(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal, by which a model card names its data."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rows(path: Path) -> Iterator[list[str]]:
    csv.field_size_limit(_FIELD_LIMIT)
    try:
        packed = path.read_bytes()
        text = (lzma.decompress(packed) if path.suffix == ".xz" else packed).decode("utf-8-sig")
        yield from csv.reader(io.StringIO(text, newline=""))
    except (OSError, lzma.LZMAError, UnicodeDecodeError, csv.Error) as error:
        what = f"{path}: cannot be read as a csv file ({error})"
        raise DatasetError(what, mend="fetch the file again") from error


def _columns(path: Path, header: list[str] | None) -> dict[str, int]:
    columns = {name: index for index, name in enumerate(header or [])}
    wanted = ["emotion", "pixels", "Usage"]
    if any(name in columns for name in _VOTE_COLUMNS):
        wanted += _VOTE_COLUMNS
    missing = [name for name in wanted if name not in columns]
    if missing:
        what = f"{path}: lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
        raise DatasetError(
            what, mend="the first line must read emotion,pixels,Usage, with all eight p_… columns or none"
        )
    return columns


def _pixels(text: str) -> bytes:
    try:
        values = bytes(map(int, text.split()))
    except ValueError as error:
        msg = "a pixel is no whole number of 0–255"
        raise ValueError(msg) from error
    if len(values) != _N_PIXELS:
        msg = f"{len(values)} pixels instead of {_N_PIXELS}"
        raise ValueError(msg)
    return values


def _label(text: str) -> int:
    if not (text.isdecimal() and int(text) < len(FACE_LABELS)):
        msg = f"the emotion {text!r} is not one of 0–{len(FACE_LABELS) - 1}"
        raise ValueError(msg)
    return int(text)


def _votes(row: list[str], columns: dict[str, int], label: int) -> NDArray[np.float32]:
    if _VOTE_COLUMNS[0] not in columns:
        unanimous = np.zeros(len(FACE_LABELS), dtype=np.float32)
        unanimous[label] = 1
        return unanimous
    votes = np.array([row[columns[name]] for name in _VOTE_COLUMNS]).astype(np.float32)
    if not (np.all(votes >= 0) and abs(float(votes.sum()) - 1) <= _VOTE_TOLERANCE):
        msg = "the shares of the votes are no numbers from 0 that sum to 1"
        raise ValueError(msg)
    shares: NDArray[np.float32] = votes / votes.sum()
    return shares


def _usage(text: str) -> str:
    if text not in USAGES:
        msg = f"the usage {text!r} is none of {', '.join(USAGES)}"
        raise ValueError(msg)
    return text
