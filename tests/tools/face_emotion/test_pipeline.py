import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from device.faces import normalise
from tools.conversion.parity import run_on_device
from tools.face_emotion import pipeline
from tools.face_emotion.golden import TOLERANCE_STEPS, draw_face
from tools.face_emotion.readme import render
from tools.face_emotion.training import TrainingSettings

pytestmark = pytest.mark.training

SETTINGS = TrainingSettings(seed=1, epochs=10, batch_size=16)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, toy_files: dict[str, bytes]) -> tuple[Path, dict[str, Any]]:
    """A model trained on the toy data: its folder and the card that was returned."""
    data = tmp_path_factory.mktemp("data")
    for name, content in toy_files.items():
        (data / name).write_bytes(content)
    out = tmp_path_factory.mktemp("models") / "face_emotion"
    return out, pipeline.produce(data, out, SETTINGS, limit=None, console=Console(quiet=True))


def test_exactly_the_files_of_a_release_are_left(trained: tuple[Path, dict[str, Any]]) -> None:
    out, _ = trained
    assert sorted(path.name for path in out.iterdir()) == ["README.md", "card.json", "golden.npz", "model.tflite"]


def test_the_toy_task_is_learnt_and_int8_agrees(trained: tuple[Path, dict[str, Any]]) -> None:
    metrics = trained[1]["metrics"]
    figures = metrics["ferplus_public_test"]
    assert figures["accuracy"] > 3 * figures["majority_baseline"]["accuracy"]
    assert metrics["ckplus_unseen_subjects"]["subjects"] == 1
    assert metrics["parity"]["agreement"] > 0.8
    assert metrics["parity"]["int8_accuracy"] == figures["accuracy"]


def test_the_card_on_disk_is_the_one_returned_and_says_how_it_was_made(trained: tuple[Path, dict[str, Any]]) -> None:
    out, card = trained
    assert json.loads((out / "card.json").read_text(encoding="utf-8")) == card
    assert card["schema"] == 1
    assert card["seed"] == SETTINGS.seed
    assert card["input"]["shape"] == [1, 48, 48, 1]
    assert len(card["labels"]) == 8
    assert len(card["training"]["history"]) == SETTINGS.epochs
    assert card["model_bytes"] == (out / "model.tflite").stat().st_size < 1_000_000


def test_the_readme_is_written_from_the_card(trained: tuple[Path, dict[str, Any]]) -> None:
    out, card = trained
    assert (out / "README.md").read_text(encoding="utf-8") == render(card)


def test_the_golden_output_is_what_the_box_says_to_the_drawn_face(trained: tuple[Path, dict[str, Any]]) -> None:
    out, _ = trained
    with np.load(out / "golden.npz") as golden:
        assert set(golden) == {"input", "output"}
        picture, output = golden["input"], golden["output"]
    assert np.array_equal(picture, draw_face())
    assert output.dtype == np.int8
    said = run_on_device(out / "model.tflite", normalise(picture))[0]
    assert np.abs(said.astype(int) - output).max() <= TOLERANCE_STEPS
