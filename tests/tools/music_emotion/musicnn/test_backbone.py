"""The folded network against the published layout, written out layer by layer, on drawn weights."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from device.emotion.tflite_model import TFLiteModel
from tools.model_making.int8 import to_int8
from tools.music_emotion.model.golden import draw_patch
from tools.music_emotion.musicnn.backbone import Backbone, calibrated_backbone
from tools.music_emotion.musicnn.folding import fold
from tools.music_emotion.musicnn.published import OriginalOutputs

pytestmark = pytest.mark.training

FRONT = ((7, 38, 6), (7, 67, 5), (128, 1, 4), (64, 1, 3), (32, 1, 4))
WIDTH, HIDDEN, DEAD = 8, 10, 2

Weights = dict[str, np.ndarray]


def draw_normalisation(weights: Weights, number: int, size: int, random: np.random.Generator) -> None:
    name = f"batch_normalization_{number}" if number else "batch_normalization"
    weights[f"{name}/gamma"] = random.uniform(0.3, 1.5, size) * random.choice([-1, 1, 1], size)
    weights[f"{name}/beta"] = random.normal(0, 0.5, size)
    weights[f"{name}/moving_mean"] = random.uniform(0, 0.6, size)
    weights[f"{name}/moving_variance"] = random.uniform(0.05, 0.5, size)


@pytest.fixture(scope="module")
def weights() -> Weights:
    """A network of the published layout with fewer channels, two of the first block's dead as training leaves them."""
    random = np.random.default_rng(8)
    drawn: Weights = {}
    shapes = [(height, width, 1, channels) for height, width, channels in FRONT]
    n_front = sum(channels for *_, channels in FRONT)
    shapes += [(7, n_front, 1, WIDTH), *[(7, WIDTH, 1, WIDTH)] * 2]
    for number, shape in enumerate(shapes):
        name = f"conv2d_{number}" if number else "conv2d"
        drawn[f"{name}/kernel"] = random.normal(0, 1 / np.sqrt(np.prod(shape[:3])), shape)
        drawn[f"{name}/bias"] = random.normal(0, 0.1, shape[-1])
    sizes = [1, *(channels for *_, channels in FRONT), *[WIDTH] * 3, 2 * (n_front + 3 * WIDTH), HIDDEN]
    for number, size in enumerate(sizes):
        draw_normalisation(drawn, number, size, random)
    drawn["batch_normalization/gamma"][:] = 0.8
    drawn["conv2d/kernel"][..., :DEAD] = 0
    drawn["conv2d/bias"][:DEAD] = [0.3, -0.4]
    drawn["batch_normalization_1/moving_mean"][:DEAD] = [0.3, 0]
    drawn["batch_normalization_1/moving_variance"][:DEAD] = 1e-36
    drawn["dense/kernel"] = random.normal(0, 0.2, (sizes[-2], HIDDEN))
    drawn["dense/bias"] = random.normal(0, 0.2, HIDDEN)
    return {name: value.astype(np.float32) for name, value in drawn.items()}


class Published:
    """The published layout: normalise after every ReLU, pool maximum and mean interleaved, normalise again."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def __call__(self, patches: np.ndarray) -> OriginalOutputs:
        values = self.normalise(patches[..., np.newaxis], 0)
        front = []
        for number, (_, width, _) in enumerate(FRONT):
            padded = values if width == 1 else layers.ZeroPadding2D(((3, 3), (0, 0)))(values)
            channels = self.convolve(padded, number, "same" if width == 1 else "valid")
            front.append(keras.ops.max(self.normalise(channels, number + 1), axis=2))
        stages = [keras.ops.concatenate(front, axis=-1)]
        for number in range(3):
            padded = layers.ZeroPadding2D(((3, 3), (0, 0)))(stages[-1][..., np.newaxis])
            channels = self.convolve(padded, 5 + number, "valid")[:, :, 0]
            channels = self.normalise(channels, 6 + number)
            stages.append(channels if number == 0 else channels + stages[-1])
        features = np.concatenate([np.asarray(stage) for stage in stages], axis=-1)
        pooled = np.stack([features.max(axis=1), features.mean(axis=1)], axis=-1).reshape(len(patches), -1)
        hidden = np.asarray(self.normalise(pooled, 9)) @ self.weights["dense/kernel"] + self.weights["dense/bias"]
        return OriginalOutputs(features.mean(axis=1), np.asarray(self.normalise(np.maximum(hidden, 0), 10)), pooled)

    def convolve(self, values: keras.KerasTensor, number: int, padding: str) -> keras.KerasTensor:
        name = f"conv2d_{number}" if number else "conv2d"
        kernel, bias = self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"]
        return keras.ops.relu(keras.ops.conv(values, kernel, padding=padding) + bias)

    def normalise(self, values: keras.KerasTensor, number: int) -> keras.KerasTensor:
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        parts = (self.weights[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance"))
        gamma, beta, mean, variance = parts
        return (values - mean) / np.sqrt(variance + 1e-3) * gamma + beta


@pytest.fixture(scope="module")
def patches() -> np.ndarray:
    noise = np.random.default_rng(4).uniform(0, 2, (3, 187, 96)).astype(np.float32)
    return np.concatenate([draw_patch(), noise * draw_patch()])


@pytest.fixture(scope="module")
def backbone(weights: Weights, patches: np.ndarray) -> Backbone:
    return calibrated_backbone(weights, patches)


def said_by(network: keras.Model, patches: np.ndarray) -> np.ndarray:
    return np.concatenate([np.asarray(network(patch[np.newaxis])) for patch in patches])


def largest_difference(backbone: Backbone, weights: Weights, patches: np.ndarray) -> float:
    """Between folded and published network, in the published network's own units."""
    expected = backbone.of_original(Published(weights)(patches))
    found = said_by(backbone.network, patches)
    assert found.shape == (len(patches), 20 + 3 * WIDTH + HIDDEN)
    assert expected.std(axis=0).max() > 0.1  # there is something to agree on
    return float(np.abs((found - expected) * backbone.units).max())


