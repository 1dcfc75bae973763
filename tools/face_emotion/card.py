"""The model card: what a face model is, was taught and can do, as ``card.json`` for the box and the tools."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from device.emotion import FACE_LABELS
from device.faces import CROP_SIZE
from tools.face_emotion.checkpoints import best_epoch
from tools.face_emotion.golden import TOLERANCE_STEPS
from tools.face_emotion.material import Material
from tools.face_emotion.training import TrainingSettings

SCHEMA_VERSION = 1
NAME = "face_emotion"

TERMS = (
    "The weights were learnt from CK+ and from FER2013's pictures with FERPlus's labels. CK+ and FER2013 are for "
    "non-commercial research; use the weights within those terms."
)


def build_card(
    model: bytes,
    material: Material,
    settings: TrainingSettings,
    history: Sequence[Mapping[str, float]],
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the card of a model as plain JSON values.

    :param model: the TFLite file; its hash makes the version.
    :param history: one entry an epoch, with ``loss``, ``accuracy``, ``macro_f1`` and ``score`` (validation).
    :param metrics: ``ferplus_public_test``, ``parity`` and, where CK+ names its subjects, ``ckplus_unseen_subjects``.
    """
    now = dt.datetime.now(dt.UTC)
    return {
        "schema": SCHEMA_VERSION,
        "name": NAME,
        "version": f"{now:%Y.%m}-{hashlib.sha256(model).hexdigest()[:8]}",
        "labels": list(FACE_LABELS),
        "input": {"shape": [1, CROP_SIZE, CROP_SIZE, 1], "range": [0, 1], "colour": "grey"},
        "output": "probabilities",
        "created": now.isoformat(timespec="seconds"),
        "seed": settings.seed,
        "model_bytes": len(model),
        "golden_tolerance_steps": TOLERANCE_STEPS,
        "data": _data(material),
        "terms": TERMS,
        "training": {
            "settings": asdict(settings),
            "limit": material.limit,
            "learning": material.learning.counts(),
            "validation": material.validation.counts(),
            "best_epoch": best_epoch(history),
            "history": [{key: round(value, 4) for key, value in epoch.items()} for epoch in history],
        },
        "metrics": dict(metrics),
    }


def _data(material: Material) -> list[dict[str, Any]]:
    return [
        {
            "name": "FER2013 with FERPlus labels",
            **asdict(material.ferplus),
            "terms": "pictures: non-commercial research; labels: MIT",
            "from": "FER2013 from Kaggle's “Challenges in Representation Learning: Facial Expression Recognition”; "
            "the annotators' votes from github.com/microsoft/FERPlus",
        },
        {
            "name": "CK+ (Extended Cohn-Kanade)",
            **asdict(material.ckplus),
            "terms": "non-commercial research, by agreement",
            "from": "the Affect Analysis Group of the University of Pittsburgh, on request; "
            "a reduced form is on Kaggle as “CK+ dataset” (ckextended.csv)",
        },
    ]
