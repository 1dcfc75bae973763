import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.drivers.tflite_model import TFLiteModel
from device.emotion import FACE_LABELS
from device.faces import normalise
from tools.conversion.int8 import check_operators, input_quantisation
from tools.face_emotion.datasets import FaceExamples, find_faces, read_faces
from tools.face_emotion.evaluation import measure
from tools.face_emotion.golden import draw_face
from tools.face_emotion.readme import render

FOLDER = Path(__file__).parents[3] / "models" / "face_emotion"
EXAMPLES = 1500
MARGIN = 0.03  # four standard errors of a share of 0.81 measured on 1,500 of the 3,352 rows


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
    rows = read_faces(find_faces(Path(data) / "face", "ferplus")).used_for("PublicTest")
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


def test_the_readme_is_the_card_in_words(card: dict[str, Any]) -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == render(card)


def test_the_card_claims_more_than_the_baseline_and_every_label(card: dict[str, Any]) -> None:
    figures = card["metrics"]["ferplus_public_test"]
    assert figures["accuracy"] > 0.65 > figures["majority_baseline"]["accuracy"]
    assert np.all(np.sum(figures["confusion"], axis=0) > 0)


@pytest.mark.data
def test_the_accuracy_of_the_card_is_found_again(
    card: dict[str, Any], model: TFLiteModel, public_test: FaceExamples
) -> None:
    said = predictions(model, public_test.crops)
    figures = measure(public_test.labels, said)
    assert figures["accuracy"] == pytest.approx(card["metrics"]["ferplus_public_test"]["accuracy"], abs=MARGIN)
    assert set(said.tolist()) == set(range(len(FACE_LABELS)))


@pytest.mark.data
def test_the_expression_survives_dim_light(model: TFLiteModel, public_test: FaceExamples) -> None:
    few = public_test.select(np.arange(300))
    plain = np.mean(predictions(model, few.crops) == few.labels)
    dim = np.mean(predictions(model, (few.crops * 0.6).astype(np.uint8)) == few.labels)
    assert dim > plain - 0.1
