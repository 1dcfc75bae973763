"""Fits a network to the annotators' votes, one resumable epoch at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from tools.face_emotion.datasets.material import TrainingData
from tools.face_emotion.evaluation.measuring import probabilities
from tools.face_emotion.evaluation.metrics import measure
from tools.face_emotion.training import networks
from tools.face_emotion.training.batches import Batches
from tools.face_emotion.training.checkpoints import Checkpoints
from tools.face_emotion.training.earlier_model import EarlierModel, begin_with_earlier
from tools.face_emotion.training.settings import TrainingSettings
from tools.face_emotion.training.starts import STARTS
from tools.model_making.npm_weights import Weights
from tools.model_making.progress import is_stuck

_LEARNT = {"loss": "loss", "training_accuracy": "accuracy"}  # in the history → as keras calls it
_LEAST = 1e-7  # probability; what keras's own cross-entropy cuts off at
_EVERY_LABEL = np.arange(len(FACE_LABELS))
_SCORES = ("accuracy", "macro_f1", "score")
_FEWEST = 5  # examples of a label that counts in the score
_SEEN_FIRST = 256  # crops whose statistics set the batch norms of a network that begins with another's features


class ProgressListener(Protocol):
    """Whoever wants to know how far a training is; epochs and batches count from 1."""

    def batch_done(self, epoch: int, batch: int, batches: int) -> None:
        """Hear that ``batch`` of an epoch's ``batches`` was learnt from."""
        ...

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Hear of a saved epoch.

        ``loss`` and ``training_accuracy`` are of the batches learnt from, as they were learnt; ``validation_loss``,
        ``accuracy``, ``macro_f1`` and ``score`` of the validation examples after the epoch, means over the sets that
        these are of, and ``<set>_score`` of each where there are several. Losses are cross-entropies in nats.
        """
        ...


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a training has to go by, beside the examples."""

    teachers: Sequence[keras.Model] = ()
    """Networks whose mean answer to each changed crop makes up ``teacher_share`` of its target (Hinton, Vinyals & Dean
    2015, "Distilling the Knowledge in a Neural Network", at temperature 1)."""

    opinion: keras.Model | None = None
    """A network of others whose answer makes up ``opinion_share`` of the target."""

    earlier: EarlierModel | None = None
    """What a network of the architecture ``default`` begins with, in place of random weights."""

    features: Weights | None = None
    """What a teacher's network begins with, in place of random weights; see
    :mod:`tools.face_emotion.training.starts`."""


NO_GUIDANCE = Guidance()


