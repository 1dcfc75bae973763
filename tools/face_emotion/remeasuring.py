"""Measures a finished model again on the test sets of its own card, when cards come to tell more; its weights stay."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.files.atomic_files import write_whole
from tools.errors import DatasetError, TrainingError
from tools.face_emotion.datasets.material import TestSet, gather_training_data
from tools.face_emotion.evaluation.metrics import label_indices
from tools.face_emotion.readme import write_readme


@dataclass(frozen=True, slots=True)
class CardTests:
    """A model's card, and the test sets that it was measured with, by their keys."""

    card: dict[str, Any]
    tests: Mapping[str, TestSet]


def tests_of_card(folder: Path, data: Sequence[Path]) -> CardTests:
    """Draw a finished model's test sets again: its card's seed and split name the same examples.

    Nothing is measured with them that was learnt from.

    :param data: the files that the card names.
    :raises TrainingError: if the card cannot be read, or is of another file than the model beside it.
    :raises DatasetError: if the data are others than the card's.
    """
    path, model = folder / "card.json", folder / "model.tflite"
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version, training = card["version"], card["training"]
        splits = {"seed": training["split_seed"], "split": training["split"], "limit": training["limit"]}
        meant = {source["file"]: source["sha256"] for source in card["data"]}
        card["metrics"]["parity"], card["labels"]  # asked for here, where the file can still be named
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
    return CardTests(card, material.tests)


def renew_card(folder: Path, known: CardTests) -> dict[str, Any]:
    """Measure ``model.tflite`` as when it was trained, and write the figures into ``card.json`` and ``README.md``.

    ``parity`` stays as it is: the float network is gone.

    :param known: what :func:`tests_of_card` says of this folder.
    :returns: the card.
    :raises ModelError: if the box could not load the model.
    """
    from tools.face_emotion.evaluation.measuring import figures_of_all, said_by_int8  # noqa: PLC0415 - loads keras

    card = known.card
    labels = label_indices(card["labels"])
    measured = figures_of_all(known.tests, said_by_int8(folder / "model.tflite", known.tests, labels))
    card["metrics"] = {**measured, "parity": card["metrics"]["parity"]}
    write_whole(folder / "card.json", json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write_readme(folder)
    return card
