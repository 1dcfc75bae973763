"""Every network of the catalogue, from a folder in DEAM's layout to the song that plays."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from device.recommendation.song_table import PROBABILITIES
from tests.tools.music_emotion.whole_way import tools, walk_to_the_song
from tools.music_emotion.evaluation.report import EVALUATION
from tools.music_emotion.reproduction.catalogue import ARCHITECTURES, MUSICNN_VA, RowSettings
from tools.music_emotion.reproduction.material import Data

pytestmark = pytest.mark.training

NETWORKS = [architecture.slug for architecture in ARCHITECTURES if architecture.name != MUSICNN_VA]


@pytest.fixture(scope="module")
def models(deam: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the model of every row, trained on twelve songs."""
    from tools.music_emotion.reproduction.reproduction import Request, reproduce

    out = tmp_path_factory.mktemp("whole way")
    rows = reproduce(Request(), Data([deam], cache), out, RowSettings(seconds=3, epochs=1), Console(quiet=True))
    assert len(rows) == len(NETWORKS)
    return out / "models"


@pytest.mark.parametrize("slug", NETWORKS)
def test_a_network_makes_the_table_that_the_box_plays_from(
    slug: str, models: Path, music: Path, tmp_path: Path
) -> None:
    table, printed = walk_to_the_song(models / slug, music, tmp_path)
    card = json.loads((models / slug / "card.json").read_text(encoding="utf-8"))
    assert (table.header.music_model, table.header.shares) == (card["version"], card["answers"]["kind"])
    assert ("probabilities" in printed) == (table.header.shares == PROBABILITIES)


def test_a_network_is_measured_and_looked_at_like_the_model_that_ships(
    deam: Path, models: Path, music: Path, tmp_path: Path
) -> None:
    model, table = models / "mel-cnn-small-scaled", tmp_path / "songs.sqlite"
    tools("evaluate-music", "--data", deam, "--model", model, "--out", tmp_path / "evaluation")
    (measured,) = json.loads((tmp_path / "evaluation" / EVALUATION).read_text(encoding="utf-8"))["sets"]
    assert measured["learnt"]  # these very songs
    assert list(measured["rated"]["percent"]) == list(measured["rated"]["retrieval"]) == ["1"]
    tools("analyse", music, "--table", table, "--model", model, "--workers", "1", "--least-seconds", "0")
    tools("report", table, "--out", tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "what the music model’s network says of each mood" in page
