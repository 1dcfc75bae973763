import keras
import numpy as np
import pytest

from tools.face_emotion.training.dlib_weights import Weights, begin_with, build_teacher

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def teacher() -> keras.Model:
    return build_teacher(8)


@pytest.fixture(scope="module")
def weights(teacher: keras.Model) -> Weights:
    """Random weights of dlib's names and shapes, the first kernel for colour."""
    generator = np.random.default_rng(8)
    drawn: dict[str, np.ndarray] = {}
    for layer in teacher.layers:
        if not isinstance(layer, keras.layers.Conv2D):
            continue
        name = layer.name.replace("_conv", "/conv")
        height, width, channels, filters = layer.kernel.shape
        shape = (height, width, 3 if name == "conv32_down" else channels, filters)
        drawn[f"{name}/conv/filters"] = generator.normal(0, 0.05, shape).astype(np.float32)
        for part in ("conv/bias", "scale/weights", "scale/biases"):
            drawn[f"{name}/{part}"] = generator.uniform(0.2, 0.6, filters).astype(np.float32)
    return drawn


def outputs(network: keras.Model, layer: str, crops: np.ndarray, *, training: bool = False) -> np.ndarray:
    return np.asarray(keras.Model(network.input, network.get_layer(layer).output)(crops, training=training))


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (12, 48, 48)).astype(np.uint8)


def test_it_computes_what_the_file_says_on_grey_pictures(
    teacher: keras.Model, weights: Weights, crops: np.ndarray
) -> None:
    begin_with(teacher, weights, crops)
    pictures = crops[:2, ..., None].astype(np.float32) / 255
    seen = np.asarray(teacher.layers[1](pictures))  # at the size it works with
    colour = np.repeat(seen * 255, 3, axis=3) - np.array([122.782, 117.001, 104.298])
    convolved = keras.ops.conv((colour / 256).astype(np.float32), weights["conv32_down/conv/filters"], strides=2)
    expected = (np.asarray(convolved) + weights["conv32_down/conv/bias"]) * weights["conv32_down/scale/weights"]
    expected += weights["conv32_down/scale/biases"]
    assert np.allclose(outputs(teacher, "conv32_down_norm", pictures), expected, atol=1e-3)


def test_batches_like_those_it_has_seen_change_little(
    teacher: keras.Model, weights: Weights, crops: np.ndarray
) -> None:
    begin_with(teacher, weights, crops)
    pictures = crops[..., None].astype(np.float32) / 255
    last = "conv128_2_conv2_norm"
    fixed, learning = outputs(teacher, last, pictures), outputs(teacher, last, pictures, training=True)
    assert np.corrcoef(fixed.ravel(), learning.ravel())[0, 1] > 0.99
