"""FERPlus: FER2013's pictures with the votes of ten annotators each, from ``fer2013new.csv``.

    Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF

The file has one row for each row of ``fer2013.csv``, in its order (github.com/microsoft/FERPlus); NF is "not a face".

The rule for a row, after which every row has one label and the shares of its votes:

1. without an image name FERPlus has no picture for it: the row is dropped;
2. a choice that one annotator alone made is noise and does not count, as in FERPlus's own reader (Barsoum et al. 2016);
3. the choice with the most votes is the label. Rows in which no choice is left, in which two have as many votes, or
   in which "unknown" or "not a face" has the most are dropped;
4. the shares are those of the votes that remain for the eight labels.

FERPlus's own "majority" is stricter in step 3: it asks for more than half of the votes that remain. Models are measured
both ways; see :meth:`tools.face_emotion.datasets.examples.FaceExamples.majority`.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from tools.errors import DatasetError
from tools.face_emotion.datasets.examples import FaceExamples
from tools.model_making.csv_tables import read_table

_CHOICES = (*FACE_LABELS, "unknown", "NF")
_COLUMNS = ("Usage", "Image name", *_CHOICES)
_MEND = "take both files from their sources unchanged: fer2013.csv from Kaggle, fer2013new.csv from FERPlus"

_NO_PICTURE, _SCATTERED, _TIED, _UNKNOWN, _NOT_A_FACE = range(1, 6)
_REASONS = {
    _NO_PICTURE: "FERPlus names no picture",
    _SCATTERED: "FERPlus: no two annotators agree",
    _TIED: "FERPlus: several labels have the most votes",
    _UNKNOWN: "FERPlus: most annotators did not know",
    _NOT_A_FACE: "FERPlus: most annotators saw no face",
}


class _Row(NamedTuple):
    usage: str
    named: bool
    counts: list[int]


def label_by_votes(pictures: FaceExamples, votes: Path, *, pictures_from: Path) -> tuple[FaceExamples, dict[str, int]]:
    """Give the pictures of ``fer2013.csv`` FERPlus's labels, by the rule above.

    :param pictures: every row of ``pictures_from``, in its order.
    :returns: the rows that keep a label, and how many were dropped for which reason.
    :raises DatasetError: if a row of the votes is out of form, or the two files do not belong together.
    """
    rows = read_table(votes, columns=_COLUMNS, parse=_row)
    if len(rows) != len(pictures):
        what = f"{votes} has {len(rows)} rows, but {pictures_from} has {len(pictures)}"
        raise DatasetError(what, mend=_MEND)
    apart = np.flatnonzero(np.array([row.usage for row in rows]) != pictures.usages)
    if len(apart):
        first = int(apart[0])
        what = (
            f"{votes}, line {first + 2}: the Usage {rows[first].usage!r} is not the one of that line "
            f"in {pictures_from}, {str(pictures.usages[first])!r}"
        )
        raise DatasetError(what, mend=_MEND)
    counts = np.array([row.counts for row in rows], dtype=np.int64)
    counts[counts == 1] = 0
    faults = _faults(counts, np.array([row.named for row in rows]))
    kept = np.flatnonzero(faults == 0)
    if not len(kept):
        what = f"{votes}: no row has a label by its votes"
        raise DatasetError(what, mend=_MEND)
    shares = counts[kept, : len(FACE_LABELS)] / counts[kept, : len(FACE_LABELS)].sum(axis=1, keepdims=True)
    labelled = replace(pictures.select(kept), labels=shares.argmax(axis=1), votes=shares.astype(np.float32))
    dropped = {reason: int(np.sum(faults == fault)) for fault, reason in _REASONS.items()}
    return labelled, {reason: count for reason, count in dropped.items() if count}


def _faults(counts: NDArray[np.int64], named: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Say why each row has no label, 0 for those that have one; the first reason of several."""
    most = counts.max(axis=1)
    winner = counts.argmax(axis=1)
    tied = np.sum(counts == most[:, np.newaxis], axis=1) > 1
    conditions = [~named, most == 0, tied, winner == _CHOICES.index("unknown"), winner == _CHOICES.index("NF")]
    return np.select(conditions, list(_REASONS), default=0)


def _row(texts: Mapping[str, str]) -> _Row:
    counts = [texts[choice] for choice in _CHOICES]
    for choice, count in zip(_CHOICES, counts, strict=True):
        if not count.isdecimal():
            msg = f"the votes for {choice}, {count!r}, are no whole number"
            raise ValueError(msg)
    return _Row(texts["Usage"], bool(texts["Image name"]), [int(count) for count in counts])
