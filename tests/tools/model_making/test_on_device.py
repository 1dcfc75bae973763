from pathlib import Path

import numpy as np
import pytest

from device.errors import ModelError
from tools.face_emotion.evaluation.metrics import Parity, compare
from tools.model_making.on_device import run_on_device


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