def test_the_folded_network_says_what_the_published_one_says(
    backbone: Backbone, weights: Weights, patches: np.ndarray
) -> None:
    assert largest_difference(backbone, weights, patches) < 1e-4


def test_units_change_the_numbers_and_not_the_meaning(
    backbone: Backbone, weights: Weights, patches: np.ndarray
) -> None:
    other = calibrated_backbone(weights, patches / 2)
    assert not np.allclose(other.folded.channels.gain, backbone.folded.channels.gain)
    assert largest_difference(other, weights, patches) < 1e-4


def test_dead_channels_are_gone_and_what_they_said_is_kept(backbone: Backbone, weights: Weights) -> None:
    folded = backbone.folded
    assert [len(block.sign) for block in folded.front] == [6 - DEAD, 5, 4, 3, 4]
    assert folded.channels.place[:3].tolist() == [DEAD, DEAD + 1, DEAD + 2]
    louder = {**weights, "batch_normalization_1/beta": weights["batch_normalization_1/beta"] + 0.5}
    assert not np.allclose(fold(louder).middle[0].bias, fold(weights).middle[0].bias)


@pytest.fixture(scope="module")
def hidden_alone(weights: Weights, patches: np.ndarray) -> Backbone:
    return calibrated_backbone(weights, patches, with_means=False)


def test_without_means_only_the_hidden_values_are_said(
    backbone: Backbone, hidden_alone: Backbone, weights: Weights, patches: np.ndarray
) -> None:
    assert (backbone.n_means, hidden_alone.n_means) == (20 + 3 * WIDTH, 0)
    whole, part = (said_by(one.network, patches) for one in (backbone, hidden_alone))
    assert part.shape == (len(patches), HIDDEN)
    assert part == pytest.approx(whole[:, -HIDDEN:], abs=1e-5)
    assert np.array_equal(hidden_alone.units, backbone.units[-HIDDEN:])
    original = Published(weights)(patches)
    assert np.array_equal(hidden_alone.of_original(original), backbone.of_original(original)[:, -HIDDEN:])
    assert np.abs((part - hidden_alone.of_original(original)) * hidden_alone.units).max() < 1e-4


@pytest.fixture(scope="module")
def all_but_silent(weights: Weights) -> Weights:
    """A channel of the second block that no patch reaches, in a network whose every hidden value is alive."""
    alive = {
        name: np.abs(value) if name.endswith("/gamma") or name == "dense/kernel" else value
        for name, value in weights.items()
    }
    alive["conv2d_1/bias"] = weights["conv2d_1/bias"] - np.float32([100, 0, 0, 0, 0])
    return alive


def test_a_silent_channel_does_not_spoil_what_int8_says(
    all_but_silent: Weights, patches: np.ndarray, tmp_path: Path
) -> None:
    """Its maximum is divided by the smallest unit there is. Rounded beside the others' units, its own took them to 0,
    and hidden values were a quarter of their range off."""
    backbone = calibrated_backbone(all_but_silent, patches, with_means=False)
    assert len(backbone.folded.front[1].sign) == 5  # it was not folded away, since training had heard it
    (tmp_path / "model.tflite").write_bytes(to_int8(backbone.network, [patch[np.newaxis] for patch in patches]))
    model = TFLiteModel(tmp_path / "model.tflite")
    int8 = np.concatenate([model.run(patch[np.newaxis]) for patch in patches])
    said = said_by(backbone.network, patches)
    assert np.ptp(said, axis=0).max() > 1  # there is something to get wrong
    assert np.abs(int8 - said).max() < 0.03 * np.abs(said).max()


def test_the_channels_have_a_like_range(backbone: Backbone, patches: np.ndarray) -> None:
    embeddings = said_by(backbone.network, patches)
    assert np.abs(embeddings[:, : 20 + 3 * WIDTH]).max() < 9
