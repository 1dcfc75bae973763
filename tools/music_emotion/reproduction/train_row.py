"""Makes one row of the table: trains its network, converts it, and measures both on the songs held out."""

import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from device.emotion.vectors import top_labels
from tools.audio.features import Scaler
from tools.model_making.int8 import to_int8
from tools.model_making.progress import Rounds
from tools.music_emotion.datasets.labels import labels_of
from tools.music_emotion.reproduction import networks
from tools.music_emotion.reproduction.catalogue import Architecture, RowSettings
from tools.music_emotion.reproduction.device_answers import answers
from tools.music_emotion.reproduction.fitting import Lesson, fit, predict
from tools.music_emotion.reproduction.inputs import Inputs, inputs_of
from tools.music_emotion.reproduction.material import TrainingData
from tools.music_emotion.reproduction.scores import labels_figures, percent_figures
from tools.plots.confusion import draw_confusion, draw_found
from tools.plots.learning import draw_learning

_REPRESENTATIVE = 200  # songs that calibrate the activations


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """A network as int8, how it came about and how good it is.

    ``scaler`` is None where inputs are not scaled. ``history`` has the figures of every round of training, ``figures``
    those of the finished row; see :mod:`tools.music_emotion.reproduction.scores`. ``said`` is what ``float`` and
    ``int8`` say to the test songs, ``(n_test, labels)`` each, ``validation_answers`` what int8 says to the validation
    songs; ``seconds`` are those of the training.
    """

    model: bytes
    scaler: Scaler | None
    history: list[dict[str, float]]
    said: dict[str, NDArray[np.float32]]
    validation_answers: NDArray[np.float32]
    figures: dict[str, Any]
    seconds: float
    weights: int

    @property
    def best_epoch(self) -> int:
        """The number, from 1, of the round with the least loss in validation, whose weights were kept."""
        return 1 + int(np.argmin([epoch["validation_loss"] for epoch in self.history]))

    def describe(self) -> dict[str, Any]:
        """Return what a row or a card says of it, as plain JSON values."""
        return {
            "figures": self.figures,
            "epochs": len(self.history),
            "best_epoch": self.best_epoch,
            "training_seconds": round(self.seconds, 1),
            "model_bytes": len(self.model),
            "weights": self.weights,
        }


def train_row(
    architecture: Architecture, material: TrainingData, settings: RowSettings, console: Console
) -> TrainedNetwork:
    """Train and measure one network; the same seed draws the same weights and order.

    :raises MienError: if a song cannot be read or the box could not run the result.
    """
    split = material.split
    inputs = inputs_of(architecture, material, settings, console)
    targets = targets_of(architecture, material, settings)
    keras.utils.set_random_seed(settings.seed)
    network = networks.build(architecture, inputs.shape, start=targets[split.train].mean(axis=0, dtype=np.float64))
    lesson = Lesson(
        inputs, targets, split.train, split.validation, "binary_crossentropy" if architecture.multilabel else "mse"
    )
    begun = time.monotonic()
    with Rounds(console, architecture.row, settings.epochs) as rounds:
        history = fit(network, lesson, settings, rounds.epoch_done)
    seconds = time.monotonic() - begun
    model = _convert(network, inputs, split.train, settings.seed)
    asked = np.concatenate([split.validation, split.test])
    validation, test = np.split(_answers(model, inputs, asked), [len(split.validation)])
    said = {"float": predict(network, inputs, split.test), "int8": test}
    return TrainedNetwork(
        model=model,
        scaler=inputs.scaler,
        history=history,
        said=said,
        validation_answers=validation,
        figures=(
            labels_figures(
                targets > 0,
                said,
                split,
                validation=predict(network, inputs, split.validation),
                labels=settings.labels,
            )
            if architecture.multilabel
            else percent_figures(material.percent, said, split, rule=settings.label_rule)
        ),
        seconds=seconds,
        weights=network.count_params(),
    )


def targets_of(architecture: Architecture, material: TrainingData, settings: RowSettings) -> NDArray[np.float32]:
    """Return ``(n, labels)``: percentages, or 1 for every label that the song has by the rule and 0 for the others."""
    if architecture.multilabel:
        return labels_of(material.percent, settings.label_rule).astype(np.float32)
    return material.percent.astype(np.float32)


def row_settings(architecture: Architecture, settings: RowSettings) -> dict[str, Any]:
    """Return everything beside the data that decides a row, as plain JSON values."""
    return {"architecture": architecture.name, "scaled": architecture.scaled, **asdict(settings)}


def draw_row(
    architecture: Architecture, trained: TrainedNetwork, material: TrainingData, settings: RowSettings, folder: Path
) -> None:
    """Write ``<slug>-learning.png`` and, of what int8 says to the test songs, ``<slug>-labels.png`` into ``folder``.

    The label of percentages is the largest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draw_learning(
        {
            "training": [epoch["loss"] for epoch in trained.history],
            "validation": [epoch["validation_loss"] for epoch in trained.history],
        },
        measure="binary cross-entropy" if architecture.multilabel else "squared error (percentage points²)",
        best_epoch=trained.best_epoch,
        title=architecture.row,
        path=folder / f"{architecture.slug}-learning.png",
    )
    truth, said = targets_of(architecture, material, settings)[material.split.test], trained.said["int8"]
    title, path = f"{architecture.row}, {len(truth)} test songs", folder / f"{architecture.slug}-labels.png"
    if architecture.multilabel:
        found = np.asarray(said > trained.figures["int8"]["threshold"])
        draw_found(truth > 0, found, labels=settings.labels, title=title, path=path)
    else:
        largest, said_largest = (top_labels(values.astype(np.float64)).argmax(axis=1) for values in (truth, said))
        draw_confusion(largest, said_largest, labels=settings.labels, title=title, path=path)


def _convert(network: keras.Model, inputs: Inputs, train: NDArray[np.intp], seed: int) -> bytes:
    chosen = np.random.default_rng(seed).permutation(train)[:_REPRESENTATIVE]
    return to_int8(network, (inputs.batch(chosen[index : index + 1]) for index in range(len(chosen))))


def _answers(model: bytes, inputs: Inputs, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(model)
        return answers(path, inputs, rows)
