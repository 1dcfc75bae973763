import keras
import numpy as np
import pytest

from tools.errors import TrainingError
from tools.face_emotion.training.networks import ARCHITECTURES, build, recast

pytestmark = pytest.mark.training

FOR_THE_BOX = ("default", "paper")


def crops(count: int) -> np.ndarray:
    return np.random.default_rng(1).random((count, 48, 48, 1)).astype(np.float32)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("n_labels", [7, 8])
def test_every_network_turns_crops_into_probabilities(architecture: str, n_labels: int) -> None:
    probabilities = np.asarray(build(architecture, n_labels=n_labels)(crops(3), training=False))
    assert probabilities.shape == (3, n_labels)
    assert probabilities.min() >= 0
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("architecture", FOR_THE_BOX)
def test_a_network_for_the_box_fits_into_a_megabyte_of_int8(architecture: str) -> None:
    assert build(architecture, n_labels=8).count_params() < 950_000


def test_the_papers_network_is_three_convolutions_and_poolings_then_dense_layers() -> None:
    kinds = [type(layer).__name__ for layer in build("paper", n_labels=8).layers]
    assert kinds == [
        "InputLayer",
        *["Conv2D", "MaxPooling2D"] * 3,
        *["Flatten", "Dense", "Dense", "Dense", "Dense", "Activation"],
    ]
    neurons = [layer.units for layer in build("paper", n_labels=8).layers if isinstance(layer, keras.layers.Dense)]
    assert len(set(neurons)) == len(neurons)


@pytest.mark.parametrize("n_labels", [7, 8])
def test_the_papers_network_has_as_many_weights_as_is_said(n_labels: int) -> None:
    assert f"{build('paper', n_labels=n_labels).count_params():,}" in str(ARCHITECTURES["paper"].__doc__)


def test_a_network_that_multiplies_in_16_bits_says_nearly_the_same_in_32() -> None:
    keras.utils.set_random_seed(2)
    coarse = build("default", n_labels=8, precision="bfloat16")
    exact = recast(coarse, "default", "float32")
    assert {weight.dtype for weight in coarse.trainable_weights} == {"float32"}
    assert {layer.compute_dtype for layer in exact.layers} == {"float32"}
    said, meant = np.asarray(coarse(crops(8), training=False)), np.asarray(exact(crops(8), training=False))
    assert said.dtype == np.float32
    assert 0 < np.abs(said - meant).max() < 0.02


def test_building_in_16_bits_leaves_the_other_networks_alone() -> None:
    before = keras.config.dtype_policy().name
    build("paper", n_labels=8, precision="bfloat16")
    assert keras.config.dtype_policy().name == before


def test_an_unknown_architecture_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TrainingError) as caught:
        build("enormous", n_labels=8)
    assert "'enormous'" in caught.value.what
    assert "default" in caught.value.mend
