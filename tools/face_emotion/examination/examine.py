"""Looks at models beyond plain accuracy: faces in disturbed scenes, and groups of people as other networks guess them.

What it finds is kept beside a model's card, in ``disturbed.json`` and ``groups.json``, each with the version measured.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from device.appliance.drivers import build_detector
from device.emotion.classifier import EmotionClassifier
from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier
from device.files.atomic_files import write_whole
from device.settings.sections import FaceSettings
from tools.errors import TrainingError
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.originals import originals_of
from tools.face_emotion.datasets.splits import names_by
from tools.face_emotion.evaluation.metrics import label_indices
from tools.face_emotion.examination.box_path import BoxReader
from tools.face_emotion.examination.groups import measure_groups, print_groups
from tools.face_emotion.examination.guesses import guess_groups
from tools.face_emotion.examination.robustness import Faces, measure_disturbed, print_disturbed
from tools.face_emotion.figure_cells import title_of
from tools.face_emotion.findings_tables import DISTURBED_FILE, GROUPS_FILE


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be looked at, and how much of it."""

    models: Sequence[Path]
    """Folders: the model that is examined, and at most one that stands beside it, on the same pictures."""

    disturbed: bool
    guessers: Path | None
    """Folder of the networks that guess groups, if they are to."""

    limit: int | None
    seed: int
    """Draws ``limit`` examples of each set, and all that is left to chance in a disturbance."""


def examine(
    order: Order, sets: Mapping[str, FaceExamples], paths: Sequence[Path], console: Console
) -> dict[str, dict[str, Any]]:
    """Examine models, print what is found, and return it by the name of the file that it belongs into.

    :param sets: the examples by a title for people; a set without any is left out.
    :param paths: where they were read, for pictures that are larger than crops.
    :raises ModelError: if a model cannot be loaded.
    :raises DatasetError: if the networks that guess are missing, or an archive of ``paths`` cannot be read.
    """
    cv2.setNumThreads(1)
    classifiers = {_version(folder): TFLiteEmotionClassifier(folder) for folder in order.models}
    chosen = {title: _some(examples, order) for title, examples in sets.items() if len(examples)}
    head = {"version": next(iter(classifiers)), "models": list(classifiers), "seed": order.seed, "limit": order.limit}
    found: dict[str, list[dict[str, Any]]] = {}
    for title, examples in chosen.items():
        people = names_by(examples, "subject")
        pictures = originals_of(examples.crops, paths)
        about = {
            "title": title,
            "examples": len(examples),
            "subjects": None if people is None else len(np.unique(people)),
        }
        if order.disturbed:
            reader = BoxReader(build_detector(FaceSettings()), classifiers)
            faces = Faces(pictures, examples.labels, people)
            conditions = measure_disturbed(faces, reader, console, seed=order.seed)
            print_disturbed(title_of(about), conditions, console)
            found.setdefault(DISTURBED_FILE, []).append({**about, "conditions": conditions})
        if order.guessers is not None:
            guesses = guess_groups(pictures, people, order.guessers)
            models = {}
            for version, classifier in classifiers.items():
                predicted = _predict(classifier, examples, console)
                models[version] = measure_groups(examples.labels, predicted, people, guesses)
                print_groups(f"{title_of(about)}, {version}", models[version], console)
            found.setdefault(GROUPS_FILE, []).append({**about, "models": models})
    return {name: {**head, "sets": parts} for name, parts in found.items()}


def write_findings(found: Mapping[str, Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write each finding into a folder by its name, whole or not at all; return the files."""
    paths = []
    for name, finding in found.items():
        write_whole(folder / name, json.dumps(finding, indent=1, ensure_ascii=False) + "\n")
        paths.append(folder / name)
    return paths


def _version(folder: Path) -> str:
    path = folder / "card.json"
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{path}: names no version of the model ({error!r})"
        raise TrainingError(what, mend="name the folder that mien-tools train-face wrote") from error


def _some(examples: FaceExamples, order: Order) -> FaceExamples:
    """Draw at most as many examples as ordered, in their order."""
    if order.limit is None or len(examples) <= order.limit:
        return examples
    drawn = np.random.default_rng(order.seed).permutation(len(examples))[: order.limit]
    return examples.select(np.sort(drawn))


def _predict(classifier: EmotionClassifier, examples: FaceExamples, console: Console) -> NDArray[np.int64]:
    """Return the likeliest label's index for every crop, ``(n,)``."""
    crops = track(examples.crops, "classifying", console=console, transient=True)
    return label_indices(classifier.labels)[[int(classifier.classify(crop).argmax()) for crop in crops]]
