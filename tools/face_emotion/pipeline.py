"""From the csv files to the folder that a release carries, stage by stage, down the page."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from device.emotion import FACE_LABELS
from device.faces import normalise
from tools.conversion.int8 import input_quantisation, to_int8
from tools.conversion.parity import compare, run_on_device
from tools.errors import TrainingError
from tools.face_emotion.card import build_card
from tools.face_emotion.checkpoints import Checkpoints
from tools.face_emotion.datasets import FaceExamples
from tools.face_emotion.evaluation import measure
from tools.face_emotion.golden import write_golden
from tools.face_emotion.material import Material, gather
from tools.face_emotion.readme import render
from tools.face_emotion.training import TrainingSettings, probabilities, train

_REPRESENTATIVE = 500  # crops that calibrate the activations; the converter's guide asks for a few hundred
_INPUT_SCALE, _INPUT_ZERO_POINT = 1 / 255, -128  # so that a pixel of 0–255 becomes itself less 128, without rounding


def produce(
    data: Path, out: Path, settings: TrainingSettings, *, limit: int | None, console: Console
) -> dict[str, Any]:
    """Train, convert, measure and write ``model.tflite``, ``card.json``, ``golden.npz`` and ``README.md`` into ``out``.

    A training that was stopped goes on where it stopped; ``out``'s earlier model stays until the new one is complete.

    :returns: the model card.
    :raises DatasetError: if the data cannot be used.
    :raises TrainingError: if ``out`` holds another unfinished training, or the network cannot be converted.
    """
    material = gather(data, seed=settings.seed, limit=limit)
    _show_counts(material, console)
    out.mkdir(parents=True, exist_ok=True)
    files = {"ferplus": material.ferplus.sha256, "ckplus": material.ckplus.sha256}
    checkpoints = Checkpoints(out, {**asdict(settings), "limit": limit, **files})
    network, history = _train(material, settings, checkpoints, console)
    console.print("converting to int8")
    model = _convert(network, material.learning, settings.seed)
    unfinished = out / "model.unfinished"
    unfinished.write_bytes(model)
    console.print("measuring the int8 model as the box runs it")
    metrics = _measure(network, unfinished, material)
    card = build_card(model, material, settings, history, metrics)
    _write(out, unfinished, card)
    checkpoints.clear()
    return card


def _train(
    material: Material, settings: TrainingSettings, checkpoints: Checkpoints, console: Console
) -> tuple[keras.Model, list[dict[str, float]]]:
    done = len(checkpoints.history())
    if done:
        console.print(f"going on after epoch {done} of {settings.epochs}")
    with _ProgressBar(console, settings.epochs) as bar:
        return train(material, settings, checkpoints, bar)


class _ProgressBar:
    """Draws a bar over the batches of all epochs, and a line for each epoch done."""

    def __init__(self, console: Console, epochs: int) -> None:
        columns = (
            *Progress.get_default_columns()[:-1],
            MofNCompleteColumn(),
            TextColumn("batches"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console)
        self._bar = self._progress.add_task("training", total=None)
        self._epochs = epochs

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def batch_done(self, epoch: int, batch: int, batches: int) -> None:
        self._progress.update(self._bar, total=self._epochs * batches, completed=(epoch - 1) * batches + batch)

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        self._progress.console.print(
            f"epoch {epoch} of {self._epochs}: loss {figures['loss']:.3f}, "
            f"validation accuracy {figures['accuracy']:.3f}, macro F1 {figures['macro_f1']:.3f}"
        )


def _convert(network: keras.Model, learning: FaceExamples, seed: int) -> bytes:
    """Convert, calibrating on crops that were learnt from, and on a black and a white one for the full range."""
    chosen = np.random.default_rng(seed).permutation(len(learning))[:_REPRESENTATIVE]
    extremes = [np.full_like(learning.crops[0], grey) for grey in (0, 255)]
    model = to_int8(network, [normalise(crop) for crop in (*extremes, *learning.crops[chosen])])
    scale, zero_point = input_quantisation(model)
    if not (np.isclose(scale, _INPUT_SCALE) and zero_point == _INPUT_ZERO_POINT):
        what = f"the converted model's input has scale {scale:.6f} and zero point {zero_point}, not 1/255 and −128"
        raise TrainingError(what, mend="let the network take its input in [0, 1] unchanged")
    return model


def _measure(network: keras.Model, model: Path, material: Material) -> dict[str, Any]:
    test, unseen = material.public_test, material.unseen_people
    outputs = _on_device(model, test.crops)
    metrics: dict[str, Any] = {"ferplus_public_test": measure(test.labels, outputs.argmax(axis=1))}
    if len(unseen):
        people = len(np.unique(unseen.subjects))
        said = _on_device(model, unseen.crops).argmax(axis=1)
        metrics["ckplus_unseen_subjects"] = {"subjects": people, **measure(unseen.labels, said)}
    metrics["parity"] = asdict(compare(probabilities(network, test.crops), outputs.astype(np.float32), test.labels))
    return metrics


def _on_device(model: Path, crops: NDArray[np.uint8]) -> NDArray[np.int8]:
    return run_on_device(model, np.concatenate([normalise(crop) for crop in crops]))


def _write(out: Path, unfinished: Path, card: dict[str, Any]) -> None:
    """Put the four files in place; the card comes last, so that it never describes a model that is not there."""
    write_golden(unfinished, out / "golden.npz")
    unfinished.replace(out / "model.tflite")
    (out / "README.md").write_text(render(card), encoding="utf-8")
    (out / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _show_counts(material: Material, console: Console) -> None:
    sets = {
        "learning": material.learning,
        "validation": material.validation,
        "PublicTest": material.public_test,
        "CK+ unseen people": material.unseen_people,
    }
    table = Table("label", *sets, title="examples")
    for label in FACE_LABELS:
        table.add_row(label, *(str(examples.counts()[label]) for examples in sets.values()))
    table.add_row("all", *(str(len(examples)) for examples in sets.values()))
    console.print(table)
