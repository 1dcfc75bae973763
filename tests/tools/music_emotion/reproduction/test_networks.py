from pathlib import Path

import numpy as np
import pytest

from tools.music_emotion.model.spectrogram_picture import PICTURE_SIZE
from tools.music_emotion.reproduction.catalogue import ARCHITECTURES, MUSICNN_VA, Architecture, RowSettings, rows_of
from tools.music_emotion.reproduction.device_answers import answers
from tools.music_emotion.reproduction.inputs import Inputs

pytestmark = pytest.mark.training

NETWORKS = [architecture for architecture in ARCHITECTURES if architecture.name != MUSICNN_VA]
PERCENT = np.array([20, 5, 10, 15, 25, 5, 12, 8], dtype=np.float64)


def shape_of(architecture: Architecture, seconds: float) -> tuple[int, int, int]:
    if architecture.view == "picture":
        return PICTURE_SIZE, PICTURE_SIZE, 4
    height, width = RowSettings(seconds=seconds).features(architecture.view).shape
    return height, width, 1


@pytest.mark.parametrize("architecture", NETWORKS, ids=lambda architecture: architecture.slug)
def test_a_fresh_network_says_about_the_mean(architecture: Architecture) -> None:
    from tools.music_emotion.reproduction.networks import build

    start = PERCENT / 100 if architecture.multilabel else PERCENT
    shape = shape_of(architecture, 3)
    said = np.asarray(build(architecture, shape, start=start)(np.zeros((2, *shape), dtype=np.float32)))
    assert np.allclose(said, start, rtol=1e-4)


def test_a_network_has_as_many_outputs_as_the_plane_has_labels() -> None:
    from tools.music_emotion.reproduction.networks import build

    (architecture,) = rows_of(["mel-cnn-multilabel"])
    assert build(architecture, shape_of(architecture, 3), start=np.full(9, 0.3)).output_shape == (None, 9)


@pytest.mark.parametrize("architecture", NETWORKS, ids=lambda architecture: architecture.slug)
def test_six_seconds_need_less_than_a_million_weights(architecture: Architecture) -> None:
    from tools.music_emotion.reproduction.networks import build

    assert build(architecture, shape_of(architecture, 6), start=PERCENT / 100).count_params() < 1_000_000


def test_the_layers_are_those_that_the_source_names() -> None:
    from tools.music_emotion.reproduction.networks import build

    counts = {}
    for architecture in NETWORKS:
        network = build(architecture, shape_of(architecture, 3), start=PERCENT / 100)
        kinds = [type(layer).__name__ for layer in network.layers]
        counts[architecture.slug] = tuple(kinds.count(kind) for kind in ("Conv2D", "Dropout", "Bidirectional"))
    assert counts == {
        "spectrogram-cnn": (3, 0, 0),
        "spectrogram-image-cnn": (3, 0, 0),
        "mel-cnn": (3, 0, 0),
        "mel-cnn-small-unscaled": (2, 0, 0),
        "mel-cnn-small-scaled": (2, 0, 0),
        "mel-cnn-bilstm": (2, 0, 1),
        "mel-cnn-multilabel": (2, 3, 0),
    }


def test_the_box_runs_the_recurrent_network_in_int8(tmp_path: Path) -> None:
    from tools.model_making.int8 import to_int8
    from tools.music_emotion.reproduction.fitting import predict
    from tools.music_emotion.reproduction.networks import build

    (architecture,) = rows_of(["mel-cnn-bilstm"])
    height, width, _ = shape_of(architecture, 3)
    random = np.random.default_rng(4)
    inputs = Inputs([random.normal(level, 1, (height, width)) for level in np.linspace(-2, 2, 12)])
    network = build(architecture, inputs.shape, start=PERCENT)
    path, rows = tmp_path / "model.tflite", np.arange(12)
    path.write_bytes(to_int8(network, [inputs.batch(rows[index : index + 1]) for index in rows]))
    difference = np.abs(answers(path, inputs, rows) - predict(network, inputs, rows))
    assert difference.mean() < 0.25  # percentage points; a step of the output is about 0.1
