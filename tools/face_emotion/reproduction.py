"""The source's result, told straight: its network on CK+, split three ways and in ten folds, in float and in int8.

The source split its frames at random. CK+ shows each person in several films and each film in several frames, so a
random split asks a network to recognise pictures it has all but seen. The same network, split by film and by person,
says how much of the score that was; folds by person measure with everybody once, where one split measures with a fifth.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from device.files.atomic_files import write_whole
from tools.errors import DatasetError, TrainingError
from tools.face_emotion.conversion import answers, convert
from tools.face_emotion.datasets.collection import FaceSet, read_sets
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.material import TrainingData, fold_by_person, split_sets
from tools.face_emotion.datasets.splits import FEWEST, UNITS, Unit, names_by
from tools.face_emotion.evaluation.measuring import probabilities
from tools.face_emotion.evaluation.metrics import measure, measure_counts
from tools.face_emotion.evaluation.resampling import interval_over_groups
from tools.face_emotion.reproduction_tables import FOLDS, WORDS, Row
from tools.face_emotion.training.checkpoints import Checkpoints, best_epoch
from tools.face_emotion.training.settings import TrainingSettings, settings_for
from tools.face_emotion.training.training import train

FILE = "reproduction.json"
SCHEMA_VERSION = 2
_RESAMPLES = 2000  # of the people, for the interval of all folds

_CURVES = {
    "loss": "loss",
    "validation_loss": "validation_loss",
    "accuracy": "training_accuracy",
    "validation_accuracy": "accuracy",
}  # as the table calls them → as the history does


@dataclass(frozen=True, slots=True)
class Trainings:
    """Which trainings make the table."""

    seeds: Sequence[int]
    """Each draws its own split of every kind, and its own weights; the first draws the folds as well."""

    epochs: int | None = None
    """Rounds instead of the source's 25, for a trial."""

    folds: int = 10
    """Folds by person; 0 for none."""


class _Quiet:
    """Hears of every batch and says nothing: a row takes a minute."""

    def batch_done(self, epoch: int, batch: int, batches: int) -> None:
        pass

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        pass


def reproduce(data: Sequence[Path], out: Path, trainings: Trainings, console: Console) -> dict[str, Any]:
    """Train the source's network for every split and seed and every fold, and write ``reproduction.json`` into ``out``.

    Each finished row is kept, so that a run that was stopped goes on with the next. Every split is drawn from all rows
    of the data, whatever their Usage.

    :param data: one set, CK+ as a rule; without people or films, as in ``ckextended.csv``, it gets fewer rows.
    :returns: ``rows``, each with ``split``, ``seed`` (and ``fold``), ``examples`` and ``people`` measured with,
        the accuracy and macro F1 of ``baseline``, ``float``, ``int8`` and, on the peak frames alone, ``int8_peaks``;
        ``confusion`` and ``peak_confusion`` of int8, ``best_epoch``, and the ``curves`` of all epochs; ``absent``, why
        a split has no rows; and ``by_folds``, the folds as one, of the frames and of the peaks: what
        :func:`tools.face_emotion.evaluation.metrics.measure` gives. People and peaks are None where unknown.
    :raises DatasetError: if the data cannot be used.
    :raises TrainingError: if ``out`` holds rows that were made otherwise.
    """
    faces = _one_set(data)
    absent = {unit: why for unit in UNITS if (why := _lack(faces, unit))}
    units = [unit for unit in UNITS if unit not in absent]
    folds = 0 if "subject" in absent else trainings.folds
    settings = settings_for("paper", seed=trainings.seeds[0])
    settings = settings if trainings.epochs is None else replace(settings, epochs=trainings.epochs)
    out.mkdir(parents=True, exist_ok=True)
    table = _begun(out / FILE, settings, faces, folds)
    table["absent"] = absent
    for why in absent.values():
        console.print(why, soft_wrap=True, markup=False)
    for key, material in _parts(faces, units, trainings.seeds, folds):
        if any(all(row.get(name) == value for name, value in key.items()) for row in table["rows"]):
            continue
        row = {**key, **_row(material, replace(settings, seed=key["seed"]), key, out)}
        console.print(_told(row), soft_wrap=True)
        table["rows"].append(row)
        write_whole(out / FILE, _written(table))
    if folds:
        table["by_folds"] = _by_folds(table["rows"], trainings.seeds[0])
    write_whole(out / FILE, _written(table))
    return table


def _one_set(data: Sequence[Path]) -> FaceSet:
    sets = read_sets(data)
    if len(sets) > 1:
        what = f"{', '.join(faces.file for faces in sets)}: {len(sets)} data sets, and the table is about one"
        raise DatasetError(what, mend="name the file of one, ckplus.csv or ckextended.csv say")
    examples = sets[0].examples
    return replace(sets[0], examples=replace(examples, usages=np.full(len(examples), "Training")))


def _lack(faces: FaceSet, unit: Unit) -> str | None:
    """Say why a set cannot be split by a unit; None if it can."""
    names, (one, several) = names_by(faces.examples, unit), WORDS[unit]
    if names is None:
        return f"no row by {one}: {faces.file} does not say which {one} ({unit}) each picture shows"
    found = len(np.unique(names))
    return None if found >= FEWEST else f"no row by {one}: {faces.file} shows only {found} {several}"


