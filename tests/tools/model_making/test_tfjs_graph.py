"""Graph models of TensorFlow.js, run as they ship."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.errors import DatasetError
from tools.model_making.npm_weights import Package
from tools.model_making.tfjs_graph import GraphModel, run_graph

FLOAT = {"type": "DT_FLOAT"}


def text(word: str) -> dict[str, str]:
    return {"s": base64.b64encode(word.encode()).decode()}


def constant(name: str) -> dict[str, Any]:
    shape = {"tensorShape": {}, "dtype": "DT_FLOAT"}
    return {"name": name, "op": "Const", "attr": {"dtype": FLOAT, "value": {"tensor": shape}}}


@pytest.fixture
def model(tmp_path: Path) -> GraphModel:
    """A fused convolution of one pixel, with weights of 16 bits and a bias of 32."""
    kernel, bias = np.array([[[[2.0], [-1.0]]]], dtype=np.float16), np.array([0.25], dtype=np.float32)
    strides = {"list": {"i": ["1", "1", "1", "1"]}}
    fused = {"list": {"s": [text("BiasAdd")["s"], text("Relu")["s"]]}}
    convolution = {
        "T": FLOAT,
        "strides": strides,
        "dilations": strides,
        "padding": text("VALID"),
        "data_format": text("NHWC"),
        "num_args": {"i": "1"},
        "fused_ops": fused,
        "epsilon": {"f": 0},
    }
    nodes = [
        {"name": "picture", "op": "Placeholder", "attr": {"dtype": FLOAT}},
        *(constant(name) for name in ("kernel", "bias")),
        {"name": "said", "op": "_FusedConv2D", "input": ["picture", "kernel", "bias"], "attr": convolution},
    ]
    weights = [
        {"name": "kernel", "shape": [1, 1, 2, 1], "dtype": "float32", "quantization": {"dtype": "float16"}},
        {"name": "bias", "shape": [1], "dtype": "float32"},
    ]
    graph = json.dumps({"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": weights}]}).encode()
    packed = kernel.tobytes() + bias.tobytes()
    (tmp_path / "toy.json").write_bytes(graph)
    (tmp_path / "toy.bin").write_bytes(packed)
    hashes = [hashlib.sha256(content).hexdigest() for content in (graph, packed)]
    return GraphModel("toy", hashes[0], hashes[1], Package("toy@1", "package/models"), "picture", ("said",))


@pytest.mark.training
def test_a_graph_gives_what_its_weights_say(model: GraphModel, tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).normal(size=(40, 3, 2, 2)).astype(np.float32)
    [said] = run_graph(tmp_path, model, [pictures[:30], pictures[30:]])
    assert said == pytest.approx(np.maximum(2 * pictures[..., :1] - pictures[..., 1:] + 0.25, 0), abs=1e-5)


@pytest.mark.parametrize("name", ["toy.json", "toy.bin"])
def test_only_the_known_files_are_run(model: GraphModel, tmp_path: Path, name: str) -> None:
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content + b" ")
    with pytest.raises(DatasetError, match=rf"{name}: not the file of toy@1"):
        run_graph(tmp_path, model, [np.zeros((1, 1, 1, 2), dtype=np.float32)])
    (tmp_path / name).unlink()
    with pytest.raises(DatasetError, match=rf"{name}: cannot be read") as told:
        run_graph(tmp_path, model, [np.zeros((1, 1, 1, 2), dtype=np.float32)])
    assert "npm pack toy@1" in told.value.mend
