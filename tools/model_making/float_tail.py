"""An int8 file whose last dense layer and softmax compute in float: logits of int8 are steps of a tenth apart and tie.

Input and output stay int8, as the box wants them: the converter can leave single layers in float, but then gives float
to both ends of the graph, so that the graph's ends are moved here.
"""

import contextlib
import copy
import io
import warnings
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from tools.errors import TrainingError
from tools.model_making.int8 import check_operators, converter_of, operator_names, parse
from tools.model_making.quiet import errors_only

_TAIL = ["FULLY_CONNECTED", "SOFTMAX"]
_SCALE, _ZERO_POINT = 1 / 256, -128  # what the runtimes' own int8 softmax gives


def to_int8_with_float_tail(network: keras.Model, representative: Sequence[NDArray[np.float32]]) -> bytes:
    """Quantise all of a network but its last two steps, a dense layer and a softmax; input and output are int8 as well.

    :param network: one input and one output, convolutions but for its end.
    :param representative: inputs of ``(1, …)`` that show the values to expect; the extremes among them fix the input's
        scale.
    :returns: the TFLite file, with batch 1, whose operators :func:`tools.model_making.int8.check_operators` accepted.
    :raises TrainingError: if the network ends otherwise, or the box could not run the result.
    """
    converter = converter_of(network, representative)
    options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=_TAIL)
    with contextlib.redirect_stdout(io.StringIO()), errors_only(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of statistics that come from the examples, and of an interpreter never used
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=converter.representative_dataset, debug_options=options
        )
        model = _with_int8_ends(bytes(debugger.get_nondebug_quantized_model()))
    check_operators(model)
    return model


def _with_int8_ends(content: bytes) -> bytes:
    """Take the quantisation before the first layer out of a graph, and put one behind the last."""
    model = parse(content)
    graph = model.subgraphs[0]
    first, last = graph.operators[0], graph.operators[-1]
    names = operator_names(model)
    if (names[first.opcodeIndex], names[last.opcodeIndex]) != ("QUANTIZE", "SOFTMAX"):
        what = "the converted model does not begin with its input's quantisation and end in a softmax"
        raise TrainingError(what, mend="end the network in one dense layer and a softmax")
    answer = _int8_like(graph.tensors[last.outputs[0]])
    graph.tensors.append(answer)
    given, gives = int(first.outputs[0]), len(graph.tensors) - 1
    quantise = copy.copy(first)
    quantise.inputs, quantise.outputs = [int(last.outputs[0])], [gives]
    graph.operators = [*graph.operators[1:], quantise]
    graph.inputs, graph.outputs = [given], [gives]
    for signature in model.signatureDefs or []:
        signature.inputs[0].tensorIndex, signature.outputs[0].tensorIndex = given, gives
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _int8_like(tensor: Any) -> Any:  # noqa: ANN401 - generated code without types
    answer = copy.copy(tensor)
    answer.type, answer.name, answer.buffer = schema.TensorType.INT8, b"answer", 0
    answer.quantization = schema.QuantizationParametersT()
    answer.quantization.scale, answer.quantization.zeroPoint = [_SCALE], [_ZERO_POINT]
    return answer
