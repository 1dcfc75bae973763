import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from device.emotion.labels import NEUTRAL, SONG_LABELS
from tests.tools.music_emotion.whole_way import walk_to_the_song
from tools.errors import TrainingError
from tools.music_emotion.reproduction.catalogue import RowSettings
from tools.music_emotion.reproduction.material import Data

pytestmark = pytest.mark.training

QUIET = Console(quiet=True)
SETTINGS = RowSettings(seconds=3, epochs=2, patience=1)
MODEL = Path(__file__).parents[4] / "models" / "music_emotion"


def test_rows_are_measured_beside_the_baselines_kept_and_made_again_only_if_something_changed(
    clips: Path, cache: Path, tmp_path: Path
) -> None:
    from tools.music_emotion.reproduction.reproduction import FILE, PAGE, Request, reproduce

    request, data = Request(["mel-cnn-small-scaled", "mel-cnn-multilabel"]), Data([clips], cache)
    percent, labels = reproduce(request, data, tmp_path, SETTINGS, QUIET)
    assert [percent["row"], labels["row"]] == ["mel-cnn-small, scaled", "mel-cnn-multilabel"]
    assert set(percent["figures"]) == {"truth", "float", "int8", "constant_mean"}
    assert abs(percent["figures"]["float"]["mae"] - percent["figures"]["int8"]["mae"]) < 1
    assert set(labels["figures"]) == {"truth", "float", "int8", "class_prior", "all_ones"}
    assert json.loads((tmp_path / FILE).read_text(encoding="utf-8"))["rows"] == [percent, labels]
    assert "mel-cnn-small, scaled" in (tmp_path / PAGE).read_text(encoding="utf-8")
    curve = json.loads((tmp_path / "learning" / "mel-cnn-small-scaled.json").read_text(encoding="utf-8"))
    assert len(curve["history"]) == percent["epochs"]
    assert {path.name for path in (tmp_path / "pictures").glob("mel-cnn-multilabel-*")} == {
        f"mel-cnn-multilabel-{kind}.png" for kind in ("learning", "labels", "means", "counts")
    }
    model = tmp_path / percent["kept_model"]["folder"] / "model.tflite"
    assert model.parts[-3:] == ("models", "mel-cnn-small-scaled", "model.tflite")
    assert model.stat().st_size == percent["model_bytes"]

    percent["figures"]["float"]["mae"] = 0.123  # so that a row made again would show
    (tmp_path / FILE).write_text(json.dumps({"schema": 2, "rows": [percent, labels]}), encoding="utf-8")
    assert reproduce(request, data, tmp_path, SETTINGS, QUIET) == [percent, labels]
    model.unlink()
    only = ["mel-cnn-small-scaled"]
    assert reproduce(Request(only, keep=False), data, tmp_path, SETTINGS, QUIET) == [percent]
    (again,) = reproduce(Request(only), data, tmp_path, SETTINGS, QUIET)
    assert again["figures"]["float"]["mae"] != 0.123
    assert model.is_file()
    for lost in ("golden.npz", "scaler.npz"):
        model.with_name(lost).unlink()
        reproduce(Request(only), data, tmp_path, SETTINGS, QUIET)
        assert model.with_name(lost).is_file(), "a model that lacks a file is of no use"


def test_the_grid_and_another_rule_make_rows_and_a_model_of_their_own(
    clips: Path, cache: Path, music: Path, tmp_path: Path
) -> None:
    from tools.music_emotion.reproduction.reproduction import FILE, KeptRows, Request, reproduce

    settings = replace(SETTINGS, epochs=1, plane="grid", label_rule="largest")
    request = Request(["mel-cnn-multilabel", "musicnn-va"], MODEL)
    percent, labels = reproduce(request, Data([clips], cache), tmp_path, settings, QUIET)
    assert percent["labels"] == labels["labels"] == [*SONG_LABELS, NEUTRAL]
    for row in (percent, labels):
        songs = row["data"]["songs"]["test"]
        assert sum(row["figures"]["truth"]["songs"]) == songs, "every song has one label"
        assert [len(row["figures"]["int8"][key]) for key in ("mean_percent", "songs")] == [9, 9]
    assert sum(percent["figures"]["int8"]["mean_percent"]) == pytest.approx(100, abs=0.01)
    kept = KeptRows(tmp_path / FILE)
    octants = {**labels["settings"], "plane": "octants"}
    assert kept.find(labels["row"], octants, labels["data"]["sha256"]) is None
    assert kept.find(labels["row"], labels["settings"], labels["data"]["sha256"]) == labels
    table, _ = walk_to_the_song(tmp_path / labels["kept_model"]["folder"], music, tmp_path / "box")
    assert len(table.songs) == 3


def test_the_pretrained_model_gets_a_new_head_and_is_one_more_row(clips: Path, cache: Path, tmp_path: Path) -> None:
    from tools.music_emotion.reproduction.reproduction import Request, reproduce

    (row,) = reproduce(Request(["musicnn-va"], MODEL), Data([clips], cache), tmp_path, SETTINGS, QUIET)
    assert row["figures"]["int8"]["mae"] < 0.6 * row["figures"]["constant_mean"]["mae"]  # loud noise and soft tones
    assert row["settings"]["model_sha256"]
    with pytest.raises(TrainingError, match="none is named") as caught:
        reproduce(Request(["musicnn-va"]), Data([clips], cache), tmp_path, SETTINGS, QUIET)
    assert "--model" in caught.value.mend


def test_one_network_is_written_as_a_folder_with_its_card(clips: Path, cache: Path, tmp_path: Path) -> None:
    from tools.audio.features import Scaler
    from tools.music_emotion.reproduction.network_folder import train_one

    card = train_one("mel-cnn-small", Data([clips], cache), tmp_path / "out", SETTINGS, QUIET)
    assert json.loads((tmp_path / "out" / "card.json").read_text(encoding="utf-8")) == card
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"README.md", "card.json", "golden.npz", "model.tflite", "scaler.npz"}
    assert (card["architecture"], card["scaled"], card["seed"]) == ("mel-cnn-small", True, 0)
    assert (card["plane"], card["label_rule"], card["answers"]["labels"]) == ("octants", "source", list(SONG_LABELS))
    assert Scaler.load(tmp_path / "out" / card["hears"]["scaler"]).mean.shape == (card["hears"]["n_mels"],) == (128,)
    assert card["model_bytes"] == (tmp_path / "out" / "model.tflite").stat().st_size
    assert card["terms"]


def test_what_is_no_network_of_the_source_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    from tools.music_emotion.reproduction.network_folder import train_one

    for name in ("musicnn-va", "mel-rnn"):
        with pytest.raises(TrainingError, match=name):
            train_one(name, Data([tmp_path / "absent"], tmp_path), tmp_path / "out", SETTINGS, QUIET)
    assert list(tmp_path.iterdir()) == []
