import copy
from typing import Any

import numpy as np
import pytest

from tools.face_emotion.evaluation import measure
from tools.face_emotion.readme import render

LABELS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "contempt"]


@pytest.fixture
def card() -> dict[str, Any]:
    figures = measure(np.arange(80) % 8, np.arange(80) // 2 % 8)
    return {
        "version": "2026.11-0123abcd",
        "labels": LABELS,
        "input": {"shape": [1, 48, 48, 1], "range": [0, 1], "colour": "grey"},
        "seed": 7,
        "model_bytes": 200_000,
        "golden_tolerance_steps": 16,
        "data": [{"name": "N", "file": "f.csv", "sha256": "0", "examples": 5, "terms": "T", "from": "somewhere"}],
        "terms": "Research only.",
        "training": {
            "settings": {"epochs": 9, "tempering": 0.5},
            "limit": None,
            "learning": {"anger": 40},
            "validation": {"anger": 4},
            "best_epoch": 8,
        },
        "metrics": {
            "ferplus_public_test": {**figures, "accuracy": 0.8125},
            "ckplus_unseen_subjects": {"subjects": 19, **figures, "accuracy": 0.9375},
            "parity": {"agreement": 0.9876, "float_accuracy": 0.815, "int8_accuracy": 0.8125},
        },
    }


def test_every_figure_of_the_card_is_told_beside_its_baseline(card: dict[str, Any]) -> None:
    text = render(card)
    for figure in ("| **model** | **0.812** |", "| **model** | **0.938** |", "98.8%", "0.815 in float", "195 KiB"):
        assert figure in text
    assert text.count("| baseline (anger) | 0.125 |") == 2
    for label in LABELS:
        scores = card["metrics"]["ferplus_public_test"]["by_class"][label]
        row = f"| {label} | {scores['precision']:.3f} | {scores['recall']:.3f} | {scores['f1']:.3f} | 10 |"
        assert text.count(row) == 2


def test_another_card_gives_another_text(card: dict[str, Any]) -> None:
    other = copy.deepcopy(card)
    other["metrics"]["ferplus_public_test"]["by_class"]["fear"]["recall"] = 0.1234
    assert "0.123 |" in render(other)
    assert "0.123 |" not in render(card)


def test_the_command_to_train_again_is_exact(card: dict[str, Any]) -> None:
    start = "    mien-tools train-face --data FOLDER --out models/face_emotion --seed 7 --epochs 9"
    assert f"{start}\n" in render(card)
    card["training"]["limit"] = 300
    assert f"{start} --limit 300\n" in render(card)


def test_data_their_terms_and_where_they_are_had_are_named(card: dict[str, Any]) -> None:
    text = render(card)
    assert "Research only." in text
    assert "| N | `f.csv` | 5 | T | somewhere |" in text


def test_a_label_without_examples_gets_no_figures(card: dict[str, Any]) -> None:
    card["metrics"]["ckplus_unseen_subjects"]["by_class"]["neutral"]["support"] = 0
    assert "| neutral | – | – | – | 0 |" in render(card)


def test_without_people_the_readme_says_that_ckplus_was_not_measured(card: dict[str, Any]) -> None:
    del card["metrics"]["ckplus_unseen_subjects"]
    assert "CK+ was not measured" in render(card)
