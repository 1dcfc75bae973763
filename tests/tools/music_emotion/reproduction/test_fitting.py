from dataclasses import replace

import numpy as np
import pytest

from tools.music_emotion.reproduction.catalogue import RowSettings
from tools.music_emotion.reproduction.fitting import Lesson, fit, predict
from tools.music_emotion.reproduction.inputs import Inputs

SETTINGS = RowSettings(epochs=12, batch_size=8, learning_rate=0.05)


@pytest.fixture
def lesson() -> Lesson:
    random = np.random.default_rng(3)
    levels = random.uniform(-1, 1, 40)
    targets = np.outer(levels, np.arange(8)).astype(np.float32)
    songs = [np.full((2, 3), level, dtype=np.float32) for level in levels]
    return Lesson(Inputs(songs), targets, np.arange(28), np.arange(28, 40), "mse")


@pytest.mark.training
def test_a_toy_is_learnt_and_the_best_round_in_validation_is_kept(lesson: Lesson) -> None:
    import keras

    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input((2, 3, 1)), keras.layers.Flatten(), keras.layers.Dense(8)])
    heard = []
    history = fit(network, lesson, SETTINGS, lambda epoch, figures: heard.append((epoch, figures)))
    assert [epoch for epoch, _ in heard] == list(range(1, len(history) + 1))
    best = min(figures["validation_loss"] for figures in history)
    assert best < 0.1 * history[0]["validation_loss"]
    said = predict(network, lesson.inputs, lesson.validation)
    assert float(np.mean((said - lesson.targets[lesson.validation]) ** 2)) == pytest.approx(best, rel=1e-4)


@pytest.mark.training
def test_a_training_that_gets_worse_ends_early_with_the_weights_of_before(lesson: Lesson) -> None:
    import keras

    network = keras.Sequential([keras.Input((2, 3, 1)), keras.layers.Flatten(), keras.layers.Dense(8)])
    against = lesson.targets.copy()
    against[lesson.validation] *= -3  # what is learnt is wrong for those who judge
    settings = replace(SETTINGS, epochs=50, patience=3)
    history = fit(network, replace(lesson, targets=against), settings, lambda *_: None)
    assert len(history) < 50
    said = predict(network, lesson.inputs, lesson.validation)
    best = min(figures["validation_loss"] for figures in history)
    assert float(np.mean((said - against[lesson.validation]) ** 2)) == pytest.approx(best, rel=1e-4)


@pytest.mark.training
def test_the_training_loss_is_the_mean_over_all_songs(lesson: Lesson) -> None:
    import keras

    network = keras.Sequential([keras.Input((2, 3, 1)), keras.layers.Flatten(), keras.layers.Dense(8)])
    still = replace(SETTINGS, epochs=1, learning_rate=1e-12)  # 28 songs: the last batch has only four
    (figures,) = fit(network, lesson, still, lambda *_: None)
    said = predict(network, lesson.inputs, lesson.train)
    assert figures["loss"] == pytest.approx(float(np.mean((said - lesson.targets[lesson.train]) ** 2)), rel=1e-4)
