import json
from pathlib import Path

import pytest
from rich.console import Console

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
    assert set(percent["figures"]) == {"float", "int8", "constant_mean"}
    assert abs(percent["figures"]["float"]["mae"] - percent["figures"]["int8"]["mae"]) < 1
    assert set(labels["figures"]) == {"float", "int8", "class_prior", "all_ones"}
    assert json.loads((tmp_path / FILE).read_text(encoding="utf-8"))["rows"] == [percent, labels]
    assert "mel-cnn-small, scaled" in (tmp_path / PAGE).read_text(encoding="utf-8")
    curve = json.loads((tmp_path / "learning" / "mel-cnn-small-scaled.json").read_text(encoding="utf-8"))
    assert len(curve["history"]) == percent["epochs"]
    assert (tmp_path / "pictures" / "mel-cnn-multilabel-labels.png").is_file()

    percent["figures"]["float"]["mae"] = 0.123  # so that a row made again would show
    (tmp_path / FILE).write_text(json.dumps({"schema": 1, "rows": [percent, labels]}), encoding="utf-8")
    assert reproduce(request, data, tmp_path, SETTINGS, QUIET) == [percent, labels]
    (other,) = reproduce(Request(["mel-cnn-small-scaled"]), data, tmp_path, RowSettings(seconds=3, epochs=1), QUIET)
    assert other["figures"]["float"]["mae"] != 0.123


def test_the_pretrained_model_gets_a_new_head_and_is_one_more_row(clips: Path, cache: Path, tmp_path: Path) -> None:
    from tools.music_emotion.reproduction.reproduction import Request, reproduce

    (row,) = reproduce(Request(["musicnn-va"], MODEL), Data([clips], cache), tmp_path, SETTINGS, QUIET)
    assert row["figures"]["int8"]["mae"] < 0.6 * row["figures"]["constant_mean"]["mae"]  # loud noise and soft tones
    assert row["settings"]["model_sha256"]
    with pytest.raises(TrainingError, match="none is named") as caught:
        reproduce(Request(["musicnn-va"]), Data([clips], cache), tmp_path, SETTINGS, QUIET)
    assert "--model" in caught.value.mend


def test_one_network_is_written_as_a_folder_with_its_card(clips: Path, cache: Path, tmp_path: Path) -> None:
    from tools.audio.features import FeatureSettings, Scaler
    from tools.music_emotion.reproduction.train_one import train_one

    card = train_one("mel-cnn-small", Data([clips], cache), tmp_path / "out", SETTINGS, QUIET)
    assert json.loads((tmp_path / "out" / "card.json").read_text(encoding="utf-8")) == card
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["card.json", "model.tflite", "scaler.npz"]
    assert (card["architecture"], card["scaled"], card["seed"], len(card["labels"])) == ("mel-cnn-small", True, 0, 8)
    assert FeatureSettings(**card["features"]).shape == (128, 130)
    assert Scaler.load(tmp_path / "out" / card["scaler"]).mean.shape == (128,)
    assert card["model_bytes"] == (tmp_path / "out" / "model.tflite").stat().st_size
    assert card["terms"]


def test_what_is_no_network_of_the_source_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    from tools.music_emotion.reproduction.train_one import train_one

    for name in ("musicnn-va", "mel-rnn"):
        with pytest.raises(TrainingError, match=name):
            train_one(name, Data([tmp_path / "absent"], tmp_path), tmp_path / "out", SETTINGS, QUIET)
    assert list(tmp_path.iterdir()) == []
