import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.errors import TrainingError
from tools.face_emotion.evaluation.metrics import measure
from tools.face_emotion.readme import render, write_readme

LABELS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "contempt"]


@pytest.fixture
def card() -> dict[str, Any]:
    figures = {
        **measure(np.arange(80) % 8, np.arange(80) // 2 % 8),
        "warning": "",
        "expected_calibration_error": 0.0432,
    }
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
            "settings": {"epochs": 9, "tempering": 0.5, "architecture": "default", "precision": "float32"},
            "split": None,
            "split_seed": 7,
            "limit": None,
            "teachers": [],
            "temperature": 0.87,
            "learning": {"anger": 40},
            "validation": {"anger": 4},
            "best_epoch": 8,
        },
        "metrics": {
            "ferplus_public_test": {**figures, "title": "FERPlus PublicTest", "accuracy": 0.8125},
            "ckplus_unseen_subjects": {"subjects": 19, **figures, "title": "CK+, people", "accuracy": 0.9375},
            "parity": {
                "on": "ferplus_public_test",
                "agreement": 0.9876,
                "float_accuracy": 0.815,
                "int8_accuracy": 0.8125,
            },
        },
    }


def test_every_figure_of_the_card_is_told_beside_its_baseline(card: dict[str, Any]) -> None:
    text = render(card)
    for figure in (
        "| **model** | **0.812** | 0.",
        "| **model** | **0.938** | 0.",
        "98.8%",
        "0.815 in float",
        "195 KiB",
    ):
        assert figure in text
    assert text.count("| baseline (anger) | 0.125 |") == 2
    for label in LABELS:
        scores = card["metrics"]["ferplus_public_test"]["by_class"][label]
        low, high = scores["recall_interval"]
        shares = f"{scores['precision']:.3f} | {scores['recall']:.3f} | {low:.3f}–{high:.3f} | {scores['f1']:.3f}"
        row = f"| {label} | {shares} | 10 |"
        assert text.count(row) == 2


def test_whatever_it_learnt_from_is_named_with_the_command(card: dict[str, Any]) -> None:
    training = card["training"]
    training |= {"opinion": "ab", "begun_with": "cd" * 32}
    training["settings"] |= {"opinion_share": 0.3, "learning_rate": 0.001}
    tutor = {"settings": {**training["settings"], "architecture": "teacher-faceres"}, "features": "ef", "seed": 2}
    training["teachers"] = [tutor, {**tutor, "settings": {**tutor["settings"], "architecture": "teacher"}}]
    text = render(card)
    for words in ("--opinion OPINION", "30 % of what", "--rate 0.001 --begin-with EARLIER", "cdcdcdcdcdcdcdcd…"):
        assert words in text
    for start in ("teacher-faceres --features FACERES", "teacher --features FEATURES"):
        assert f"--architecture {start}" in text
    assert "VGGFace2" in text
    assert "dlib" in text


def test_another_card_gives_another_text(card: dict[str, Any]) -> None:
    other = copy.deepcopy(card)
    other["metrics"]["ferplus_public_test"]["by_class"]["fear"]["recall"] = 0.1234
    assert "0.123 |" in render(other)
    assert "0.123 |" not in render(card)


def test_the_command_to_train_again_is_exact(card: dict[str, Any]) -> None:
    start = (
        "    mien-tools train-face --data FOLDER --out models/face_emotion --architecture default --seed 7 --epochs 9"
    )
    assert f"{start} --precision float32\n" in render(card)
    card["training"]["limit"] = 300
    assert f"{start} --precision float32 --limit 300\n" in render(card)


def test_data_their_terms_and_where_they_are_had_are_named(card: dict[str, Any]) -> None:
    text = render(card)
    assert "Research only." in text
    assert "| N | `f.csv` | 5 | T | somewhere |" in text


def test_a_label_without_examples_gets_no_figures(card: dict[str, Any]) -> None:
    card["metrics"]["ckplus_unseen_subjects"]["by_class"]["neutral"]["support"] = 0
    assert "| neutral | – | – | – | – | 0 |" in render(card)


