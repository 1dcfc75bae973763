from pathlib import Path

import keras
import numpy as np
import pytest

from tools.errors import TrainingError
from tools.model_making import int8
from tools.model_making.float_tail import to_int8_with_float_tail
from tools.model_making.on_device import run_on_device


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(4)
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Rescaling(2.0, offset=-1.0),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


@pytest.fixture(scope="module")
def examples() -> np.ndarray:
    drawn = np.random.default_rng(2).random((40, 6, 6, 1)).astype(np.float32)
    drawn[0], drawn[1] = 0, 1
    return drawn


@pytest.fixture(scope="module")
def model(network: keras.Model, examples: np.ndarray) -> bytes:
    return int8.to_int8(network, [example[np.newaxis] for example in examples])


def test_the_extremes_of_the_representative_data_fix_the_inputs_scale(model: bytes) -> None:
    scale, zero_point = int8.input_quantisation(model)
    assert scale == pytest.approx(1 / 255)
    assert zero_point == -128


def test_the_box_runs_the_converted_model_and_agrees_with_the_network(
    model: bytes, network: keras.Model, examples: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(model)
    outputs = run_on_device(path, examples)
    assert outputs.dtype == np.int8
    probabilities = (outputs.astype(np.float32) + 128) / 256
    assert np.abs(probabilities - np.asarray(network(examples))).max() < 0.03


def test_a_tail_in_float_keeps_the_ends_of_int8_and_comes_closer(
    network: keras.Model, examples: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "model.tflite"
    content = to_int8_with_float_tail(network, [example[np.newaxis] for example in examples])
    path.write_bytes(content)
    outputs = run_on_device(path, examples)
    assert int8.input_quantisation(content) == (pytest.approx(1 / 255), -128)
    assert outputs.dtype == np.int8
    probabilities = (outputs.astype(np.float32) + 128) / 256
    assert np.abs(probabilities - np.asarray(network(examples))).max() < 0.01


def test_a_tail_that_is_no_softmax_is_refused(examples: np.ndarray) -> None:
    headless = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    with pytest.raises(TrainingError, match="softmax"):
        to_int8_with_float_tail(headless, [example[np.newaxis] for example in examples[:4]])


def test_every_operator_is_reported_with_its_version(model: bytes) -> None:
    found = int8.check_operators(model)
    assert {"CONV_2D", "MEAN", "FULLY_CONNECTED", "SOFTMAX"} <= found.keys()
    assert all(version <= int8.READABLE_OPERATORS[name] for name, version in found.items())


def test_a_conversion_says_nothing_of_its_own(
    network: keras.Model, examples: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    int8.to_int8(network, [examples[:1]])
    assert capfd.readouterr() == ("", "")


def test_an_operator_newer_than_the_box_reads_is_refused_by_name(model: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    version = int8.check_operators(model)["FULLY_CONNECTED"]
    monkeypatch.setattr(int8, "READABLE_OPERATORS", {**int8.READABLE_OPERATORS, "FULLY_CONNECTED": version - 1})
    with pytest.raises(TrainingError, match=f"FULLY_CONNECTED {version}"):
        int8.check_operators(model)


def test_an_operator_that_the_box_does_not_know_is_refused(model: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8, "READABLE_OPERATORS", {})
    with pytest.raises(TrainingError, match="SOFTMAX"):
        int8.check_operators(model)
