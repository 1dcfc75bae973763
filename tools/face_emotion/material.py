"""Gathers the face data sets and settles, once for each seed, which example may be used for what."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.errors import DatasetError
from tools.face_emotion.datasets import FaceExamples, digest, find_faces, join, read_faces
from tools.face_emotion.splits import stratified_mask, subject_mask

VALIDATION_SHARE = 0.08
"""Share of FERPlus's Training rows that choose the best epoch and are never learnt from."""

UNSEEN_SHARE = 0.2
"""Share of the people of CK+ that are kept for measuring."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was read: its name, sha256, and the number of its examples used."""

    file: str
    sha256: str
    examples: int


@dataclass(frozen=True, slots=True)
class Material:
    """Disjoint sets of examples.

    ``learning`` moves the weights, ``validation`` chooses the epoch. ``public_test`` (FERPlus's PublicTest rows) and
    ``unseen_people`` (people of CK+ whom ``learning`` does not show) only measure the finished model; the latter is
    empty where the CK+ file names no subjects. ``limit`` is what :func:`gather` was given.
    """

    learning: FaceExamples
    validation: FaceExamples
    public_test: FaceExamples
    unseen_people: FaceExamples
    ferplus: Source
    ckplus: Source
    limit: int | None


def gather(folder: Path, *, seed: int, limit: int | None = None) -> Material:
    """Read ``ferplus`` and ``ckplus`` (or Kaggle's ``ckextended``) from a folder and split them.

    :param limit: use at most this many examples of FERPlus's Training rows, of its PublicTest rows and of CK+.
    :raises DatasetError: if a file is missing or out of form.
    """
    ferplus_path, ckplus_path = find_faces(folder, "ferplus"), find_faces(folder, "ckplus", "ckextended")
    ferplus, ckplus = read_faces(ferplus_path), _few(read_faces(ckplus_path), seed, limit)
    training = _few(ferplus.used_for("Training"), seed, limit)
    public_test = _few(ferplus.used_for("PublicTest"), seed, limit)
    held_back = stratified_mask(training.labels, share=VALIDATION_SHARE, seed=seed)
    if not (held_back.any() and len(public_test)):
        what = f"{ferplus_path}: too few Training rows ({len(training)}) or PublicTest rows ({len(public_test)})"
        raise DatasetError(what, mend="fetch the whole file, or raise --limit")
    unseen = _unseen(ckplus, seed)
    taught = ckplus.select(~unseen & (ckplus.usages == "Training"))
    return Material(
        learning=join([training.select(~held_back), taught]),
        validation=training.select(held_back),
        public_test=public_test,
        unseen_people=ckplus.select(unseen),
        ferplus=Source(ferplus_path.name, digest(ferplus_path), len(training) + len(public_test)),
        ckplus=Source(ckplus_path.name, digest(ckplus_path), len(ckplus)),
        limit=limit,
    )


def _few(examples: FaceExamples, seed: int, limit: int | None) -> FaceExamples:
    if limit is None or limit >= len(examples):
        return examples
    return examples.select(np.sort(np.random.default_rng(seed).permutation(len(examples))[:limit]))


def _unseen(ckplus: FaceExamples, seed: int) -> NDArray[np.bool_]:
    """Choose the people to measure with; nobody if the file does not say who is who."""
    if (ckplus.subjects == "").any():
        return np.zeros(len(ckplus), dtype=np.bool_)
    return subject_mask(ckplus.subjects, share=UNSEEN_SHARE, seed=seed)
