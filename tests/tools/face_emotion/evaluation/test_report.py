"""Measuring a face model as the box runs it."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from device.emotion.labels import FACE_LABELS
from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier
from tools.__main__ import main
from tools.console import CleanConsole
from tools.face_emotion.datasets.examples import FaceExamples, unanimous
from tools.face_emotion.evaluation.calibration import reliability
from tools.face_emotion.evaluation.report import evaluate, print_figures
from tools.face_emotion.golden import draw_face

MODEL = Path(__file__).parents[4] / "models" / "face_emotion"
N_LABELS = len(FACE_LABELS)


def one_label_at(confidence: float, count: int) -> np.ndarray:
    """Rows that give label 0 this confidence, and the rest in equal shares."""
    rows = np.full((count, N_LABELS), (1 - confidence) / (N_LABELS - 1), dtype=np.float32)
    rows[:, 0] = confidence
    return rows


def test_a_model_that_is_as_often_right_as_it_says_has_no_error() -> None:
    truth = np.array([0] * 8 + [1] * 2)
    outcome = reliability(one_label_at(0.8, 10), truth)
    assert outcome["expected_calibration_error"] == pytest.approx(0, abs=1e-6)
    assert outcome["bins"] == [{"from": 0.8, "to": 0.8667, "examples": 10, "confidence": 0.8, "accuracy": 0.8}]


def test_the_error_is_the_distance_weighted_by_examples() -> None:
    probabilities = np.concatenate([one_label_at(0.9, 30), one_label_at(0.5, 10)])
    truth = np.array([0] * 30 + [1] * 10)
    assert reliability(probabilities, truth)["expected_calibration_error"] == pytest.approx(
        0.75 * 0.1 + 0.25 * 0.5, abs=1e-4
    )


@given(
    arrays(np.float32, (12, N_LABELS), elements=st.floats(0.0009765625, 1, width=32)),
    arrays(np.int64, 12, elements=st.integers(0, N_LABELS - 1)),
)
def test_every_example_is_in_one_bin_and_the_error_is_a_share(weights: np.ndarray, truth: np.ndarray) -> None:
    outcome = reliability(weights / weights.sum(axis=1, keepdims=True), truth)
    assert sum(entry["examples"] for entry in outcome["bins"]) == 12
    assert 0 <= outcome["expected_calibration_error"] <= 1
    assert all(entry["from"] - 1e-3 <= entry["confidence"] <= entry["to"] + 1e-3 for entry in outcome["bins"])


def test_nothing_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        reliability(np.empty((0, N_LABELS), dtype=np.float32), np.empty(0, dtype=np.int64))


@pytest.fixture
def labelled_csv(tmp_path: Path) -> Path:
    crops = np.random.default_rng(0).integers(0, 255, (16, 48 * 48))
    usages = ["Training", "PublicTest"] * 8
    lines = [
        f"{number % N_LABELS},{' '.join(map(str, crop))},{usage}"
        for number, (crop, usage) in enumerate(zip(crops, usages, strict=True))
    ]
    path = tmp_path / "faces.csv"
    path.write_text("\n".join(["emotion,pixels,Usage", *lines]) + "\n")
    return path


def evaluate_by_verb(csv: Path, out: Path, *more: str) -> int:
    return main(["evaluate-face", "--model", str(MODEL), "--data", str(csv), "--out", str(out), *more])


def test_the_report_is_printed_and_written(
    labelled_csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate_by_verb(labelled_csv, tmp_path / "report", "--usage", "PublicTest") == 0
    figures = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert figures["examples"] == 8
    assert np.array(figures["confusion"]).sum() == 8
    assert figures["accuracy"] == pytest.approx(np.trace(figures["confusion"]) / 8, abs=1e-4)
    assert set(figures["majority_baseline"]) == {"label", "accuracy", "macro_recall", "macro_f1"}
    assert figures["latency"]["median_ms"] > 0
    for name in ("confusion.png", "reliability.png"):
        picture = cv2.imread(str(tmp_path / "report" / name))
        assert min(picture.shape[:2]) >= 600
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10
    assert figures["majority"] is None
    printed = capsys.readouterr().out
    assert "majority" not in printed
    assert "always " in printed
    assert "expected calibration error" in printed
    assert "examples read" in printed


def test_pictures_with_a_majority_are_measured_apart_where_the_votes_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crops = np.random.default_rng(0).integers(0, 255, (3, 48 * 48))
    votes = ["1,0,0,0,0,0,0,0", "0.5,0.3,0.2,0,0,0,0,0", "0.51,0.49,0,0,0,0,0,0"]
    lines = [f"0,{' '.join(map(str, crop))},PublicTest,{of}" for crop, of in zip(crops, votes, strict=True)]
    header = "emotion,pixels,Usage," + ",".join(f"p_{label}" for label in FACE_LABELS)
    (tmp_path / "ferplus.csv").write_text("\n".join([header, *lines]) + "\n")
    assert evaluate_by_verb(tmp_path / "ferplus.csv", tmp_path / "report") == 0
    figures = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert (figures["examples"], figures["majority"]["examples"]) == (3, 2)
    assert "2 of them with more than half of the votes" in " ".join(capsys.readouterr().out.split())


def test_a_folder_for_each_label_is_measured_too(tmp_path: Path) -> None:
    for label in ("angry", "Happy"):
        (tmp_path / "faces" / label).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "faces" / label / "a.png"), np.full((60, 60), 90, dtype=np.uint8))
    assert evaluate_by_verb(tmp_path / "faces", tmp_path / "report") == 0
    figures = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert np.array(figures["confusion"]).sum(axis=1).tolist() == [1, 0, 0, 1, 0, 0, 0, 0]


def test_a_usage_without_rows_is_refused(
    labelled_csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate_by_verb(labelled_csv, tmp_path / "report", "--usage", "PrivateTest") == 65
    assert "PrivateTest" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


def test_only_labels_that_the_data_hold_are_chosen_when_asked(tmp_path: Path) -> None:
    for label in ("angry", "Happy"):
        (tmp_path / "faces" / label).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "faces" / label / "a.png"), np.full((60, 60), 90, dtype=np.uint8))
    assert evaluate_by_verb(tmp_path / "faces", tmp_path / "report", "--among-present") == 0
    figures = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    said = np.array(figures["confusion"]).sum(axis=0)
    assert said[[0, 3]].sum() == said.sum() == 2


def test_the_peaks_of_data_that_mark_none_are_refused(
    labelled_csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate_by_verb(labelled_csv, tmp_path / "report", "--peaks") == 65
    assert "peak" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["confusion.png", "reliability.png"])
def test_a_picture_that_cannot_be_written_is_told(
    labelled_csv: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report" / name).mkdir(parents=True)
    assert evaluate_by_verb(labelled_csv, tmp_path / "report") == 73
    assert f"{name}: the picture cannot be written" in capsys.readouterr().err


def test_every_set_and_source_is_measured_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    crops = np.random.default_rng(0).integers(0, 255, (12, 48, 48)).astype(np.uint8)
    labels = np.arange(12) % N_LABELS
    plain = FaceExamples(
        crops=crops,
        labels=labels,
        votes=unanimous(labels),
        usages=np.full(12, "Training"),
        subjects=np.array([f"p{number // 2}" for number in range(12)]),
        sequences=np.full(12, ""),
        peaks=np.zeros(12, dtype=np.bool_),
    )
    sourced = replace(plain, sources=np.array(["news"] * 8 + ["film"] * 4))
    none = plain.select(np.zeros(12, dtype=np.bool_))
    sets = {"ours": sourced, "empty": none, "theirs": replace(plain, subjects=np.full(12, ""))}
    console = CleanConsole()
    figures = evaluate(TFLiteEmotionClassifier(MODEL), sets, console)
    assert figures["examples"] == 24
    assert list(figures["sets"]) == ["ours", "theirs"]
    ours, theirs = figures["sets"].values()
    assert (ours["subjects"], "subjects" in theirs, "subjects" in figures) == (6, False, False)
    assert {name: part["examples"] for name, part in ours["sources"].items()} == {"film": 4, "news": 8}
    assert ours["sources"]["film"]["subjects"] == 2
    assert theirs["sources"] == {}
    assert np.array_equal(np.sum([ours["confusion"], theirs["confusion"]], axis=0), figures["confusion"])
    print_figures(figures, console)
    printed = " ".join(capsys.readouterr().out.split())
    assert "ours, pictures from news: 8 examples of 4 people" in printed
    assert "all sets: 24 examples" in printed


def test_faces_are_found_in_whole_pictures(tmp_path: Path) -> None:
    wide = np.full((300, 400), 90, dtype=np.uint8)
    wide[60:252, 100:292] = cv2.resize(draw_face(), (192, 192), interpolation=cv2.INTER_CUBIC)
    for name, picture in {"face": wide, "wall": np.full((300, 400), 120, dtype=np.uint8), "cut": draw_face()}.items():
        (tmp_path / "faces" / "happy").mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "faces" / "happy" / f"{name}.png"), picture)
    assert evaluate_by_verb(tmp_path / "faces", tmp_path / "report", "--whole") == 0
    figures = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert (figures["examples"], figures["faces_not_found"]) == (2, 1)
    assert sum(figures["confusion"][FACE_LABELS.index("happiness")]) == 2
    (tmp_path / "faces" / "happy" / "face.png").unlink()
    (tmp_path / "faces" / "happy" / "cut.png").unlink()
    assert evaluate_by_verb(tmp_path / "faces", tmp_path / "report", "--whole") == 65
    assert evaluate_by_verb(tmp_path / "faces", tmp_path / "report", "--whole", "--disturbed") == 1
