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
    """``int8.tflite``, ``float.tflite``, ``int8_batch_of_2.tflite`` and ``int8_of_64.tflite``, and their examples."""
    return MODELS


@pytest.fixture
def model_folder(tmp_path: Path, models: Path) -> Callable[..., Path]:
    """Make a model folder as a release has it; keywords replace entries of the card, None removes one.

    The model reads crops of 48 pixels, or of 64 with ``kind="_of_64"``.
    """

    def make(kind: str = "", **changes: Any) -> Path:
        labels = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "contempt"]
        card = {"labels": labels} | changes
        shutil.copyfile(models / f"int8{kind}.tflite", tmp_path / "model.tflite")
        shutil.copyfile(models / f"golden{kind}.npz", tmp_path / "golden.npz")
        kept = {key: value for key, value in card.items() if value is not None}
        (tmp_path / "card.json").write_text(json.dumps(kept), encoding="utf-8")
        return tmp_path

    return make
