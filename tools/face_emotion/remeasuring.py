"""Measures a finished model again on the test sets of its own card, when cards come to tell more; its weights stay."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from device.emotion.labels import FACE_LABELS
from device.files.atomic_files import write_whole
from tools.errors import DatasetError, TrainingError
from tools.face_emotion.datasets.material import gather_training_data
from tools.face_emotion.evaluation.measuring import figures_of_all, said_by_int8
from tools.face_emotion.readme import write_readme


def renew_card(folder: Path, data: Sequence[Path]) -> dict[str, Any]:
    """Measure ``model.tflite`` as when it was trained, and write the figures into ``card.json`` and ``README.md``.

    The card's seed and split name the same test examples again, so nothing is measured that was learnt from. ``parity``
    stays as it is: the float network is gone.

    :param data: the files that the card names.
    :returns: the card.
    :raises TrainingError: if the card cannot be read, or is of another file than the model beside it.
    :raises DatasetError: if the data are others than the card's.
    :raises ModelError: if the box could not load the model.
    """
    path, model = folder / "card.json", folder / "model.tflite"
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version, training = card["version"], card["training"]
        splits = {"seed": training["split_seed"], "split": training["split"], "limit": training["limit"]}
        meant = {source["file"]: source["sha256"] for source in card["data"]}
        labels = np.array([FACE_LABELS.index(label) for label in card["labels"]])
        parity = card["metrics"]["parity"]
        content = model.read_bytes()
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{path}: the card of a trained face model cannot be read ({error!r})"
        raise TrainingError(what, mend="name the folder that mien-tools train-face wrote") from error
    if not version.endswith(hashlib.sha256(content).hexdigest()[:8]):
        what = f"{path}: version {version} is not of the {model.name} beside it"
        raise TrainingError(what, mend="copy the whole folder of one model again")
    material = gather_training_data(data, **splits)
    given = {source.file: source.sha256 for source in material.sources}
    if sorted(given.values()) != sorted(meant.values()):
        what = f"{', '.join(given)}: not the data that {path} names ({', '.join(meant)}), or another edition of them"
        raise DatasetError(what, mend="give the very files that the model was trained with")
    measured = figures_of_all(material.tests, said_by_int8(model, material.tests, labels))
    card["metrics"] = {**measured, "parity": parity}
    write_whole(path, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write_readme(folder)
    return card
