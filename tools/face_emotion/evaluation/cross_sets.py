"""Rows of ``cross_sets.json``: networks measured on a set that they never learnt from, on the same faces."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from device.files.atomic_files import write_whole
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.splits import names_by
from tools.face_emotion.evaluation.resampling import measure_people
from tools.face_emotion.findings_tables import CROSS_SETS_FILE

Way = Literal["without", "with", "before"]
"""A network that never met the set, one that learnt from other people of it, the model before."""

FEWEST = 10
"""Examples of a label below which it does not count: the recall of three faces would be a sixth of a mean."""


def cross_set_row(left_out: str, examples: FaceExamples, said: Mapping[Way, NDArray[np.float32]]) -> dict[str, Any]:
    """Measure networks on a set; every answer may be any of the eight labels.

    :param left_out: the set's title.
    :param examples: people whom none of the networks has met.
    :param said: probabilities of all labels, ``(n, 8)``.
    :raises ValueError: if no label has :data:`FEWEST` examples.
    """
    often = np.flatnonzero(np.bincount(examples.labels, minlength=len(FACE_LABELS)) >= FEWEST)
    kept = np.isin(examples.labels, often)
    counted = examples.select(kept)
    people = names_by(counted, "subject")
    figures = {way: measure_people(counted.labels, shares[kept].argmax(axis=1), people) for way, shares in said.items()}
    names = ("accuracy", "accuracy_interval", "macro_recall", "macro_recall_interval")
    return {
        "left_out": left_out,
        "examples": len(counted),
        "subjects": None if people is None else len(np.unique(people)),
        "labels": [FACE_LABELS[index] for index in often],
        **{way: {name: measured[name] for name in names} for way, measured in figures.items()},
    }


def write_cross_sets(folder: Path, *, version: str, recipe: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ``cross_sets.json`` beside a model's card of this version.

    :param recipe: a sentence that says what was trained, and with what.
    """
    content = {"version": version, "recipe": recipe, "rows": list(rows)}
    write_whole(folder / CROSS_SETS_FILE, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
