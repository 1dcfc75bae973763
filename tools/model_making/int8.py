"""Turns a Keras network into a full int8 TFLite file of batch 1, and checks that the box's runtime can read it."""

import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.python import schema_py_generated as schema

from tools.errors import TrainingError
from tools.model_making.quiet import errors_only

READABLE_OPERATORS: Mapping[str, int] = MappingProxyType(
    {
        "ADD": 5,
        "AVERAGE_POOL_2D": 3,
        "CONCATENATION": 4,
        "CONV_2D": 7,
        "DEPTHWISE_CONV_2D": 7,
        "DEQUANTIZE": 5,
        "EXPAND_DIMS": 1,
        "FULLY_CONNECTED": 10,
        "HARD_SWISH": 1,
        "LOGISTIC": 3,
        "MAX_POOL_2D": 3,
        "MAXIMUM": 4,
        "MEAN": 3,
        "MUL": 7,
        "PAD": 4,
        "QUANTIZE": 3,
        "REDUCE_MAX": 3,
        "RELU": 3,
        "RELU6": 3,
        "RESHAPE": 1,
        "SLICE": 6,
        "SOFTMAX": 3,
        "SPLIT": 4,
        "SQUEEZE": 2,
        "STRIDED_SLICE": 8,
        "SUB": 5,
        "SUM": 2,
        "TANH": 3,
        "TRANSPOSE": 6,
        "UNPACK": 4,
    }
)
"""The newest version of each operator that tflite-runtime 2.14.0 reads.

Measured, not copied from a table: the released wheel's interpreter was offered a one-operator file of every version.
"""


def to_int8(network: keras.Model, representative: Iterable[NDArray[np.float32]]) -> bytes:
    """Quantise weights, activations, input and output to int8 after training.

    :param network: one input and one output.
    :param representative: inputs of ``(1, …)`` that show the values to expect; the extremes among them fix the input's
        scale.
    :returns: the TFLite file, with batch 1, whose operators :func:`check_operators` has accepted.
    :raises TrainingError: if the box could not run the result.
    """
    converter = converter_of(network, representative)
    converter.inference_input_type = converter.inference_output_type = tf.int8
    with contextlib.redirect_stdout(io.StringIO()), errors_only(), warnings.catch_warnings():
        # The converter prints its own progress, and its C++ what it was told to do.
        warnings.filterwarnings("ignore", "Statistics for quantized inputs")  # they come from the representative data
        model = bytes(converter.convert())
    check_operators(model)
    return model


def converter_of(network: keras.Model, representative: Iterable[NDArray[np.float32]]) -> Any:  # noqa: ANN401
    """Return TensorFlow's converter of a network at batch 1, whose layers it is to compute in int8.

    :param representative: inputs of ``(1, …)``, which it is shown as its ``representative_dataset``.
    """
    values = keras.Input(batch_shape=(1, *network.input_shape[1:]))
    fixed = keras.Model(values, network(values, training=False))

    def examples() -> Iterator[list[NDArray[np.float32]]]:
        for example in representative:
            yield [example]

    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = examples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    return converter


def check_operators(model: bytes) -> dict[str, int]:
    """Return the version of every operator in a TFLite file.

    :raises TrainingError: if one is newer than tflite-runtime 2.14 reads, or unknown to it.
    """
    parsed = parse(model)
    found = dict(zip(operator_names(parsed), (code.version for code in parsed.operatorCodes), strict=True))
    unreadable = [f"{name} {version}" for name, version in found.items() if version > READABLE_OPERATORS.get(name, 0)]
    if unreadable:
        what = f"the model uses operators that tflite-runtime 2.14 does not read: {', '.join(sorted(unreadable))}"
        raise TrainingError(what, mend="build the network from layers that convert to older operators")
    return found


def input_quantisation(model: bytes) -> tuple[float, int]:
    """Return scale and zero point of a TFLite file's one input: real = scale × (int8 − zero point)."""
    graph = parse(model).subgraphs[0]
    quantisation = graph.tensors[graph.inputs[0]].quantization
    return float(quantisation.scale[0]), int(quantisation.zeroPoint[0])


def parse(model: bytes) -> Any:  # noqa: ANN401 - generated code without types
    """Return a TFLite file as the objects of its schema."""
    return schema.ModelT.InitFromPackedBuf(model, 0)


def operator_names(parsed: Any) -> list[str]:  # noqa: ANN401
    """Return the names of a file's operators, by the index with which its graph calls them."""
    names = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
    return [names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in parsed.operatorCodes]


@dataclass(frozen=True, slots=True)
class WeightedLayer:
    """A convolution ``(height, width, in, out)`` or a dense layer ``(in, out)``: its kernel and bias in float32."""

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]


def weighted_layers(model: bytes) -> tuple[list[WeightedLayer], set[str]]:
    """Return a TFLite file's convolutions and dense layers in the order they are computed, and its operators' names."""
    parsed = parse(model)
    graph, names = parsed.subgraphs[0], operator_names(parsed)
    found: list[WeightedLayer] = []

    def values(index: int) -> NDArray[np.float32]:
        tensor = graph.tensors[index]
        kind = {
            schema.TensorType.INT8: np.int8,
            schema.TensorType.INT32: np.int32,
            schema.TensorType.FLOAT32: np.float32,
        }
        content = bytes(parsed.buffers[tensor.buffer].data)
        stored = np.frombuffer(content, kind[tensor.type]).reshape(tensor.shape).astype(np.float32)
        scale = None if tensor.quantization is None else tensor.quantization.scale
        if scale is None or not len(scale):
            return stored
        shape = [-1, *[1] * (stored.ndim - 1)] if len(scale) > 1 else [1] * stored.ndim
        return np.asarray(stored * np.asarray(scale, dtype=np.float32).reshape(shape), dtype=np.float32)

    for operator in graph.operators:
        if names[operator.opcodeIndex] in ("CONV_2D", "FULLY_CONNECTED"):
            kernel = np.moveaxis(values(operator.inputs[1]), 0, -1)  # files have the outputs first, Keras last
            bias = np.zeros(kernel.shape[-1], np.float32) if operator.inputs[2] < 0 else values(operator.inputs[2])
            found.append(WeightedLayer(np.ascontiguousarray(kernel), bias))
    return found, {names[operator.opcodeIndex] for operator in graph.operators}
