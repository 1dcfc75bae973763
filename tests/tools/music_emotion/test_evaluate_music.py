"""Measuring the shipped music model from the command line."""

import csv
import json
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tools.__main__ import main
from tools.music_emotion.datasets.songs import USUAL_DEVIATION

MODEL = Path(__file__).parents[3] / "models" / "music_emotion"
RATE, CLIPS = 16_000, 20


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Half the clips are soft low tones and calm, half are loud beats and lively; valence has nothing to do with it."""
    folder = tmp_path / "clips"
    (folder / "audio").mkdir(parents=True)
    seconds = np.arange(3 * RATE) / RATE
    random = np.random.default_rng(0)
    rows = ["song_id,genre,valence,arousal"]
    for number in range(CLIPS):
        lively = number % 2
        beat = np.exp(-(seconds % 0.125) * 60) * random.normal(0, 0.4, len(seconds))
        tone = 0.05 * np.sin(2 * np.pi * random.uniform(150, 300) * seconds)
        soundfile.write(folder / "audio" / f"{number}.wav", beat if lively else tone, RATE)
        arousal = random.uniform(3, 9) if lively else random.uniform(-9, -3)
        rows.append(f"{number},{'ab'[number // 12]},{random.uniform(-9, 9):.1f},{arousal:.1f}")
    (folder / "annotations.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def evaluate(clips: Path, out: Path, *more: str, model: Path = MODEL) -> int:
    return main(["evaluate-music", "--model", str(model), "--data", str(clips), "--out", str(out), *more])


def figures_in(out: Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    return figures


def test_the_report_is_printed_and_written(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clips / "audio" / "5.wav").write_text("no sound")
    assert evaluate(clips, tmp_path / "out") == 0
    (of_set,) = figures_in(tmp_path / "out")["sets"]
    assert (of_set["name"], of_set["songs"], of_set["learnt"]) == ("clips", CLIPS - 1, False)
    assert [entry["song"] for entry in of_set["passed"]] == ["5"]
    rated = of_set["rated"]
    assert rated["arousal"]["model"]["pearson_r"] > 0.8
    assert rated["arousal"]["constant_mean"]["r2"] == 0
    assert {name: group["songs"] for name, group in rated["groups"].items()} == {"a": 11, "b": 8}
    for k in "123":
        assert rated["percent"][k]["share"] < 1
        assert rated["retrieval"][k]["random"] < rated["retrieval"][k]["model"] <= rated["retrieval"][k]["best"]
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == [
        "clips-labels.png",
        "clips-plane.png",
        "clips-predictions.png",
    ]
    printed = capsys.readouterr().out
    assert "constant mean" in printed
    assert "1 passed over" in printed
    assert "learnt from" not in printed


def test_another_deviation_of_ratings_and_other_rectangles_need_no_listening(clips: Path, tmp_path: Path) -> None:
    shared = ("--cache", str(tmp_path / "cache"))
    evaluate(clips, tmp_path / "usual", *shared)
    (memory,) = (tmp_path / "cache").iterdir()
    before = memory.read_bytes()
    assert before.count(b"\n") == CLIPS
    evaluate(clips, tmp_path / "wide", "--true-deviation", "0.6", "--k", "1", "1.5", *shared)
    assert memory.read_bytes() == before
    assert not (tmp_path / "wide" / "cache").exists()
    usual, wide = figures_in(tmp_path / "usual"), figures_in(tmp_path / "wide")
    assert (usual["true_deviation"], wide["true_deviation"]) == (USUAL_DEVIATION, 0.6)
    usual_rated, wide_rated = (figures["sets"][0]["rated"] for figures in (usual, wide))
    assert wide_rated["valence"] == usual_rated["valence"]
    assert list(wide_rated["percent"]) == ["1", "1.5"]
    # wider rectangles are more alike, so a constant comes nearer
    assert wide_rated["percent"]["1"]["constant_mean"] < usual_rated["percent"]["1"]["constant_mean"]


def test_a_model_that_learnt_from_these_clips_is_flagged(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Path(shutil.copytree(MODEL, tmp_path / "model"))
    card = json.loads((model / "card.json").read_text(encoding="utf-8"))
    card["data"][0]["sha256"] = sha256((clips / "annotations.csv").read_bytes()).hexdigest()
    (model / "card.json").write_text(json.dumps(card), encoding="utf-8")
    assert evaluate(clips, tmp_path / "out", model=model) == 0
    assert figures_in(tmp_path / "out")["sets"][0]["learnt"] is True
    printed = capsys.readouterr().out
    assert "learnt from these very annotations" in printed
    assert "card: " in printed


def test_a_folder_without_songs_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert evaluate(tmp_path / "empty", tmp_path / "out") == 65
    assert "empty" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_clips_of_which_none_can_be_heard_are_refused(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (clips / "audio").iterdir():
        path.write_bytes(b"")
    assert evaluate(clips, tmp_path / "out") == 65
    assert "clips: not one song can be heard; 0: " in capsys.readouterr().err
    assert not (tmp_path / "out" / "evaluation.json").exists()


def test_a_folder_without_a_model_is_refused(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(clips, tmp_path / "out", model=tmp_path) != 0
    assert "card.json" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [("--k", "0"), ("--k", "-1"), ("--true-deviation", "0"), ("--true-deviation", "inf")])
def test_options_that_make_no_sense_are_refused(
    words: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        evaluate(tmp_path, tmp_path / "out", *words)
    assert caught.value.code == 2
    assert "not above 0" in capsys.readouterr().err


@pytest.mark.data
def test_clips_that_the_shipped_model_was_fitted_on_are_told_apart(tmp_path: Path) -> None:
    data = os.environ.get("MIEN_DATA")
    if not data:
        pytest.skip("MIEN_DATA does not name the folder with the research data")
    original = Path(data) / "music" / "clips-va"
    with (original / "annotations.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    (tmp_path / "clips" / "audio").mkdir(parents=True)
    for row in rows[::5]:
        name = f"{row[header.index('song_id')]}.flac"
        (tmp_path / "clips" / "audio" / name).symlink_to(original / "audio" / name)
    with (tmp_path / "clips" / "annotations.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows[::5]])
    assert evaluate(tmp_path / "clips", tmp_path / "out") == 0
    (of_set,) = figures_in(tmp_path / "out")["sets"]
    rated = of_set["rated"]
    assert of_set["passed"] == []
    # Fitted on these clips among others, so better than the card's figures.
    assert rated["valence"]["model"]["r2"] > 0.45
    assert rated["arousal"]["model"]["r2"] > 0.75
    assert rated["percent"]["2"]["share"] < 0.6
    assert rated["retrieval"]["1"]["model"] > 0.75
    assert rated["retrieval"]["1"]["random"] < 0.45
