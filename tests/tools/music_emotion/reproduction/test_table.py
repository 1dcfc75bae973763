from typing import Any

import pytest

from device.emotion.labels import SONG_LABELS
from tools.music_emotion.reproduction.scores import AVERAGES
from tools.music_emotion.reproduction.table import render_table

DATA = {
    "sets": [{"name": "toy-clips", "songs": 30}],
    "left_out": ["emopia: it names quadrants, not places"],
    "songs": {"train": 20, "validation": 4, "test": 6},
}


def row(name: str, figures: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "row": name,
        "summary": "log-mel",
        "multilabel": False,
        "source": {"mae": 9.36},
        "deam_constant_mean": 12.0,
        "labels": SONG_LABELS,
        "kept_model": None,
        "figures": figures,
        "training_seconds": 31.4,
        "model_bytes": 2048,
        "settings": {"seconds": 6.0, "k": 1, "seed": 0, "plane": "octants", "label_rule": "source"},
        "data": DATA,
        **more,
    }


def by_label(mean: float) -> dict[str, list[float]]:
    return {"mean_percent": [mean] * 8, "songs": [6, *[round(mean / 10)] * 7]}


@pytest.fixture
def percent() -> dict[str, Any]:
    errors = {"float": 9.0, "int8": 9.1, "constant_mean": 13.0}
    said = {name: {"mae": error, "mae_by_label": [error] * 8, **by_label(20 + error)} for name, error in errors.items()}
    return row("mel-cnn", {"truth": by_label(12.5), **said})


@pytest.fixture
def labels() -> dict[str, Any]:
    entry = {"precision": 0.5, "recall": 0.6, "f1": 0.55, "support": 7}
    scored = {
        "loss": 0.5,
        "micro_f1": 0.6,
        "threshold": 0.35,
        "report": dict.fromkeys((*SONG_LABELS, *AVERAGES), entry),
        **by_label(60),
    }
    figures: dict[str, Any] = {"truth": by_label(50)} | dict.fromkeys(("float", "int8", "class_prior"), scored)
    figures["all_ones"] = {**scored, "loss": None, "threshold": None}
    return row(
        "mel-cnn-multilabel", figures, multilabel=True, source={"loss": 0.56, "micro_f1": 0.59, "threshold": 0.4}
    )


def test_every_row_stands_beside_the_source_and_the_constant_mean(percent: dict[str, Any]) -> None:
    lines = render_table([percent]).splitlines()
    assert "| mel-cnn | log-mel | 9.00 | 9.10 | 0.70 | 9.36 | 31 | 2 |" in lines
    assert "| constant mean | no model | 13.00 | 13.00 | 1.00 | (12.0) | – | – |" in lines


def test_a_row_without_a_float_network_or_a_source_has_gaps(percent: dict[str, Any]) -> None:
    del percent["figures"]["float"]
    percent["source"] = {}
    assert "| mel-cnn | log-mel | – | 9.10 | 0.70 | – | 31 | 2 |" in render_table([percent]).splitlines()


def test_songs_that_are_all_alike_leave_nothing_to_divide_by(percent: dict[str, Any]) -> None:
    percent["figures"]["constant_mean"]["mae"] = 0.0
    assert "| 9.10 | – |" in render_table([percent])


def test_other_data_than_deam_is_named_as_such(percent: dict[str, Any]) -> None:
    text = render_table([percent])
    assert "**This is not DEAM's data**" in text
    assert "toy-clips (30 songs)" in text
    assert "emopia: it names quadrants, not places" in text
    deam = {**DATA, "sets": [{"name": "deam", "songs": 1802}], "left_out": []}
    assert "not DEAM" not in render_table([{**percent, "data": deam}])


def test_the_labels_stand_beside_both_trivial_answers_and_the_source(labels: dict[str, Any]) -> None:
    lines = render_table([labels]).splitlines()
    assert "| mel-cnn-multilabel, float | 0.50 | 0.60 | 0.35 |" in lines
    assert "| all ones (every label) | – | 0.60 | – |" in lines
    assert "| source, on DEAM | 0.56 | 0.59 | 0.40 |" in lines
    assert "| tired | 0.50 | 0.60 | 0.55 | 0.55 | 0.55 | 0.55 | 0.64 | 7 |" in lines
    assert "| *samples average* | 0.50 | 0.60 | 0.55 | 0.55 | 0.55 | 0.55 | 0.60 | 7 |" in lines


def test_each_labels_means_and_counts_stand_below_the_truth_and_above_the_constant(
    percent: dict[str, Any], labels: dict[str, Any]
) -> None:
    text = render_table([percent, labels])
    means, counts, errors = text.split("| mean percentage |")[1].split("\n\n")[:3]
    assert means.splitlines()[2:] == [
        f"| {name} |{f' {value} |' * 8}"
        for name, value in (("true", 12.5), ("mel-cnn", 29.1), ("always the mean", 33.0))
    ]
    assert counts.splitlines()[2] == f"| true | 6 |{' 1 |' * 7}"
    assert errors.splitlines()[2] == f"| mel-cnn |{' 9.1 |' * 8}"
    assert f"| mel-cnn-multilabel, int8 |{' 60.0 |' * 8}" in text.splitlines()


def test_another_cut_of_the_plane_another_rule_and_what_is_kept_are_said(percent: dict[str, Any]) -> None:
    assert "every label above 13 %, as in the source" in render_table([percent])
    settings = {**percent["settings"], "plane": "grid", "label_rule": "largest"}
    kept = {"folder": "models/mel-cnn", "version": "1"}
    text = render_table([{**percent, "settings": settings, "kept_model": kept}])
    assert "**The plane is cut otherwise than by the source**" in text
    assert "the one label whose percentage is the largest" in text
    assert "`models/mel-cnn`." in text


def test_every_line_of_a_table_has_as_many_cells(percent: dict[str, Any], labels: dict[str, Any]) -> None:
    for block in render_table([percent, labels]).split("\n\n"):
        cells = {line.count("|") for line in block.splitlines() if line.startswith("|")}
        assert len(cells) <= 1