def test_a_card_of_before_there_were_intervals_still_gets_its_page(card: dict[str, Any]) -> None:
    figures = card["metrics"]["ferplus_public_test"]
    del figures["accuracy_interval"]
    for scores in figures["by_class"].values():
        del scores["recall_interval"]
    assert "| **model** | **0.812** | – | **" in render(card)


def test_the_majority_protocol_says_what_it_is(card: dict[str, Any]) -> None:
    figures = card["metrics"]["ferplus_public_test"]
    card["metrics"]["ferplus_public_test_majority"] = {**figures, "title": "majority", "accuracy": 0.8765}
    text = render(card)
    assert text.index("### majority") < text.index("Barsoum et al. 2016") < text.index("| **model** | **0.876** |")
    assert "Barsoum" not in text[: text.index("### majority")]


def test_a_split_that_flatters_is_told_below_its_table(card: dict[str, Any]) -> None:
    figures = card["metrics"].pop("ckplus_unseen_subjects")
    card["metrics"]["ours_unseen_frames"] = {**figures, "title": "Ours", "warning": "Nobody is known: optimistic."}
    text = render(card)
    assert text.index("### Ours") < text.index("**Nobody is known: optimistic.**") < text.index("### Float against")


def test_a_card_of_other_data_does_not_speak_of_ferplus(card: dict[str, Any]) -> None:
    figures = card["metrics"].pop("ferplus_public_test")
    del card["metrics"]["ckplus_unseen_subjects"]
    card["metrics"]["ours_unseen_frames"] = {**figures, "title": "Ours, pictures never learnt from", "warning": ""}
    card["metrics"]["parity"]["on"] = "ours_unseen_frames"
    text = render(card)
    assert "On Ours, pictures never learnt from the int8 file" in text
    assert "4 further examples of the same sets chose epoch" in text
    assert "FERPlus" not in text


def test_the_split_that_was_asked_for_is_in_the_command(card: dict[str, Any]) -> None:
    card["training"].update(split="frame", limit=40)
    assert " --split frame --limit 40\n" in render(card)


def test_the_teachers_come_first_in_the_commands(card: dict[str, Any]) -> None:
    card["training"]["teachers"] = [
        {
            "seed": seed,
            "settings": {"architecture": "teacher", "epochs": 3, "precision": "bfloat16"},
            "features": "abc",
        }
        for seed in (7, 8)
    ]
    assert "dlib" not in render(card | {"training": card["training"] | {"teachers": []}})
    text = render(card)
    assert text.index("--out teacher-1 ") < text.index("--out teacher-2 ") < text.index("--teacher teacher-1 teacher-2")
    assert "--epochs 3 --precision bfloat16 --split-seed 7 --seed 8\n" in text
    assert "public domain" in text


def test_calibration_is_told(card: dict[str, Any]) -> None:
    text = render(card)
    assert "temperature 0.87" in text
    assert text.count("off by 0.043") == 2


@pytest.fixture
def reproduction() -> dict[str, Any]:
    def scores(accuracy: float) -> dict[str, float]:
        return {"accuracy": accuracy, "macro_f1": accuracy - 0.1}

    return {
        "settings": {"epochs": 25, "batch_size": 32},
        "data": [{"file": "ckplus.csv", "sha256": "0"}],
        "rows": [
            {
                "split": split,
                "seed": seed,
                "baseline": scores(0.3),
                "float": scores(accuracy + seed / 100),
                "int8": scores(accuracy - 0.02),
                "int8_peaks": scores(accuracy + 0.05),
            }
            for split, accuracy in (("frame", 0.95), ("sequence", 0.85), ("subject", 0.75))
            for seed in (7, 8)
        ],
    }


