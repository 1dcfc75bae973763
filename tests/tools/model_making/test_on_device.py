import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from device.errors import ModelError
from tools.face_emotion.evaluation.metrics import Parity, compare
from tools.model_making.on_device import fresh_process, run_on_device

SENT_THERE = (
    "tools.model_making.on_device",
    "tools.music_emotion.reproduction.device_answers",
    "tools.music_emotion.training",
)
"""The modules whose functions run in a fresh process."""


def test_agreement_and_accuracies_of_a_case_worked_by_hand() -> None:
    outputs = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]], dtype=np.float32)
    int8_outputs = np.array([[99, -90], [-3, 3], [-120, 120], [1, -1]], dtype=np.float32)
    assert compare(outputs, int8_outputs, np.array([0, 1, 1, 1])) == Parity(0.75, 0.5, 0.75)


@pytest.mark.parametrize("content", [None, b"", b"TFL3 but nothing like a model"])
def test_a_model_that_the_box_refuses_is_refused_here_with_its_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.tflite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.tflite") as caught:
        run_on_device(path, np.zeros((1, 48, 48, 1), dtype=np.float32))
    assert caught.value.mend


def test_a_runtime_that_crashes_is_told_with_the_models_name() -> None:
    told = pytest.raises(ModelError, match=r"model\.tflite: the runtime crashed")
    with told as caught, fresh_process(Path("model.tflite")) as process:
        process.submit(os._exit, 1).result()
    assert "convert" in caught.value.mend


def test_an_error_in_the_fresh_process_comes_back_as_it_is() -> None:
    with pytest.raises(FileNotFoundError), fresh_process(Path("model.tflite")) as process:
        process.submit(os.stat, "/nowhere/at/all").result()


@pytest.mark.parametrize("module", SENT_THERE)
def test_what_is_sent_to_the_fresh_process_brings_no_tensorflow(module: str) -> None:
    script = f"import sys, {module}; print({{'tensorflow', 'keras'}} & set(sys.modules))"
    heard = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert heard.stdout.strip() == "set()", heard.stderr
