from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tools.face_emotion.datasets.material import gather_training_data
from tools.face_emotion.evaluation.measuring import probabilities
from tools.face_emotion.training import networks
from tools.face_emotion.training.augmentation import NOTHING
from tools.face_emotion.training.checkpoints import Checkpoints
from tools.face_emotion.training.settings import TrainingSettings
from tools.face_emotion.training.training import Guidance, train

pytestmark = pytest.mark.training

EVERY = np.arange(8)
SETTINGS = TrainingSettings(seed=2, epochs=2, batch_size=32, architecture="tiny")


class Listener:
    """Remembers what it heard; presses Ctrl-C once the epoch ``stop_after`` is saved."""

    def __init__(self, stop_after: int = 0) -> None:
        self.batches: list[tuple[int, int, int]] = []
        self.epochs: list[int] = []
        self._stop_after = stop_after

    def batch_done(self, epoch: int, batch: int, batches: int) -> None:
        self.batches.append((epoch, batch, batches))

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        learnt, chosen_by = {"loss", "training_accuracy"}, {"validation_loss", "accuracy", "macro_f1", "score"}
        assert set(figures) == learnt | chosen_by
        self.epochs.append(epoch)
        if epoch == self._stop_after:
            raise KeyboardInterrupt


def tiny(n_labels: int) -> keras.Model:
    """A network that is traced in no time, with all that a checkpoint must keep: batch statistics and dropout."""
    return keras.Sequential(
        [
            keras.Input((48, 48, 1)),
            keras.layers.Conv2D(4, 8, strides=8),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(n_labels, activation="softmax"),
        ]
    )


@pytest.fixture(autouse=True)
def only_the_tiny_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "ARCHITECTURES", {"tiny": tiny})


def test_a_stopped_training_goes_on_as_if_it_had_not_been_stopped(toy_data: Path, tmp_path: Path) -> None:
    material = gather_training_data([toy_data], seed=2, limit=80)
    halting, unhalted = Checkpoints(tmp_path / "halting", {}), Checkpoints(tmp_path / "unhalted", {})
    with pytest.raises(KeyboardInterrupt):
        train(material, SETTINGS, halting, Listener(stop_after=1))
    second, whole = Listener(), Listener()
    _, history = train(material, SETTINGS, halting, second)
    _, expected = train(material, SETTINGS, unhalted, whole)
    assert second.epochs == [2]
    assert whole.epochs == [1, 2]
    assert [epoch["loss"] for epoch in history] == pytest.approx([epoch["loss"] for epoch in expected], rel=1e-4)
    crops = material.tests["ferplus_public_test"].examples.crops
    gone_on, never_stopped = (probabilities(done.last(), crops, EVERY) for done in (halting, unhalted))
    assert np.allclose(gone_on, never_stopped, atol=1e-3)


def test_every_batch_is_told(toy_data: Path, tmp_path: Path) -> None:
    material, listener = gather_training_data([toy_data], seed=2, limit=80), Listener()
    train(material, SETTINGS, Checkpoints(tmp_path, {}), listener)
    steps = -(-len(material.learning) // 32)
    assert listener.batches == [(epoch, batch, steps) for epoch in (1, 2) for batch in range(1, steps + 1)]


def test_a_finished_training_is_not_trained_again(toy_data: Path, tmp_path: Path) -> None:
    material = gather_training_data([toy_data], seed=2, limit=40)
    _, history = train(material, SETTINGS, Checkpoints(tmp_path, {}), Listener())
    again = Listener()
    assert train(material, SETTINGS, Checkpoints(tmp_path, {}), again)[1] == history
    assert again.epochs == []


class Stubborn:
    """Answers like a teacher: every crop shows one label, whatever the annotators said."""

    def __init__(self) -> None:
        self.asked = 0

    def predict(self, crops: Any, *, verbose: int) -> np.ndarray:
        self.asked += 1
        answers = [np.full((len(batch), 8), 0.02) + 0.84 * np.eye(8)[3] for batch in crops]
        assert verbose == 0
        return np.concatenate(answers)


def test_a_pupil_learns_what_its_teachers_say(toy_data: Path, tmp_path: Path) -> None:
    material = gather_training_data([toy_data], seed=2)
    settings = replace(SETTINGS, epochs=6, learning_rate=2e-2, teacher_share=1.0, rounds=2)
    teachers = [Stubborn(), Stubborn()]
    network, _ = train(material, settings, Checkpoints(tmp_path, {}), Listener(), Guidance(teachers=teachers))
    assert [teacher.asked for teacher in teachers] == [2, 2]  # once in each round
    said = probabilities(network, material.validation.crops, EVERY)
    assert np.mean(said.argmax(axis=1) == 3) > 0.9


def test_a_training_without_progress_stops_early(toy_data: Path, tmp_path: Path) -> None:
    material = gather_training_data([toy_data], seed=2, limit=80)
    settings = replace(SETTINGS, epochs=9, optimiser="adam", learning_rate=0.0, patience=2)
    listener = Listener()
    _, history = train(material, settings, Checkpoints(tmp_path, {}), listener)
    scores = [epoch["score"] for epoch in history]
    assert len(scores) < 9
    assert max(scores[-2:]) <= max(scores[:-2])
    again = Listener()
    train(material, settings, Checkpoints(tmp_path, {}), again)
    assert again.epochs == []


def test_the_label_alone_can_be_learnt_in_place_of_the_votes(toy_data: Path, tmp_path: Path) -> None:
    material = gather_training_data([toy_data], seed=2)
    undecided = replace(material.learning, votes=np.full_like(material.learning.votes, 1 / 8))
    material = replace(material, learning=undecided)
    settings = replace(SETTINGS, votes=False, epochs=12, learning_rate=1e-2, augmentation=NOTHING)
    _, history = train(material, settings, Checkpoints(tmp_path, {}), Listener())
    assert max(epoch["accuracy"] for epoch in history) > 0.5
