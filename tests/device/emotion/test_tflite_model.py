"""The interpreter's wrapper: what it refuses, and its arithmetic."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from device.emotion.tflite_model import MOST_MODEL_BYTES, TFLiteModel
from device.errors import ModelError


def test_shapes_are_those_of_the_file(models: Path) -> None:
    model = TFLiteModel(models / "int8.tflite")
    assert model.input_shape == (1, 48, 48, 1)
    assert model.output_shape == (1, 8)


def test_quantised_values_round_to_nearest_and_saturate(models: Path) -> None:
    model = TFLiteModel(models / "int8.tflite")  # scale about 1/255, zero point -128
    values = np.array([-1, 0, 1 / 255, 1.4 / 255, 1.6 / 255, 1, 2], dtype=np.float32)
    assert model.quantise(values).tolist() == [-128, -128, -127, -127, -126, 127, 127]


def test_run_gives_a_softmax_and_a_second_run_the_same(models: Path) -> None:
    model = TFLiteModel(models / "int8.tflite")
    values = np.random.default_rng(5).random((1, 48, 48, 1), dtype=np.float32)
    output = model.run(values)
    assert output.dtype == np.float32
    assert output.sum() == pytest.approx(1, abs=8 / 256)
    assert np.array_equal(model.run(values), output)


def test_output_is_a_copy_that_the_next_run_leaves_alone(models: Path) -> None:
    model = TFLiteModel(models / "int8.tflite")
    first = model.run_quantised(np.full((1, 48, 48, 1), -128, dtype=np.int8))
    kept = first.copy()
    model.run_quantised(np.full((1, 48, 48, 1), 127, dtype=np.int8))
    assert np.array_equal(first, kept)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.tflite: there is no such model file"):
        TFLiteModel(tmp_path / "gone.tflite")


@pytest.mark.parametrize("kept_share", [0, 0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_cut_short_is_refused_and_does_not_end_the_process(
    models: Path, tmp_path: Path, kept_share: float
) -> None:
    content = (models / "int8.tflite").read_bytes()
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(content[: round(len(content) * kept_share)])
    with pytest.raises(ModelError, match=r"cut\.tflite"):
        TFLiteModel(cut)


def test_a_file_larger_than_any_model_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "large.tflite").touch()
    os.truncate(tmp_path / "large.tflite", MOST_MODEL_BYTES + 1)
    with pytest.raises(ModelError, match=f"longer than {MOST_MODEL_BYTES} bytes"):
        TFLiteModel(tmp_path / "large.tflite")


@pytest.mark.parametrize("scale", [np.nan, np.inf, -1.0, 0.0])
def test_a_scale_that_is_none_is_refused(models: Path, tmp_path: Path, scale: float) -> None:
    content, sound = (models / "int8.tflite").read_bytes(), TFLiteModel(models / "int8.tflite")
    was, becomes = np.float32(sound._output_scale).tobytes(), np.float32(scale).tobytes()
    assert was in content
    (tmp_path / "model.tflite").write_bytes(content.replace(was, becomes))
    with pytest.raises(ModelError, match="model"):
        TFLiteModel(tmp_path / "model.tflite")


def test_a_runtime_that_fails_while_it_runs_is_told(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = TFLiteModel(models / "int8.tflite")

    class Failing:
        def set_tensor(self, *_: object) -> None:
            msg = "node 3 (SOFTMAX) failed to invoke"
            raise RuntimeError(msg)

    monkeypatch.setattr(model, "_interpreter", Failing())
    with pytest.raises(ModelError, match=r"int8\.tflite: this runtime cannot carry the model out \(node 3"):
        model.run(np.zeros((1, 48, 48, 1), dtype=np.float32))


def test_a_runtime_that_is_not_installed_is_told(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tflite_runtime", "tflite_runtime.interpreter", "ai_edge_litert", "ai_edge_litert.interpreter"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModelError, match="the runtime that models need cannot be loaded"):
        TFLiteModel(models / "int8.tflite")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.tflite").write_text("<html>404 Not Found</html>", encoding="utf-8")
    with pytest.raises(ModelError, match="not a TFLite model"):
        TFLiteModel(tmp_path / "page.tflite")


@pytest.mark.parametrize(
    ("name", "complaint"), [("float.tflite", "one int8 input"), ("int8_batch_of_2.tflite", "a batch of 1, found 2")]
)
def test_a_model_that_was_converted_otherwise_is_refused(models: Path, name: str, complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint) as caught:
        TFLiteModel(models / name)
    assert "mien-tools" in caught.value.mend
