import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.errors import ModelError
from tools.conversion.int8 import check_operators
from tools.music_emotion.clips import read_clips
from tools.music_emotion.golden import draw_patch
from tools.music_emotion.log_mel import PATCH_LENGTH, SAMPLE_RATE
from tools.music_emotion.music_model import MusicModel, read_card
from tools.music_emotion.readme import render
from tools.song_library.decode import decode
from tools.song_library.excerpts import spread_excerpts

FOLDER = Path(__file__).parents[3] / "models" / "music_emotion"


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    return read_card(FOLDER)


@pytest.fixture(scope="module")
def model() -> MusicModel:
    return MusicModel(FOLDER)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped folder, to be spoilt."""
    return Path(shutil.copytree(FOLDER, tmp_path / "music_emotion"))


def test_the_model_is_small_and_the_old_runtime_reads_its_operators(card: dict[str, Any]) -> None:
    content = (FOLDER / "model.tflite").read_bytes()
    assert len(content) == card["model_bytes"] <= 1_500_000
    assert "CONV_2D" in check_operators(content)


def test_the_readme_is_the_card_in_words(card: dict[str, Any]) -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == render(card)


def test_the_card_beats_the_constant_mean_on_both_axes_even_in_unknown_genres(card: dict[str, Any]) -> None:
    for figures in card["metrics"].values():
        for axis in ("valence", "arousal"):
            assert figures[axis]["model"]["r2"] > 0.3
            assert figures[axis]["baseline"]["r2"] <= 0
            assert figures[axis]["model"]["mae"] < figures[axis]["baseline"]["mae"]


def test_the_card_states_parity_and_terms(card: dict[str, Any]) -> None:
    assert card["parity"]["embedding_cosine_smallest"] > 0.99
    assert card["parity"]["folding_largest_difference"] < 1e-3
    assert "non-commercial" in card["terms"]
    assert "ISC" in card["terms"]


def test_the_golden_example_is_the_drawn_patch_and_comes_out_as_stored(model: MusicModel) -> None:
    with np.load(FOLDER / "golden.npz") as golden:
        assert golden["input"].dtype == golden["output"].dtype == np.int8
        # int8 steps of a log-mel value that reaches 6.55
        assert np.corrcoef(golden["input"].ravel(), draw_patch().ravel())[0, 1] > 0.999
        assert golden["output"].std() > 10
    assert model.run_golden() <= 6


def test_a_fast_bright_beat_is_livelier_than_a_soft_low_tone(model: MusicModel) -> None:
    seconds = np.arange(PATCH_LENGTH) / SAMPLE_RATE
    soft = (0.05 * np.sin(2 * np.pi * 220 * seconds)).astype(np.float32)
    clicks = np.exp(-(seconds % 0.125) * 60) * np.random.default_rng(0).normal(0, 0.5, PATCH_LENGTH)
    quiet, loud = (model.judge(sound[np.newaxis].astype(np.float32)) for sound in (soft, clicks))
    assert loud.arousal > quiet.arousal + 0.5
    assert all(-1 <= value <= 1 for place in (quiet, loud) for value in (place.valence, place.arousal))


def test_a_songs_embedding_is_the_mean_over_its_excerpts(model: MusicModel) -> None:
    excerpts = np.random.default_rng(0).normal(0, 0.1, (3, PATCH_LENGTH)).astype(np.float32)
    single = [model.embed(excerpt[np.newaxis]) for excerpt in excerpts]
    assert model.embed(excerpts) == pytest.approx(np.mean(single, axis=0))


@pytest.mark.parametrize("name", ["model.tflite", "head.npz", "card.json"])
@pytest.mark.parametrize("content", [None, b"", b"torn"])
def test_a_part_that_is_missing_or_torn_is_named(copy: Path, name: str, content: bytes | None) -> None:
    if content is None:
        (copy / name).unlink()
    else:
        (copy / name).write_bytes(content)
    with pytest.raises(ModelError, match=name):
        MusicModel(copy)


@pytest.mark.parametrize(
    ("key", "value"), [("schema", 2), ("sample_rate", 22050), ("n_mels", 128), ("patch_frames", 94)]
)
def test_a_model_that_hears_otherwise_is_refused(copy: Path, key: str, value: int) -> None:
    card = json.loads((copy / "card.json").read_text(encoding="utf-8"))
    (copy / "card.json").write_text(json.dumps({**card, key: value}), encoding="utf-8")
    with pytest.raises(ModelError, match=f"{key} is {value}"):
        MusicModel(copy)


def test_a_card_without_its_sigma_is_refused(copy: Path) -> None:
    card = json.loads((copy / "card.json").read_text(encoding="utf-8"))
    del card["sigma"]
    (copy / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match="misses sigma"):
        MusicModel(copy)


def test_a_head_of_another_backbone_is_refused(copy: Path) -> None:
    np.savez(copy / "head.npz", weights=np.zeros((200, 2)), offset=np.zeros(2))
    with pytest.raises(ModelError, match="do not belong together"):
        MusicModel(copy)


def test_a_runtime_that_answers_otherwise_is_found_out(copy: Path) -> None:
    with np.load(copy / "golden.npz") as golden:
        patch, answer = golden["input"], golden["output"].astype(int)
    np.savez(copy / "golden.npz", input=patch, output=np.clip(answer + 20, -128, 127).astype(np.int8))
    with pytest.raises(ModelError, match="20 steps off"):
        MusicModel(copy).run_golden()
    (copy / "golden.npz").unlink()
    with pytest.raises(ModelError, match=r"golden\.npz"):
        MusicModel(copy).run_golden()


@pytest.mark.data
def test_the_clips_it_was_fitted_on_are_placed_near_their_ratings(model: MusicModel) -> None:
    data = os.environ.get("MIEN_DATA")
    if not data:
        pytest.skip("MIEN_DATA does not name the folder with the research data")
    clips = read_clips(Path(data) / "music" / "clips-va")
    places = []
    for path in clips.paths[::8]:
        blocks = decode(path, sample_rate=SAMPLE_RATE)
        place = model.judge(spread_excerpts(blocks, length=PATCH_LENGTH, sample_rate=SAMPLE_RATE).audio)
        places.append((place.valence, place.arousal))
    # Fitted on, so better than the card's figures: this shows that training and analysis prepare the sound alike.
    for axis, floor in ((0, 0.75), (1, 0.9)):
        assert np.corrcoef(np.array(places)[:, axis], clips.targets[::8, axis])[0, 1] > floor
