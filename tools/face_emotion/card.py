"""The model card: what a face model is, was taught and can do, as ``card.json`` for the box and the tools."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from device.emotion.labels import FACE_LABELS
from device.faces.crop import CROP_SIZE
from tools.face_emotion.datasets.collection import CKPLUS, FERPLUS
from tools.face_emotion.datasets.material import TrainingData
from tools.face_emotion.golden import TOLERANCE_STEPS
from tools.face_emotion.training.settings import TrainingSettings

SCHEMA_VERSION = 1
NAME = "face_emotion"

RESEARCH_TERMS = (
    "The weights were learnt from CK+ and from FER2013's pictures with FERPlus's labels. CK+ and FER2013 are for "
    "non-commercial research; use the weights within those terms."
)
"""The terms of a model that was taught by these two sets, as the one that ships."""


def build_card(
    model: bytes,
    material: TrainingData,
    settings: TrainingSettings,
    made: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the card of a model as plain JSON values.

    :param model: the file; its hash makes the version.
    :param made: how the training went: ``best_epoch``, ``history`` (an entry an epoch, with ``loss`` and, in
        validation, ``accuracy``, ``macro_f1`` and ``score``), ``teachers``, ``features``, ``temperature``,
        ``split``, ``split_seed`` and ``limit``.
    :param metrics: the figures of every test set by its key in ``material.tests``, and ``parity``.
    """
    now = dt.datetime.now(dt.UTC)
    return {
        "schema": SCHEMA_VERSION,
        "name": NAME,
        "version": f"{now:%Y.%m}-{hashlib.sha256(model).hexdigest()[:8]}",
        "labels": [FACE_LABELS[index] for index in material.labels],
        "input": {"shape": [1, CROP_SIZE, CROP_SIZE, 1], "range": [0, 1], "colour": "grey"},
        "output": "probabilities",
        "created": now.isoformat(timespec="seconds"),
        "seed": settings.seed,
        "model_bytes": len(model),
        "golden_tolerance_steps": TOLERANCE_STEPS,
        "data": _data(material),
        "terms": _terms(material),
        "training": {
            "settings": asdict(settings),
            "dropped": dict(material.dropped),
            "learning": material.learning.counts(),
            "validation": material.validation.counts(),
            **made,
        },
        "metrics": dict(metrics),
    }


def _terms(material: TrainingData) -> str:
    names = [source.name for source in material.sources]
    if set(names) == {FERPLUS.name, CKPLUS.name}:
        return RESEARCH_TERMS
    return f"The weights were learnt from {', '.join(names)}; use them within the terms of each, as listed below."


def _data(material: TrainingData) -> list[dict[str, Any]]:
    return [
        {
            "name": source.name,
            "file": source.file,
            "sha256": source.sha256,
            "examples": source.examples,
            "labels": dict(source.labels),
            "terms": source.terms,
            "from": source.origin,
        }
        for source in material.sources
    ]
