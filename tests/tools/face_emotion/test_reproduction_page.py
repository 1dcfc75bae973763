from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tools.errors import PictureError
from tools.face_emotion.evaluation.metrics import measure
from tools.face_emotion.reproduction_page import PAGE, write_page

LABELS = np.array([0, 3, 5])


def row(split: str, seed: int) -> dict[str, Any]:
    truth = np.repeat(LABELS, 4)
    scores = measure(truth, np.roll(truth, seed))
    both = {name: scores[name] for name in ("accuracy", "macro_f1")}
    return {
        "split": split,
        "seed": seed,
        **dict.fromkeys(("baseline", "float", "int8"), both),
        "confusion": scores["confusion"],
        "curves": {name: [seed * 0.1, 0.5] for name in ("loss", "validation_loss", "accuracy", "validation_accuracy")},
    }


@pytest.fixture
def table() -> dict[str, Any]:
    return {
        "settings": {"epochs": 2, "batch_size": 32},
        "data": [{"file": "ckplus.csv", "examples": 60, "labels": {"anger": 20, "happiness": 20, "surprise": 20}}],
        "rows": [row(split, seed) for split in ("frame", "folds") for seed in (1, 2)],
        "absent": {"sequence": "no row by film: ckplus.csv does not say which"},
    }


def test_the_page_shows_two_pictures_of_every_split_that_has_rows(table: dict[str, Any], tmp_path: Path) -> None:
    page, *pictures = write_page(table, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert page.name == PAGE
    assert [path.name for path in pictures] == [
        f"{split}-{kind}.png" for split in ("frame", "folds") for kind in ("curves", "confusion")
    ]
    for path in pictures:
        picture = cv2.imread(str(path))
        assert picture.shape[1] == 1080
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10
        assert f"]({path.name})" in text
    assert "No row by film: ckplus.csv does not say which.\n" in text
    assert "No row by person yet: the run was stopped before.\n" in text
    assert "| film (no film on both sides) | – | – | – | – | – |\n" in text


def test_a_picture_that_cannot_be_written_is_told(table: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "frame-curves.png").mkdir()
    with pytest.raises(PictureError, match=r"frame-curves\.png"):
        write_page(table, tmp_path)
