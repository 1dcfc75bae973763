"""Reads labelled face crops in the csv form of FER2013, CK+ and FERPlus, plain or xz-compressed.

    emotion,pixels,Usage[,p_anger … p_contempt][,subject][,sequence][,peak]

``emotion`` is the index of a label of :data:`device.emotion.labels.FACE_LABELS`: FER2013's own seven numbers, and 7 for
contempt. ``pixels`` holds 48 × 48 grey values of 0–255 row by row, ``Usage`` is Training, PublicTest or PrivateTest.
The columns ``p_…`` give the share of annotators that chose each label; where they are absent the one label counts as
unanimous. ``subject`` and ``sequence`` name the person and the film, ``peak`` is 1 at the height of a film, else 0.
Columns may stand in any order; further ones are ignored.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from device.faces.crop import CROP_SIZE
from tools.face_emotion.datasets.examples import USAGES, FaceExamples, unanimous
from tools.model_making.csv_tables import read_table

_N_PIXELS = CROP_SIZE * CROP_SIZE
_VOTE_COLUMNS = tuple(f"p_{label}" for label in FACE_LABELS)
_VOTE_TOLERANCE = 0.01  # eight shares, each rounded to three decimals
_PEAKS = {"0": False, "1": True}


class _Row(NamedTuple):
    pixels: bytes
    label: int
    votes: NDArray[np.float32]
    usage: str
    subject: str
    sequence: str
    peak: bool


def read_faces(path: Path) -> FaceExamples:
    """Read and check a whole file; nothing is skipped.

    :raises DatasetError: if the file cannot be read, lacks a column, or has a row out of its documented form; the
        message names the line.
    """
    rows = read_table(path, columns=("emotion", "pixels", "Usage"), all_or_none=_VOTE_COLUMNS, parse=_row)
    pixels = np.frombuffer(b"".join(row.pixels for row in rows), dtype=np.uint8)
    return FaceExamples(
        crops=pixels.reshape(-1, CROP_SIZE, CROP_SIZE),
        labels=np.array([row.label for row in rows], dtype=np.int64),
        votes=np.array([row.votes for row in rows], dtype=np.float32),
        usages=np.array([row.usage for row in rows]),
        subjects=np.array([row.subject for row in rows]),
        sequences=np.array([row.sequence for row in rows]),
        peaks=np.array([row.peak for row in rows]),
    )


def _row(texts: Mapping[str, str]) -> _Row:
    label = _label(texts["emotion"])
    return _Row(
        pixels=_pixels(texts["pixels"]),
        label=label,
        votes=_votes(texts) if _VOTE_COLUMNS[0] in texts else unanimous([label])[0],
        usage=_usage(texts["Usage"]),
        subject=texts.get("subject", ""),
        sequence=texts.get("sequence", ""),
        peak=_peak(texts.get("peak", "0")),
    )


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


def _votes(texts: Mapping[str, str]) -> NDArray[np.float32]:
    votes = np.array([texts[name] for name in _VOTE_COLUMNS]).astype(np.float32)
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


def _peak(text: str) -> bool:
    if text not in _PEAKS:
        msg = f"the peak {text!r} is neither 0 nor 1"
        raise ValueError(msg)
    return _PEAKS[text]
