"""Model folders for the tests of the classifier; the models' maker lies beside them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder with ``int8.tflite``, ``float.tflite``, ``int8_batch_of_2.tflite`` and ``golden.npz``."""
    return MODELS


@pytest.fixture
def model_folder(tmp_path: Path, models: Path) -> Callable[..., Path]:
    """Make a model folder as a release has it; keywords replace entries of the card, None removes one."""

    def make(**changes: Any) -> Path:
        labels = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "contempt"]
        card = {"labels": labels} | changes
        shutil.copyfile(models / "int8.tflite", tmp_path / "model.tflite")
        shutil.copyfile(models / "golden.npz", tmp_path / "golden.npz")
        kept = {key: value for key, value in card.items() if value is not None}
        (tmp_path / "card.json").write_text(json.dumps(kept), encoding="utf-8")
        return tmp_path

    return make
