"""Fits a network to the annotators' votes, one resumable epoch at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from device.emotion import FACE_LABELS
from tools.face_emotion import networks
from tools.face_emotion.augmentation import Augmentation, augment
from tools.face_emotion.checkpoints import Checkpoints
from tools.face_emotion.datasets import FaceExamples
from tools.face_emotion.evaluation import measure
from tools.face_emotion.material import Material
from tools.face_emotion.splits import draw_epoch

_EVALUATION_BATCH = 256


class Watch(Protocol):
    """Whoever wants to know how far a training is; epochs and batches count from 1."""

    def batch_done(self, epoch: int, batch: int, batches: int) -> None:
        """Hear that ``batch`` of an epoch's ``batches`` was learnt from."""
        ...

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Hear of a saved epoch: its ``loss``, and ``accuracy``, ``macro_f1`` and ``score`` in validation."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Everything that decides how a training goes, beside the examples."""

    seed: int
    """Start of every random choice: weights, draws, augmentation, dropout."""

    epochs: int = 24
    """How often as many examples as there are get drawn."""

    network: str = "default"
    """A key of :data:`tools.face_emotion.networks.NETWORKS`."""

    batch_size: int = 128
    """Examples to a step."""

    learning_rate: float = 2e-3
    """The highest rate of AdamW, after a first warm-up epoch; from there it follows a cosine down to nearly 0."""

    weight_decay: float = 0.02
    """Decoupled decay of all weights, in proportion to the rate."""

    tempering: float = 0.5
    """A label with n examples is drawn in proportion to n ** tempering: 1 is the data as they are, 0 all alike."""

    augmentation: Augmentation = field(default_factory=Augmentation)
    """How far the crops are changed."""


def train(
    material: Material, settings: TrainingSettings, checkpoints: Checkpoints, watch: Watch
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train, or go on where ``checkpoints`` stopped; return the best network in validation and the history.

    Each epoch's draws, changes and dropout follow from the seed and the epoch's number alone, so a training that was
    stopped goes on as if it had not been.

    :raises TrainingError: if the checkpoints cannot be used or the network's name is unknown.
    """
    history = checkpoints.history()
    steps = -(-len(material.learning) // settings.batch_size)
    network = checkpoints.last() if history else _fresh(settings, steps)
    for epoch in range(len(history), settings.epochs):
        _seed_dropout(network, settings.seed, epoch)
        fitted = network.fit(
            _epoch_batches(material.learning, settings, epoch),
            verbose=0,
            shuffle=False,
            callbacks=[_BatchCounter(watch, epoch + 1, steps)],
        )
        figures = {"loss": float(fitted.history["loss"][0]), **_validate(network, material.validation)}
        history.append(figures)
        checkpoints.save(network, history)
        watch.epoch_done(epoch + 1, figures)
    return checkpoints.best(), history


def probabilities(network: keras.Model, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Run crops ``(n, 48, 48)`` through a network; return ``(n, n_labels)``."""
    scaled = crops.astype(np.float32)[..., np.newaxis] / np.float32(255)
    return np.asarray(network.predict(scaled, batch_size=_EVALUATION_BATCH, verbose=0), dtype=np.float32)


class _BatchCounter(keras.callbacks.Callback):  # type: ignore[misc] # keras ships no types
    """Tells a watch of every batch."""

    def __init__(self, watch: Watch, epoch: int, steps: int) -> None:
        super().__init__()
        self._watch, self._epoch, self._steps = watch, epoch, steps

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ANN401, ARG002 - keras's signature
        self._watch.batch_done(self._epoch, batch + 1, self._steps)


def _fresh(settings: TrainingSettings, steps: int) -> keras.Model:
    keras.utils.set_random_seed(settings.seed)
    network = networks.build(settings.network, n_labels=len(FACE_LABELS))
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.learning_rate / 20,
        decay_steps=max(steps * (settings.epochs - 1), 1),
        warmup_target=settings.learning_rate,
        warmup_steps=steps,
        alpha=0.005,
    )
    optimiser = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay)
    network.compile(optimiser, loss="categorical_crossentropy")
    return network


def _seed_dropout(network: keras.Model, seed: int, epoch: int) -> None:
    """Start the epoch's dropout anew: Keras does not save the state of its seed generators."""
    for place, layer in enumerate(network.layers):
        if isinstance(layer, keras.layers.Dropout):
            layer.seed_generator.state.assign(np.random.SeedSequence([seed, epoch, place]).generate_state(2))


def _validate(network: keras.Model, validation: FaceExamples) -> dict[str, float]:
    """Measure; the score averages accuracy and macro F1, so that neither common nor rare labels decide alone."""
    figures = measure(validation.labels, probabilities(network, validation.crops).argmax(axis=1))
    accuracy, macro_f1 = figures["accuracy"], figures["macro_f1"]
    return {"accuracy": accuracy, "macro_f1": macro_f1, "score": (accuracy + macro_f1) / 2}


def _epoch_batches(learning: FaceExamples, settings: TrainingSettings, epoch: int) -> Any:  # noqa: ANN401 - a tf.data.Dataset
    drawn = draw_epoch(learning.labels, tempering=settings.tempering, seed=settings.seed, epoch=epoch)
    crops, votes = learning.crops, learning.votes
    batches = [drawn[start : start + settings.batch_size] for start in range(0, len(drawn), settings.batch_size)]

    def prepare(number: Any, crop: Any, vote: Any) -> Any:  # noqa: ANN401
        scaled = tf.cast(crop, tf.float32)[..., tf.newaxis] / 255.0
        seed = tf.stack([settings.seed, epoch * len(batches) + number])
        return augment(scaled, seed, settings.augmentation), vote

    def read() -> Any:  # noqa: ANN401
        for number, batch in enumerate(batches):
            yield number, crops[batch], votes[batch]

    shapes = (
        tf.TensorSpec((), tf.int32),
        tf.TensorSpec((None, *crops.shape[1:]), tf.uint8),
        tf.TensorSpec((None, votes.shape[1]), tf.float32),
    )
    dataset = tf.data.Dataset.from_generator(read, output_signature=shapes)
    counted = dataset.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return counted.map(prepare, num_parallel_calls=1).prefetch(4)
