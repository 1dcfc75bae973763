"""The source's result, told straight: its network on CK+, split three ways, in float and in int8.

The source split its frames at random. CK+ shows each person in several films and each film in several frames, so a
random split asks a network to recognise pictures it has all but seen. The same network, split by film and by person,
says how much of the score that was.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from device.files.atomic_files import write_whole
from tools.errors import TrainingError
from tools.face_emotion.conversion import answers, convert
from tools.face_emotion.datasets.material import TrainingData, gather_training_data
from tools.face_emotion.datasets.splits import UNITS, Unit
from tools.face_emotion.evaluation.measuring import probabilities
from tools.face_emotion.evaluation.metrics import measure
from tools.face_emotion.training.checkpoints import Checkpoints
from tools.face_emotion.training.settings import TrainingSettings, settings_for
from tools.face_emotion.training.training import train

FILE = "reproduction.json"
SCHEMA_VERSION = 1

Row = dict[str, Any]


class _Quiet:
    """Hears of every batch and says nothing: a row takes a minute."""

    def batch_done(self, epoch: int, batch: int, batches: int) -> None:
        pass

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        pass


def reproduce(
    data: Sequence[Path], out: Path, *, seeds: Sequence[int], epochs: int | None, console: Console
) -> dict[str, Any]:
    """Train the source's network for every split and seed, and write ``reproduction.json`` into ``out``.

    Each finished row is kept, so that a run that was stopped goes on with the next.

    :param data: CK+ with its people and films.
    :param epochs: rounds of training instead of the source's 25, for a trial.
    :returns: ``rows``, each with ``split``, ``seed``, ``examples`` and ``people`` measured with, and the accuracy and
        macro F1 of ``baseline``, ``float``, ``int8`` and, on the peak frames alone, ``int8_peaks``.
    :raises DatasetError: if the data cannot be used, or do not name people and films.
    :raises TrainingError: if ``out`` holds rows that were made otherwise.
    """
    out.mkdir(parents=True, exist_ok=True)
    settings = settings_for("paper", seed=seeds[0])
    settings = settings if epochs is None else replace(settings, epochs=epochs)
    table: dict[str, Any] | None = None
    for unit, seed in product(UNITS, seeds):  # the unit that data are likeliest not to know comes first
        material = gather_training_data(data, seed=seed, split=unit)
        table = table or _begun(out / FILE, settings, material)
        if any((row["split"], row["seed"]) == (unit, seed) for row in table["rows"]):
            continue
        row = _row(material, replace(settings, seed=seed), unit, out)
        console.print(
            f"split by {unit}, seed {seed}: accuracy {row['float']['accuracy']:.3f} in float, "
            f"{row['int8']['accuracy']:.3f} in int8, baseline {row['baseline']['accuracy']:.3f}"
        )
        table["rows"].append(row)
        write_whole(out / FILE, json.dumps(table, indent=1) + "\n")
    return table or {}


def _row(material: TrainingData, settings: TrainingSettings, unit: Unit, out: Path) -> Row:
    """Train and measure one row, in float and in int8."""
    test = next(iter(material.tests.values())).examples
    peaks = test.select(test.peaks) if test.peaks.any() else test
    work = out / f"{unit}-{settings.seed}"
    checkpoints = Checkpoints(work, {**asdict(settings), "split": unit, "data": _data(material)})
    network, _ = train(material, settings, checkpoints, _Quiet())
    model = work / "model.tflite"
    model.write_bytes(convert(network, material.learning.crops, seed=settings.seed))
    labels = material.labels
    scores = measure(test.labels, probabilities(network, test.crops, labels).argmax(axis=1))
    int8_scores = measure(test.labels, labels[answers(model, test.crops).argmax(axis=1)])
    peak_scores = measure(peaks.labels, labels[answers(model, peaks.crops).argmax(axis=1)])
    shutil.rmtree(work)
    return {
        "split": unit,
        "seed": settings.seed,
        "examples": len(test),
        "people": len(np.unique(test.subjects)),
        "baseline": _both(scores["majority_baseline"]),
        "float": _both(scores),
        "int8": _both(int8_scores),
        "int8_peaks": _both(peak_scores),
    }


def _data(material: TrainingData) -> list[dict[str, str]]:
    return [{"file": source.file, "sha256": source.sha256} for source in material.sources]


def _both(scores: Mapping[str, Any]) -> dict[str, float]:
    return {name: scores[name] for name in ("accuracy", "macro_f1")}


def _begun(path: Path, settings: TrainingSettings, material: TrainingData) -> dict[str, Any]:
    """Return the table that an earlier run has begun, or an empty one."""
    common = {name: value for name, value in asdict(settings).items() if name != "seed"}
    fresh = {"schema": SCHEMA_VERSION, "settings": common, "data": _data(material), "rows": []}
    if not path.exists():
        return fresh
    try:
        earlier: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        same = all(earlier[key] == json.loads(json.dumps(fresh[key])) for key in ("schema", "settings", "data"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{path}: cannot be read ({error!r})"
        raise TrainingError(what, mend="delete the file to start again") from error
    if not same:
        what = f"{path}: holds a table that was made with other settings or data"
        raise TrainingError(what, mend="name another --out, or delete the file to start again")
    return earlier