def test_the_sources_result_is_told_as_mean_and_range_over_the_seeds(
    card: dict[str, Any], reproduction: dict[str, Any]
) -> None:
    text = render(card, reproduction)
    assert "the seeds 7, 8" in text
    line = next(line for line in text.splitlines() if line.startswith("| person"))
    assert line.split(" | ")[1:3] == ["0.825 (0.820–0.830)", "0.730 (0.730–0.730)"]
    assert "| the source's network |" not in text  # the card does not tell of the peak frames


def test_a_table_of_some_rows_only_says_what_is_missing(card: dict[str, Any], reproduction: dict[str, Any]) -> None:
    reproduction["rows"] = [row for row in reproduction["rows"] if row["split"] == "frame"]
    reproduction["absent"] = {"subject": "no row by person: f.csv does not say which"}
    text = render(card, reproduction)
    assert "| person (nobody on both sides) | – | – | – | – | – |\n" in text
    assert "No row by person: f.csv does not say which.\n" in text
    assert "No row by film yet: the run was stopped before.\n" in text


def test_the_folds_are_told_with_their_intervals(card: dict[str, Any], reproduction: dict[str, Any]) -> None:
    measured = measure(np.arange(80) % 8, np.arange(80) // 2 % 8)
    frames = {**measured, "accuracy": 0.7654, "accuracy_interval": [0.7123, 0.8123]}
    reproduction["by_folds"] = {"folds": 10, "seed": 7, "people": 94, "frames": frames, "peaks": measured}
    text = " ".join(render(card, reproduction).split())
    assert "In 10 folds by person (seed 7, int8) all 94 people are measured with, each once" in text
    assert "accuracy 0.765 (0.712–0.812)" in text
    assert "On the 80 peak frames, one a film" in text


@pytest.mark.parametrize(
    "broken", [{}, [], {"rows": []}, {"rows": [{"split": "frame"}], "settings": {"epochs": 1}, "data": [{}]}]
)
def test_what_is_no_table_ends_in_a_sentence(card: dict[str, Any], broken: Any) -> None:
    with pytest.raises(TrainingError, match=r"reproduction\.json: is no table of reproduce-face"):
        render(card, broken)


def test_the_model_stands_beside_the_sources_network_on_the_same_people(
    card: dict[str, Any], reproduction: dict[str, Any]
) -> None:
    metrics = card["metrics"]
    peaks = {**metrics["ckplus_unseen_subjects"], "accuracy": 0.9876, "title": "peaks"}
    metrics["ckplus_unseen_subjects_peaks"] = peaks
    text = render(card, reproduction)
    assert "| the source's network | 0.730 | 0.630 | 0.800 | 0.700 |" in text
    assert "| **this model** | 0.938 |" in text
    assert "| 0.988 |" in text


def test_notes_of_a_person_are_kept_when_the_readme_is_written_again(
    card: dict[str, Any], reproduction: dict[str, Any], findings: dict[str, Any], tmp_path: Path
) -> None:
    for name, finding in findings.items():
        (tmp_path / name).write_text(json.dumps(finding), encoding="utf-8")
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    (tmp_path / "reproduction.json").write_text(json.dumps(reproduction), encoding="utf-8")
    (tmp_path / "notes.md").write_text("## What was tried\n\nMuch.\n", encoding="utf-8")
    write_readme(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text == render(card, reproduction, "## What was tried\n\nMuch.", findings)
    assert "| dim | 0.912 |" in text
    assert "Much." in text


VERSION, OTHER = "2026.11-0123abcd", "2026.10-4567cdef"
FIGURES = {"accuracy": 0.8, "accuracy_interval": [0.7, 0.9], "change": -0.05, "change_interval": [-0.1, 0.012]}
CONDITION = {"key": "dim", "title": "dim", "stand_in": False, "found": 0.9123}
PART = {"title": "News", "examples": 300, "subjects": 280}
KIND = {"kind": "age", "by": "faceres", "agreement": 0.83, "chance": 0.41, "unknown": 0}
GROUP = {"group": "30 to 44", "examples": 200, "accuracy": 0.812, "accuracy_interval": [0.75, 0.86], "expected": 0.83}
GAP = {"gap": -0.018, "gap_interval": [-0.06, 0.02], "macro_recall": 0.66}
RECALL = {"macro_recall": 0.7, "macro_recall_interval": [0.6, 0.8]}


@pytest.fixture
def findings() -> dict[str, Any]:
    read = {"models": {VERSION: FIGURES, OTHER: {**FIGURES, "accuracy": 0.7}}, "difference": 0.1}
    conditions = [
        {**CONDITION, **read, "difference_interval": [0.02, 0.18]},
        {**CONDITION, "title": "dark", "stand_in": True, "found": 0.0, "models": {}},
    ]
    kinds = [{**KIND, "groups": [{**GROUP, **GAP}, {"group": "under 20", "examples": 7}]}]
    rows = [
        {
            "left_out": "CK+",
            "examples": 159,
            "subjects": 19,
            "labels": ["anger", "fear"],
            "without": RECALL,
            "with": RECALL,
        },
        {
            "left_out": "Ours",
            "examples": 90,
            "subjects": None,
            "labels": ["anger"],
            "without": {**RECALL, "macro_recall": 0.6},
        },
    ]
    head = {"version": VERSION, "models": [VERSION, OTHER], "seed": 1, "limit": 300}
    return {
        "disturbed.json": {**head, "sets": [{**PART, "conditions": conditions}]},
        "groups.json": {**head, "sets": [{**PART, "models": {VERSION: kinds, OTHER: kinds}}]},
        "cross_sets.json": {"version": VERSION, "recipe": "Ten epochs of teacher 1.", "rows": rows},
    }


def test_what_is_known_beyond_the_card_is_told(card: dict[str, Any], findings: dict[str, Any]) -> None:
    text = render(card, findings=findings)
    for line in (
        "| dim | 0.912 | 0.800 | 0.700–0.900 | −0.050 | −0.100 to +0.012 | 0.700 | +0.100 | +0.020 to +0.180 |",
        "| dark† | 0.000 | – | – | – | – | – | – | – |",
        "### News: 300 faces of 280 people",
        "| age | 30 to 44 | 200 | 0.812 | 0.750–0.860 | 0.830 | −0.018 | −0.060 to +0.020 | 0.660 | −0.018 |",
        "| age | under 20 | 7 | – | – | – | – | – | – | – |",
        "age 0.83 (by chance 0.41)",
        "Ten epochs of teacher 1.",
        "| CK+ (19 people) | 159 | 2 | 0.700 | 0.600–0.800 | 0.700 | 0.600–0.800 |",
        "| mean |  |  | 0.650 |  | – |  |",
    ):
        assert line in text
    assert "[For whom](#for-whom)" in text
    assert "not measured" not in text[: text.index("## How good")]


def test_findings_of_another_version_are_not_told(card: dict[str, Any], findings: dict[str, Any]) -> None:
    older = {name: {**finding, "version": OTHER} for name, finding in findings.items()}
    assert render(card, findings=older) == render(card)
    assert "The error for each group of people was not measured" in " ".join(render(card).split())


@pytest.mark.parametrize("name", ["disturbed.json", "groups.json", "cross_sets.json"])
@pytest.mark.parametrize(
    "broken", [[], {}, {"version": VERSION}, {"version": VERSION, "models": [], "sets": [], "rows": 3}]
)
def test_a_finding_out_of_form_ends_in_a_sentence(card: dict[str, Any], name: str, broken: Any) -> None:
    with pytest.raises(TrainingError, match=f"{name}: out of form"):
        render(card, findings={name: broken})


def test_a_folder_without_a_card_gets_no_readme(tmp_path: Path) -> None:
    write_readme(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_table_cut_short_on_disk_is_named(card: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    (tmp_path / "reproduction.json").write_text('{"rows": [', encoding="utf-8")
    with pytest.raises(TrainingError, match=r"reproduction\.json: cannot be read"):
        write_readme(tmp_path)