def _parts(
    faces: FaceSet, units: Sequence[Unit], seeds: Sequence[int], folds: int
) -> Iterator[tuple[dict[str, Any], TrainingData]]:
    """Yield what tells each row from the others, and its data."""
    for unit, seed in product(units, seeds):
        yield {"split": unit, "seed": seed}, split_sets([faces], seed=seed, split=unit)
    if folds:
        for number, material in enumerate(fold_by_person(faces, folds=folds, seed=seeds[0]), start=1):
            yield {"split": FOLDS, "seed": seeds[0], "fold": number}, material


def _row(material: TrainingData, settings: TrainingSettings, key: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Train and measure one row, in float and in int8."""
    test = next(iter(material.tests.values())).examples
    labels, people = material.labels, names_by(test, "subject")
    work = out / "-".join(str(part) for part in key.values())
    checkpoints = Checkpoints(
        work, {**asdict(settings), **key, "data": [asdict(source) for source in material.sources]}
    )
    network, history = train(material, settings, checkpoints, _Quiet())
    model = work / "model.tflite"
    model.write_bytes(convert(network, material.learning.crops, seed=settings.seed))
    said = labels[answers(model, test.crops).argmax(axis=1)]
    scores = measure(test.labels, said)
    peaks = measure(test.labels[test.peaks], said[test.peaks]) if test.peaks.any() else None
    shutil.rmtree(work)
    return {
        "examples": len(test),
        "people": None if people is None else len(np.unique(people)),
        "baseline": _both(scores["majority_baseline"]),
        "float": _both(measure(test.labels, probabilities(network, test.crops, labels).argmax(axis=1))),
        "int8": _both(scores),
        "int8_peaks": _both(peaks) if peaks else None,
        "confusion": scores["confusion"],
        "peak_confusion": peaks["confusion"] if peaks else None,
        "right_by_person": None if people is None else _by_person(people, test, said),
        "best_epoch": best_epoch(history),
        "curves": {name: [round(epoch[known], 4) for epoch in history] for name, known in _CURVES.items()},
    }


def _by_person(people: NDArray[np.str_], test: FaceExamples, said: NDArray[np.int64]) -> list[list[int]]:
    """Count the right answers and the examples of each person, nobody named."""
    _, places = np.unique(people, return_inverse=True)
    right = np.bincount(places, weights=said == test.labels)
    return [[int(hits), int(examples)] for hits, examples in zip(right, np.bincount(places), strict=True)]


def _by_folds(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Put the answers of all folds together: everybody was measured with once."""
    folds = [row for row in rows if row["split"] == FOLDS and row["seed"] == seed]
    right, examples = np.concatenate([row["right_by_person"] for row in folds]).T
    frames = measure_counts(np.sum([row["confusion"] for row in folds], axis=0))
    peaks = [row["peak_confusion"] for row in folds if row["peak_confusion"]]
    interval = interval_over_groups(right, examples, seed=seed, resamples=_RESAMPLES)
    return {
        "folds": len(folds),
        "seed": seed,
        "people": sum(row["people"] for row in folds),
        "frames": {**frames, "accuracy_interval": interval},
        "peaks": measure_counts(np.sum(peaks, axis=0)) if peaks else None,
    }


def _written(table: Mapping[str, Any]) -> str:
    """Return the table as JSON, a list of numbers a line: there are thousands of them."""
    text = json.dumps(table, indent=1)
    return re.sub(r"\[[-\d\s.,]+\]", lambda numbers: f"[{' '.join(numbers[0][1:-1].split())}]", text) + "\n"


def _told(row: Row) -> str:
    which = f"fold {row['fold']} by person" if row["split"] == FOLDS else f"split by {WORDS[row['split']][0]}"
    return (
        f"{which}, seed {row['seed']}: accuracy {row['float']['accuracy']:.3f} in float, "
        f"{row['int8']['accuracy']:.3f} in int8, baseline {row['baseline']['accuracy']:.3f}"
    )


def _both(scores: Mapping[str, Any]) -> dict[str, float]:
    return {name: scores[name] for name in ("accuracy", "macro_f1")}


def _begun(path: Path, settings: TrainingSettings, faces: FaceSet, folds: int) -> dict[str, Any]:
    """Return the table that an earlier run has begun, or an empty one."""
    common = {name: value for name, value in asdict(settings).items() if name != "seed"}
    labels = {label: count for label, count in faces.examples.counts().items() if count}
    data = [{"file": faces.file, "sha256": faces.sha256, "examples": len(faces.examples), "labels": labels}]
    fresh = {"schema": SCHEMA_VERSION, "settings": common, "data": data, "folds": folds, "rows": []}
    if not path.exists():
        return fresh
    try:
        earlier: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        same = all(earlier[key] == json.loads(json.dumps(fresh[key])) for key in fresh if key != "rows")
        same = same and isinstance(earlier["rows"], list)
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{path}: cannot be read ({error!r})"
        raise TrainingError(what, mend="delete the file to start again") from error
    if not same:
        what = f"{path}: holds a table that was made with other settings or data"
        raise TrainingError(what, mend="name another --out, or delete the file to start again")
    return earlier
