import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rich.console import Console

from device.errors import MienError
from tools.errors import AudioError, DatasetError
from tools.music_emotion.datasets.clips_va import read_clips_va
from tools.music_emotion.datasets.songs import AnnotatedSongs
from tools.music_emotion.model.head import IMPORTANCE
from tools.music_emotion.model.loading import load_music_model
from tools.music_emotion.model.model_input import excerpts_of
from tools.music_emotion.model.musicnn_va import HEARING
from tools.music_emotion.model.tonality import NAMES
from tools.music_emotion.readme import render
from tools.music_emotion.training import produce

pytestmark = pytest.mark.training

SAMPLE_RATE, SECONDS, CLIPS = 16_000, 7, 24


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Clips whose loudness of clicks is their arousal and whose pitch is their valence."""
    (tmp_path / "clips" / "audio").mkdir(parents=True)
    seconds = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    random = np.random.default_rng(2)
    rows = ["song_id,genre,valence,arousal"]
    for number in range(CLIPS):
        valence, arousal = random.uniform(-9, 9, 2)
        clicks = np.exp(-(seconds % 0.2) * 40) * random.normal(0, 0.02 * (arousal + 10), len(seconds))
        sound = clicks + 0.1 * np.sin(2 * np.pi * 40 * (valence + 12) * seconds)
        soundfile.write(tmp_path / "clips" / "audio" / f"{number}.flac", sound, SAMPLE_RATE)
        rows.append(f"{number},{'ab'[number % 2]},{valence:.2f},{arousal:.2f}")
    (tmp_path / "clips" / "annotations.csv").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path / "clips"


@pytest.fixture
def package() -> Path:
    folder = os.environ.get("MIEN_MUSICNN")
    if not folder:
        pytest.skip("MIEN_MUSICNN does not name the folder of the PyPI package musicnn 0.1.0")
    return Path(folder)


def test_a_model_folder_comes_out_that_an_analysis_can_use(clips: Path, package: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    out.mkdir()
    (out / "notes.md").write_text("## Tried\n\nThis and that.\n", encoding="utf-8")
    songs = read_clips_va(clips)
    card = produce(songs, package, out, seed=3, console=Console(quiet=True))
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md",
        "card.json",
        "golden.npz",
        "head.npz",
        "model.tflite",
        "notes.md",
    ]
    model = load_music_model(out)
    assert model.version == card["version"]
    assert model.run_golden() == 0
    assert card["data"][0]["examples"] == CLIPS
    assert list(card["parity"]) == ["MSD_musicnn", "MTT_musicnn"]
    for parity in card["parity"].values():
        assert parity["patches"] == CLIPS // 2 * 3  # half the clips calibrate, and each gives three patches
        assert parity["folding_largest_difference"] < 5e-3
    assert list(card["metrics"]) == ["ten_fold", "leave_one_genre_out"]
    assert card["metrics"]["ten_fold"]["arousal"]["model"]["r2"] > 0.5
    assert card["embedding"]["tonality"] == list(NAMES)
    assert list(card["head"]["importance"]) == list(IMPORTANCE)
    assert "This and that." in (out / "README.md").read_text(encoding="utf-8")
    assert (out / "README.md").read_text(encoding="utf-8") == render(card, None, "## Tried\n\nThis and that.\n")
    said = model.place(model.embed(excerpts_of(songs.paths[0], HEARING).audio))
    assert 0 < said.sigma_valence < 1
    assert 0 < said.sigma_arousal < 1


def test_a_silent_clip_is_named_and_nothing_is_written(clips: Path, tmp_path: Path) -> None:
    soundfile.write(clips / "audio" / "7.flac", np.zeros(SAMPLE_RATE), SAMPLE_RATE)
    with pytest.raises(AudioError, match=r"7\.flac"):
        produce(read_clips_va(clips), tmp_path, tmp_path / "model", seed=3, console=Console(quiet=True))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("change", [{"felt": True}, {"coarse": True}], ids=str)
def test_what_is_no_rating_of_the_music_is_refused(clips: Path, tmp_path: Path, change: dict[str, bool]) -> None:
    refused(replace(read_clips_va(clips), **change), tmp_path, "no ratings of what is heard")


def test_too_few_songs_are_refused(clips: Path, tmp_path: Path) -> None:
    refused(read_clips_va(clips).select(np.arange(19)), tmp_path, "19 songs are too few")


def refused(songs: AnnotatedSongs, folder: Path, why: str) -> None:
    with pytest.raises(DatasetError, match=why):
        produce(songs, folder, folder / "model", seed=3, console=Console(quiet=True))
    assert not (folder / "model").exists()


def test_without_the_package_nothing_is_written(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(MienError, match="musicnn"):
        produce(read_clips_va(clips), tmp_path, tmp_path / "model", seed=3, console=Console(quiet=True))
    assert not (tmp_path / "model").exists()