def train(
    material: TrainingData,
    settings: TrainingSettings,
    checkpoints: Checkpoints,
    listener: ProgressListener,
    guidance: Guidance = NO_GUIDANCE,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train, or go on where ``checkpoints`` stopped; return the best network in validation and the history.

    Each epoch's draws, changes and dropout follow from the seed and the epoch's number alone, so a training that was
    stopped goes on as if it had not been.

    :returns: the network in float32, and the figures of each epoch.
    :raises TrainingError: if the checkpoints cannot be used or the architecture's name is unknown.
    """
    history = checkpoints.history()
    opinions = _opinions(material, checkpoints, guidance.opinion)
    batches = Batches(material.learning, material.learning_sets, settings, opinions)
    network = checkpoints.last() if history else _fresh(material, settings, batches.steps, guidance)
    while len(history) < settings.epochs and not is_stuck([done["score"] for done in history], settings.patience):
        epoch = len(history)
        _seed_dropout(network, settings.seed, epoch)
        fitted = network.fit(
            _show(batches, settings, epoch, checkpoints, guidance.teachers),
            verbose=0,
            shuffle=False,
            callbacks=[_BatchCounter(listener, epoch + 1, batches.steps)],
        )
        learnt = {name: float(fitted.history[key][0]) for name, key in _LEARNT.items()}
        figures = {**learnt, **validate(network, material)}
        history.append(figures)
        checkpoints.save(network, history)
        listener.epoch_done(epoch + 1, figures)
    return networks.recast(checkpoints.best(), settings.architecture, "float32"), history


class _BatchCounter(keras.callbacks.Callback):  # type: ignore[misc] # keras ships no types
    """Tells a listener of every batch."""

    def __init__(self, listener: ProgressListener, epoch: int, steps: int) -> None:
        super().__init__()
        self._listener, self._epoch, self._steps = listener, epoch, steps

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ANN401, ARG002 - keras's signature
        self._listener.batch_done(self._epoch, batch + 1, self._steps)


def _opinions(
    material: TrainingData, checkpoints: Checkpoints, opinion: keras.Model | None
) -> NDArray[np.float32] | None:
    """Return what a second opinion says to the crops to learn from, as they are: it is small, and easily shaken."""
    if opinion is None:
        return None
    crops = material.learning.crops
    return checkpoints.recall("opinion", lambda: probabilities(opinion, crops, _EVERY_LABEL))[:, material.labels]


def _show(
    batches: Batches,
    settings: TrainingSettings,
    epoch: int,
    checkpoints: Checkpoints,
    teachers: Sequence[keras.Model],
) -> Any:  # noqa: ANN401 - a tf.data.Dataset
    """Return an epoch's batches; with teachers the rounds come again, so that what these say is computed once."""
    if not teachers:
        return batches.batches(epoch)
    number = epoch % settings.rounds
    return batches.batches(number, checkpoints.recall(f"taught-{number}", lambda: batches.taught(number, teachers)))


def _fresh(material: TrainingData, settings: TrainingSettings, steps: int, guidance: Guidance) -> keras.Model:
    keras.utils.set_random_seed(settings.seed)
    network = networks.build(settings.architecture, n_labels=len(material.labels), precision=settings.precision)
    seen = _some_crops(material, settings.seed)
    if guidance.features is not None:
        STARTS[settings.architecture].begin(network, guidance.features, seen)
    if guidance.earlier is not None:
        begin_with_earlier(network, guidance.earlier, seen)
    network.compile(_optimiser(settings, steps), loss="categorical_crossentropy", metrics=["accuracy"])
    return network


def _some_crops(material: TrainingData, seed: int) -> NDArray[np.uint8]:
    """Return crops ``(n, 48, 48)`` to set a network's batch norms by."""
    learning = material.learning
    return learning.select(np.random.default_rng(seed).permutation(len(learning))[:_SEEN_FIRST]).crops


def _optimiser(settings: TrainingSettings, steps: int) -> keras.Optimizer:
    if settings.optimiser == "adam":
        return keras.optimizers.Adam(settings.learning_rate)
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.learning_rate / 20,
        decay_steps=max(steps * (settings.epochs - 1), 1),
        warmup_target=settings.learning_rate,
        warmup_steps=steps,
        alpha=0.005,
    )
    return keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay)


def _seed_dropout(network: keras.Model, seed: int, epoch: int) -> None:
    """Start the epoch's dropout again: Keras does not save the state of its seed generators."""
    for place, layer in enumerate(network.layers):
        if isinstance(layer, keras.layers.Dropout):
            layer.seed_generator.state.assign(np.random.SeedSequence([seed, epoch, place]).generate_state(2))


def validate(network: keras.Model, material: TrainingData) -> dict[str, float]:
    """Measure on every set that has validation examples, and average, so that no large set decides alone.

    :returns: ``validation_loss``, ``accuracy``, ``macro_f1`` and ``score``, as :class:`ProgressListener` hears of them.
    """
    said = probabilities(network, material.validation.crops, material.labels)
    truth = material.validation.labels
    loss = -float(np.log(np.maximum(said[np.arange(len(truth)), truth], _LEAST)).mean())
    scores = {
        str(name): score(truth[of], said[of].argmax(axis=1))
        for name in np.unique(material.validation_sets)
        for of in [material.validation_sets == name]
    }
    mean = {key: float(np.mean([figures[key] for figures in scores.values()])) for key in _SCORES}
    of_sets = {f"{name}_score": figures["score"] for name, figures in scores.items()} if len(scores) > 1 else {}
    return {"validation_loss": loss, **mean, **of_sets}


def score(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> dict[str, float]:
    """Return ``accuracy``, ``macro_f1`` and their mean, ``score``, so that neither common nor rare labels decide alone.

    Labels with fewer than :data:`_FEWEST` examples, both ``(n,)``, are left out of macro F1: one face more or less
    would move it as far as an epoch does.
    """
    figures = measure(truth, predicted)
    rows = list(figures["by_class"].values())
    enough = min(_FEWEST, max(row["support"] for row in rows))
    macro_f1 = float(np.mean([row["f1"] for row in rows if row["support"] >= enough]))
    return {"accuracy": figures["accuracy"], "macro_f1": macro_f1, "score": (figures["accuracy"] + macro_f1) / 2}
