import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device.emotion.classifier import normalise
from device.emotion.labels import FACE_LABELS
from device.emotion.tflite_model import TFLiteModel
from tools.face_emotion.conversion import shares
from tools.face_emotion.datasets.crops import read_faces
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.evaluation.calibration import reliability
from tools.face_emotion.evaluation.metrics import measure
from tools.face_emotion.findings_tables import FILES
from tools.face_emotion.golden import draw_face
from tools.face_emotion.readme import write_readme
from tools.model_making.csv_tables import find_table
from tools.model_making.int8 import check_operators, input_quantisation
from tools.model_making.model_readme import NOTES_FILE, REPRODUCTION_FILE

FOLDER = Path(__file__).parents[3] / "models" / "face_emotion"
EXAMPLES = 1500
MARGIN = 0.03  # four standard errors of a share of 0.82 measured on 1,500 of the 3,352 rows


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def model() -> TFLiteModel:
    return TFLiteModel(FOLDER / "model.tflite")


@pytest.fixture(scope="module")
def public_test() -> FaceExamples:
    data = os.environ.get("MIEN_DATA")
    if not data:
        pytest.skip("MIEN_DATA does not name the folder with the research data")
    table = find_table(Path(data) / "face", "ferplus")
    assert table is not None
    rows = read_faces(table).used_for("PublicTest")
    return rows.select(np.random.default_rng(11).permutation(len(rows))[:EXAMPLES])


def predictions(model: TFLiteModel, crops: np.ndarray) -> np.ndarray:
    return np.array([model.run(normalise(crop))[0].argmax() for crop in crops])


def test_the_model_is_small_and_takes_a_grey_crop(card: dict[str, Any], model: TFLiteModel) -> None:
    assert model.path.stat().st_size == card["model_bytes"] <= 1_000_000
    assert list(model.input_shape) == card["input"]["shape"]
    assert model.output_shape == (1, len(card["labels"]))
    assert tuple(card["labels"]) == FACE_LABELS


def test_its_input_is_the_pixel_less_128_and_the_box_reads_its_operators() -> None:
    content = (FOLDER / "model.tflite").read_bytes()
    scale, zero_point = input_quantisation(content)
    assert scale == pytest.approx(1 / 255)
    assert zero_point == -128
    assert "CONV_2D" in check_operators(content)


def test_the_golden_example_is_the_drawn_face_and_comes_out_as_stored(card: dict[str, Any], model: TFLiteModel) -> None:
    with np.load(FOLDER / "golden.npz") as golden:
        picture, stored = golden["input"], golden["output"]
    assert np.array_equal(picture, draw_face())
    output = model.run_quantised(model.quantise(normalise(picture)))[0]
    assert np.abs(output.astype(int) - stored).max() <= card["golden_tolerance_steps"]
    assert card["labels"][int(stored.argmax())] == "happiness"  # it was drawn with a smile


def test_the_readme_is_written_from_the_files_beside_it(tmp_path: Path) -> None:
    for name in ("card.json", REPRODUCTION_FILE, NOTES_FILE, *FILES):
        if (FOLDER / name).exists():
            shutil.copy(FOLDER / name, tmp_path / name)
    write_readme(tmp_path)
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == (tmp_path / "README.md").read_text(encoding="utf-8")


def test_the_card_claims_more_than_the_baseline_and_every_label(card: dict[str, Any]) -> None:
    figures = card["metrics"]["ferplus_public_test"]
    assert figures["accuracy"] > 0.8 > 2 * figures["majority_baseline"]["accuracy"]
    assert figures["macro_f1"] > 0.65
    assert card["metrics"]["ckplus_unseen_subjects_peaks"]["accuracy"] > 0.9
    assert np.all(np.sum(figures["confusion"], axis=0) > 0)


@pytest.mark.data
def test_the_accuracy_of_the_card_is_found_again(
    card: dict[str, Any], model: TFLiteModel, public_test: FaceExamples
) -> None:
    said = predictions(model, public_test.crops)
    figures = measure(public_test.labels, said)
    assert figures["accuracy"] == pytest.approx(card["metrics"]["ferplus_public_test"]["accuracy"], abs=MARGIN)
    assert set(said.tolist()) == set(range(len(FACE_LABELS)))


def tilted(crop: np.ndarray, degrees: float) -> np.ndarray:
    turn = cv2.getRotationMatrix2D((23.5, 23.5), degrees, 1.0)
    return cv2.warpAffine(crop, turn, (48, 48), borderMode=cv2.BORDER_REPLICATE)


def reframed(crop: np.ndarray, scale: float) -> np.ndarray:
    """Frame a face looser (above 1) or tighter, as one Haar box differs from another."""
    zoom = cv2.getRotationMatrix2D((23.5, 23.5), 0, 1 / scale)
    return cv2.warpAffine(crop, zoom, (48, 48), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.data
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda crop: crop * 0.25, id="dim"),
        pytest.param(lambda crop: crop * 0.35 + 90, id="flat"),
        pytest.param(lambda crop: tilted(crop, 12), id="leaning left"),
        pytest.param(lambda crop: tilted(crop, -12), id="leaning right"),
        pytest.param(lambda crop: reframed(crop, 1.15), id="framed loosely"),
        pytest.param(lambda crop: reframed(crop, 0.87), id="framed tightly"),
    ],
)
def test_the_expression_survives_what_a_living_room_does_to_a_face(
    model: TFLiteModel, public_test: FaceExamples, spoil: Callable[[np.ndarray], np.ndarray]
) -> None:
    few = public_test.select(np.arange(400))
    spoilt = np.array([spoil(crop).astype(np.uint8) for crop in few.crops])
    plain = np.mean(predictions(model, few.crops) == few.labels)
    assert np.mean(predictions(model, spoilt) == few.labels) > plain - 0.06


@pytest.mark.data
def test_the_confidence_is_as_believable_as_the_card_says(
    card: dict[str, Any], model: TFLiteModel, public_test: FaceExamples
) -> None:
    said = shares(np.array([model.run_quantised(model.quantise(normalise(crop)))[0] for crop in public_test.crops]))
    error = reliability(said, public_test.labels)["expected_calibration_error"]
    assert error < card["metrics"]["ferplus_public_test"]["expected_calibration_error"] + 0.02
