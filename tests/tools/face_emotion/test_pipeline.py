import copy
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from device.emotion.classifier import normalise
from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier
from tools.__main__ import main
from tools.errors import TrainingError
from tools.face_emotion import pipeline
from tools.face_emotion.golden import TOLERANCE_STEPS, draw_face
from tools.face_emotion.pipeline import Request
from tools.face_emotion.readme import render
from tools.face_emotion.training.settings import TrainingSettings, settings_for
from tools.model_making.on_device import run_on_device

pytestmark = pytest.mark.training

SETTINGS = TrainingSettings(seed=1, epochs=10, batch_size=16)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, toy_files: dict[str, bytes]) -> tuple[Path, dict[str, Any]]:
    """A model trained on the toy data: its folder and the card that was returned."""
    data = tmp_path_factory.mktemp("data")
    for name, content in toy_files.items():
        (data / name).write_bytes(content)
    out = tmp_path_factory.mktemp("models") / "face_emotion"
    return out, pipeline.produce(Request([data], out, SETTINGS), Console(quiet=True))


def test_exactly_the_files_of_a_release_are_left(trained: tuple[Path, dict[str, Any]]) -> None:
    out, _ = trained
    assert sorted(path.name for path in out.iterdir()) == ["README.md", "card.json", "golden.npz", "model.tflite"]


def test_the_toy_task_is_learnt_and_int8_agrees(trained: tuple[Path, dict[str, Any]]) -> None:
    metrics = trained[1]["metrics"]
    figures = metrics["ferplus_public_test"]
    assert figures["accuracy"] > 3 * figures["majority_baseline"]["accuracy"]
    assert metrics["ckplus_unseen_subjects"]["subjects"] == 1
    assert metrics["ferplus_public_test"]["split"] == "usage"
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
    assert [source["file"] for source in card["data"]] == ["ferplus.csv.xz", "ckplus.csv"]
    assert card["data"][1]["labels"]["contempt"] == 6
    assert card["model_bytes"] == (out / "model.tflite").stat().st_size < 1_000_000


def test_the_readme_is_written_from_the_card(trained: tuple[Path, dict[str, Any]]) -> None:
    out, card = trained
    assert (out / "README.md").read_text(encoding="utf-8") == render(card)


def test_a_card_is_measured_again_from_its_own_seed_and_data(
    trained: tuple[Path, dict[str, Any]], toy_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "face_emotion"
    shutil.copytree(trained[0], folder)
    older = copy.deepcopy(trained[1])
    del older["metrics"]["ferplus_public_test_majority"]
    (folder / "card.json").write_text(json.dumps(older), encoding="utf-8")
    command = ["evaluate-face", "--card", "--model", str(folder), "--data"]
    assert main([*command, str(toy_data)]) == 0
    assert json.loads((folder / "card.json").read_text(encoding="utf-8")) == trained[1]
    assert (folder / "README.md").read_bytes() == (trained[0] / "README.md").read_bytes()
    assert "majority protocol" in capsys.readouterr().out
    assert main([*command, str(toy_data / "ckplus.csv")]) == 65
    assert "not the data that" in capsys.readouterr().err
    (folder / "model.tflite").write_bytes(b"another")
    assert main([*command, str(toy_data)]) == 1
    assert "is not of the model.tflite beside it" in capsys.readouterr().err
    (folder / "card.json").write_text("{}", encoding="utf-8")
    assert main([*command, str(toy_data)]) == 1
    assert "card.json: the card of a trained face model cannot be read" in capsys.readouterr().err


def test_the_golden_output_is_what_the_box_says_to_the_drawn_face(trained: tuple[Path, dict[str, Any]]) -> None:
    out, _ = trained
    with np.load(out / "golden.npz") as golden:
        assert set(golden) == {"input", "output"}
        picture, output = golden["input"], golden["output"]
    assert np.array_equal(picture, draw_face())
    assert output.dtype == np.int8
    said = run_on_device(out / "model.tflite", normalise(picture))[0]
    assert np.abs(said.astype(int) - output).max() <= TOLERANCE_STEPS


def test_the_confidence_was_calibrated_on_examples_that_were_not_learnt_from(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    training = trained[1]["training"]
    assert 0.25 <= training["temperature"] <= 4
    assert trained[1]["metrics"]["ferplus_public_test"]["expected_calibration_error"] < 0.25


def test_a_pupil_is_made_from_a_teachers_folder(toy_data: Path, tmp_path: Path) -> None:
    quiet = Console(quiet=True)
    tutor = Request([toy_data], tmp_path / "tutor", replace(settings_for("teacher", seed=1), epochs=1), limit=48)
    teacher_card = pipeline.produce(tutor, quiet)
    assert sorted(path.name for path in tutor.out.iterdir()) == ["card.json", "network.keras"]
    settings = replace(SETTINGS, architecture="paper", epochs=1, teacher_share=0.5)
    pupil = Request([toy_data], tmp_path / "pupil", settings, limit=48, teachers=[tutor.out])
    card = pipeline.produce(pupil, quiet)
    assert [teacher["version"] for teacher in card["training"]["teachers"]] == [teacher_card["version"]]
    with pytest.raises(TrainingError, match="another split_seed"):
        pipeline.produce(replace(pupil, out=tmp_path / "cheat", split_seed=2), quiet)
    assert "--teacher teacher-1" in (pupil.out / "README.md").read_text(encoding="utf-8")


def test_teachers_without_a_share_and_features_without_a_teacher_are_refused(toy_data: Path, tmp_path: Path) -> None:
    quiet = Console(quiet=True)
    with pytest.raises(TrainingError, match="share of 0"):
        pipeline.produce(Request([toy_data], tmp_path / "out", SETTINGS, teachers=[tmp_path]), quiet)
    with pytest.raises(TrainingError, match="cannot begin"):
        pipeline.produce(Request([toy_data], tmp_path / "out", SETTINGS, features=tmp_path), quiet)
    settings = replace(SETTINGS, teacher_share=0.5)
    with pytest.raises(TrainingError, match="no teacher"):
        pipeline.produce(Request([toy_data], tmp_path / "out", settings, teachers=[tmp_path]), quiet)
    assert not (tmp_path / "out").exists()


def test_data_of_seven_labels_make_a_model_of_seven_outputs(toy_files: dict[str, bytes], tmp_path: Path) -> None:
    header, *rows = toy_files["ckplus.csv"].decode().splitlines()
    seven = [row for row in rows if not row.startswith("6,")]
    (tmp_path / "ckplus.csv").write_text("\n".join([header, *seven]) + "\n", encoding="utf-8")
    settings = replace(settings_for("paper", seed=1), epochs=2)
    out = tmp_path / "out"
    card = pipeline.produce(Request([tmp_path / "ckplus.csv"], out, settings), Console(quiet=True))
    assert card["labels"] == ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "contempt"]
    classifier = TFLiteEmotionClassifier(out)
    assert classifier.labels == tuple(card["labels"])
    assert classifier.classify(draw_face()).sum() == pytest.approx(1)
    confusion = np.array(card["metrics"]["ckplus_unseen_subjects"]["confusion"])
    assert confusion[:, 6].sum() == confusion[6].sum() == 0
    assert confusion.sum() == card["metrics"]["ckplus_unseen_subjects"]["examples"]
