"""Predictions for any pictures, by the shipped model."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.emotion.labels import FACE_LABELS
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier
from device.faces.crop import crop_face, is_flat, resize_crop, stretch_contrast
from device.faces.detector import FaceBox
from device.faces.simulated_face_detector import SimulatedFaceDetector
from device.observation.resting.correction import Correction, corrected, mean_log_probabilities
from tools.__main__ import main
from tools.face_emotion.prediction import Prediction, cut_face, predict_rows

MODEL = Path(__file__).parents[3] / "models" / "face_emotion"


def predict(*arguments: str | Path) -> int:
    return main(["predict-face", "--model", str(MODEL), *(str(argument) for argument in arguments)])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def save(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture)


@pytest.fixture
def crops_csv(tmp_path: Path) -> Path:
    crops = np.random.default_rng(0).integers(0, 255, (3, 48 * 48))
    lines = [f"{label},{' '.join(map(str, crop))},PublicTest" for label, crop in zip((3, 4, 6), crops, strict=True)]
    path = tmp_path / "ckextended.csv"
    path.write_text("\n".join(["emotion,pixels,Usage", *lines]) + "\n")
    return path


def test_crops_of_a_csv_are_predicted_row_by_row(crops_csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "predictions.csv"
    assert predict("--csv", crops_csv, "--out", out) == 0
    rows = rows_of(out)
    assert list(rows[0]) == ["name", "label", *FACE_LABELS]
    assert [row["name"] for row in rows] == ["0", "1", "2"]
    for row in rows:
        shares = {label: float(row[label]) for label in FACE_LABELS}
        assert sum(shares.values()) == pytest.approx(1, abs=1e-4)
        assert shares[row["label"]] == max(shares.values())


def test_a_picture_without_a_face_has_an_empty_label(tmp_path: Path) -> None:
    save(tmp_path / "pictures" / "wall.PNG", np.full((240, 320), 120, dtype=np.uint8))
    out = tmp_path / "predictions.csv"
    assert predict("--images", tmp_path / "pictures", "--out", out) == 0
    assert rows_of(out) == [{"name": "wall.PNG", "label": "", **dict.fromkeys(FACE_LABELS, "")}]


def test_a_picture_of_48_pixels_is_a_crop_already(tmp_path: Path) -> None:
    crop = np.random.default_rng(1).integers(0, 255, (48, 48), dtype=np.uint8)
    save(tmp_path / "pictures" / "anger" / "S010_004.png", crop)
    out = tmp_path / "predictions.csv"
    assert predict("--images", tmp_path / "pictures", "--out", out) == 0
    [row] = rows_of(out)
    assert row["name"] == "anger/S010_004.png"
    assert row["label"] in FACE_LABELS


def test_a_face_that_fills_its_picture_is_found_and_read_like_its_crop(tmp_path: Path) -> None:
    with np.load(MODEL / "golden.npz") as golden:
        face = cv2.resize(golden["input"], (288, 288), interpolation=cv2.INTER_CUBIC)
        save(tmp_path / "pictures" / "crop.png", golden["input"])
    save(tmp_path / "pictures" / "overflowing.png", face[24:-24, 24:-24])
    out = tmp_path / "predictions.csv"
    assert predict("--images", tmp_path / "pictures", "--out", out) == 0
    crop, overflowing = rows_of(out)
    assert overflowing["label"] == crop["label"]


def test_an_unreadable_picture_is_passed_over_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "pictures" / "wall.png", np.full((240, 320), 120, dtype=np.uint8))
    (tmp_path / "pictures" / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "pictures" / "empty.jpg").write_bytes(b"")
    out = tmp_path / "predictions.csv"
    assert predict("--images", tmp_path / "pictures", "--out", out) == 3
    assert [row["name"] for row in rows_of(out)] == ["wall.png"]
    printed = capsys.readouterr().out
    assert "broken.jpg" in printed
    assert "empty.jpg" in printed


@pytest.mark.parametrize("shape", [(48, 48), (240, 320)], ids=["a crop", "a whole picture"])
def test_a_model_is_shown_a_face_in_haze_with_its_contrast_raised_as_on_the_box(shape: tuple[int, int]) -> None:
    haze = np.tile(np.linspace(90, 150, shape[1]).astype(np.uint8), (shape[0], 1))
    box = FaceBox(10, 10, 200, 200)
    crop = cut_face(haze, SimulatedFaceDetector(lambda _: [box]), 64)
    assert np.array_equal(
        crop, stretch_contrast(resize_crop(haze, 64) if shape == (48, 48) else crop_face(haze, box, 64))
    )
    assert not is_flat(crop)


def test_a_folder_without_pictures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert predict("--images", tmp_path, "--out", tmp_path / "out.csv") == 65
    assert "holds no pictures" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_a_label_that_the_model_lacks_has_probability_0() -> None:
    prediction = Prediction("a", np.array([0.25, 0.75], dtype=np.float32), ("anger", "happiness"))
    row = dict(zip(["name", "label", *FACE_LABELS], prediction.row(), strict=True))
    assert row["label"] == "happiness"
    assert row["fear"] == "0.000000"


def test_rows_go_to_the_classifier_as_they_are(crops_csv: Path) -> None:
    predictions = list(predict_rows(crops_csv, SimulatedEmotionClassifier(lambda: "fear")))
    assert [prediction.label for prediction in predictions] == ["fear"] * 3


def test_a_real_face_is_found_and_read(tmp_path: Path, read_clip_frame: Callable[[], np.ndarray]) -> None:
    save(tmp_path / "pictures" / "person.png", read_clip_frame())
    out = tmp_path / "predictions.csv"
    assert predict("--images", tmp_path / "pictures", "--out", out) == 0
    [row] = rows_of(out)
    assert row["label"] in FACE_LABELS


@pytest.fixture
def read_clip_frame() -> Callable[[], np.ndarray]:
    path = Path(os.environ.get("MIEN_CLIPS", "")) / "WolfgangLanger_Pexels.mp4"
    if not path.is_file():
        pytest.skip("MIEN_CLIPS does not name a folder with WolfgangLanger_Pexels.mp4; make test fetches it")

    def read() -> np.ndarray:
        there, picture = cv2.VideoCapture(str(path)).read()
        assert there
        return picture

    return read


def rest_of(paths: list[Path], out: Path) -> dict[str, float]:
    """What the model says of pictures at rest, in the mean."""
    assert predict("--images", paths[0].parent, "--out", out) == 0
    given = [row for row in rows_of(out) if row["name"] in {path.name for path in paths}]
    readings = np.array([[float(row[label]) for label in FACE_LABELS] for row in given], dtype=np.float32)
    return mean_log_probabilities(FACE_LABELS, readings)


def test_a_resting_face_corrects_the_answers_as_on_the_box(tmp_path: Path) -> None:
    folder, out = tmp_path / "pictures", tmp_path / "predictions.csv"
    for seed in range(5):
        save(folder / f"{seed}.png", np.random.default_rng(seed).integers(0, 255, (48, 48), dtype=np.uint8))
    rests = [folder / "0.png", folder / "1.png"]
    shift = Correction().shift(rest_of(rests, out), FACE_LABELS)
    plain = rows_of(out)
    assert predict("--images", folder, "--resting", *rests, "--out", out) == 0
    for before, after in zip(plain, rows_of(out), strict=True):
        reading = np.array([float(before[label]) for label in FACE_LABELS], dtype=np.float32)
        expected = corrected(reading, shift)
        assert [float(after[label]) for label in FACE_LABELS] == pytest.approx(expected.tolist(), abs=2e-3)
        assert after["label"] == FACE_LABELS[int(np.argmax(expected))]
    assert plain != rows_of(out)


@pytest.mark.parametrize(("name", "words"), [("wall.png", "no face is found"), ("nowhere.png", "No such file")])
def test_a_picture_that_shows_no_face_at_rest_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    save(tmp_path / "wall.png", np.full((240, 320), 120, dtype=np.uint8))
    assert predict("--images", tmp_path, "--resting", tmp_path / name, "--out", tmp_path / "out.csv") != 0
    assert f"{name}: {words}" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()
