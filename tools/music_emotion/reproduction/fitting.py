"""Fits a network: Adam, shuffled batches, and the weights of the round with the best loss in validation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tools.model_making.progress import is_stuck
from tools.music_emotion.reproduction.augmentation import augmented
from tools.music_emotion.reproduction.catalogue import RowSettings
from tools.music_emotion.reproduction.inputs import Inputs
from tools.music_emotion.reproduction.scores import binary_cross_entropy

Floats = NDArray[np.floating[Any]]
EpochDone = Callable[[int, Mapping[str, float]], None]
"""Hears of every finished round: its number from 1, and its figures."""

_BATCH = 32  # songs at once where nothing is learnt


@dataclass(frozen=True, slots=True)
class Lesson:
    """What to learn, and from whom: ``targets`` ``(n, labels)`` of all songs; ``train`` and ``validation`` are rows.

    ``loss`` is ``mse`` for percentages or ``binary_crossentropy`` for labels of 0 and 1.
    """

    inputs: Inputs
    targets: NDArray[np.float32]
    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    loss: str


def fit(network: keras.Model, lesson: Lesson, settings: RowSettings, epoch_done: EpochDone) -> list[dict[str, float]]:
    """Train ``network`` in place; it ends with the weights that were best in validation.

    :returns: ``loss`` (the mean over the songs, each as it was met) and ``validation_loss`` of every round.
    """
    network.compile(optimizer=keras.optimizers.Adam(settings.learning_rate), loss=lesson.loss)
    history: list[dict[str, float]] = []
    best = network.get_weights()
    while len(history) < settings.epochs and not is_stuck(
        [-done["validation_loss"] for done in history], settings.patience
    ):
        loss = _learn(network, lesson, settings, epoch=len(history))
        figures = {"loss": loss, "validation_loss": _validate(network, lesson)}
        if all(figures["validation_loss"] < earlier["validation_loss"] for earlier in history):
            best = network.get_weights()
        history.append(figures)
        epoch_done(len(history), figures)
    network.set_weights(best)
    return history


def predict(network: keras.Model, inputs: Inputs, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return what a network says to some songs, ``(n, labels)``."""
    batches = [inputs.batch(rows[start : start + _BATCH]) for start in range(0, len(rows), _BATCH)]
    return np.concatenate([np.asarray(network(batch, training=False), dtype=np.float32) for batch in batches])


def _learn(network: keras.Model, lesson: Lesson, settings: RowSettings, *, epoch: int) -> float:
    """Go once through the songs; return the mean loss over them, each as it was met."""
    random = np.random.default_rng([settings.seed, epoch])
    order = random.permutation(lesson.train)
    total = 0.0
    for start in range(0, len(order), settings.batch_size):
        rows = order[start : start + settings.batch_size]
        inputs, targets = lesson.inputs.batch(rows), lesson.targets[rows]
        if settings.augmented:
            inputs, targets = augmented(inputs, targets, random)
        network.reset_metrics()  # or Keras mixes in the batches before
        total += float(network.train_on_batch(inputs, targets)) * len(rows)
    return total / len(order)


def _validate(network: keras.Model, lesson: Lesson) -> float:
    truth, said = lesson.targets[lesson.validation], predict(network, lesson.inputs, lesson.validation)
    if lesson.loss == "binary_crossentropy":
        return binary_cross_entropy(truth > 0, said)
    return float(np.mean((truth - said) ** 2))
