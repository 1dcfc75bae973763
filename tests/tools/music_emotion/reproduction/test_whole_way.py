"""Every network of the catalogue, from a folder in DEAM's layout to the song that plays."""

import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from device.recommendation.song_table import PROBABILITIES
from tests.tools.music_emotion.whole_way import tools, walk_to_the_song, write_music
from tools.music_emotion.evaluation.report import EVALUATION
from tools.music_emotion.reproduction.catalogue import ARCHITECTURES, MUSICNN_VA, RowSettings
from tools.music_emotion.reproduction.material import Data

pytestmark = pytest.mark.training

SETTINGS = RowSettings(seconds=3, epochs=1)
NETWORKS = [architecture.slug for architecture in ARCHITECTURES if architecture.name != MUSICNN_VA]


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_music(tmp_path_factory.mktemp("whole way") / "music")


@pytest.mark.parametrize("slug", NETWORKS)
def test_a_network_that_was_trained_makes_the_table_that_the_box_plays_from(
    slug: str, deam: Path, cache: Path, music: Path, tmp_path: Path
) -> None:
    from tools.music_emotion.reproduction.train_one import train_one

    model = tmp_path / "model"
    card = train_one(slug, Data([deam], cache), model, SETTINGS, Console(quiet=True))
    assert json.loads((model / "card.json").read_text(encoding="utf-8")) == card
    expected = {"README.md", "card.json", "golden.npz", "model.tflite"} | ({"scaler.npz"} if card["scaled"] else set())
    assert {path.name for path in model.iterdir()} == expected
    assert card["model_bytes"] == (model / "model.tflite").stat().st_size
    assert card["terms"]
    table, printed = walk_to_the_song(model, music, tmp_path / "box")
    assert (table.header.music_model, table.header.shares) == (card["version"], card["answers"]["kind"])
    assert table.vectors.sum(axis=1) == pytest.approx(np.full(3, 100), abs=0.02)  # ranking knows them to .002
    assert ("probabilities" in printed) == (table.header.shares == PROBABILITIES)


def test_a_network_is_measured_like_the_model_that_ships(deam: Path, cache: Path, tmp_path: Path) -> None:
    from tools.music_emotion.reproduction.train_one import train_one

    model, out = tmp_path / "model", tmp_path / "out"
    train_one("mel-cnn-small", Data([deam], cache), model, SETTINGS, Console(quiet=True))
    tools("evaluate-music", "--data", deam, "--model", model, "--out", out)
    (measured,) = json.loads((out / EVALUATION).read_text(encoding="utf-8"))["sets"]
    assert measured["learnt"]  # these very songs
    assert list(measured["rated"]["percent"]) == list(measured["rated"]["retrieval"]) == ["1"]
