import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.errors import ModelError
from tools.model_making.int8 import check_operators
from tools.music_emotion.datasets.clips_va import read_clips_va
from tools.music_emotion.model.golden import draw_patch
from tools.music_emotion.model.loading import load_music_model, read_card
from tools.music_emotion.model.log_mel import PATCH_LENGTH, SAMPLE_RATE
from tools.music_emotion.model.model_input import excerpts_of
from tools.music_emotion.model.music_model import MusicModel
from tools.music_emotion.model.musicnn_va import HEARING
from tools.music_emotion.model.rectangle import LISTENERS_DEVIATION
from tools.music_emotion.readme import write_readme

FOLDER = Path(__file__).parents[3] / "models" / "music_emotion"


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    return read_card(FOLDER)


@pytest.fixture(scope="module")
def model() -> MusicModel:
    return load_music_model(FOLDER)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped folder, to be spoilt."""
    return Path(shutil.copytree(FOLDER, tmp_path / "music_emotion"))


def test_the_model_is_small_and_the_old_runtime_reads_its_operators(card: dict[str, Any]) -> None:
    content = (FOLDER / "model.tflite").read_bytes()
    assert len(content) == card["model_bytes"] <= 1_500_000
    assert "CONV_2D" in check_operators(content)


def test_the_readme_is_the_folder_in_words(copy: Path) -> None:
    shipped = (FOLDER / "README.md").read_text(encoding="utf-8")
    (copy / "README.md").unlink()
    write_readme(copy)
    assert (copy / "README.md").read_text(encoding="utf-8") == shipped


@pytest.mark.parametrize(
    ("way", "axis", "floor"),
    [
        ("ten_fold", "valence", 0.55),
        ("ten_fold", "arousal", 0.78),
        ("leave_one_genre_out", "valence", 0.45),
        ("leave_one_genre_out", "arousal", 0.60),
    ],
)
def test_songs_not_learnt_from_are_placed_better_than_by_the_mean(
    card: dict[str, Any], way: str, axis: str, floor: float
) -> None:
    figures = card["metrics"][way][axis]
    assert figures["model"]["r2"] > floor
    assert figures["baseline"]["r2"] <= 0
    assert figures["model"]["mae"] < figures["baseline"]["mae"]


def test_their_percentages_and_their_neighbours_are_near_the_truth(card: dict[str, Any]) -> None:
    figures = card["metrics"]["ten_fold"]
    assert figures["percent"]["2"]["share"] <= 0.52
    assert figures["retrieval"]["1"]["model"] >= 0.82
    for k, retrieval in figures["retrieval"].items():
        assert retrieval["random"] < retrieval["model"] <= retrieval["best"]
        assert figures["percent"][k]["share"] < 0.6


def test_the_model_knows_how_far_off_it_may_be(card: dict[str, Any]) -> None:
    for way, (least, most) in {"ten_fold": (0.60, 0.76), "leave_one_genre_out": (0.55, 0.85)}.items():
        for axis in ("valence", "arousal"):
            deviations = card["metrics"][way][axis]["deviations"]
            assert least <= deviations["within_one"] <= most
            assert 0.88 <= deviations["within_two"] <= 1
    for axis in ("valence", "arousal"):
        deviations = card["metrics"]["ten_fold"][axis]["deviations"]
        assert deviations["negative_log_likelihood"] < deviations["constant_negative_log_likelihood"]
        assert LISTENERS_DEVIATION < card["table"]["sigma"][axis] < 0.4


def test_int8_says_what_both_published_networks_say(card: dict[str, Any]) -> None:
    assert list(card["parity"]) == ["MSD_musicnn", "MTT_musicnn"]
    for figures in card["parity"].values():
        assert figures["folding_largest_difference"] < 5e-3
    whole, thinned = card["parity"].values()  # the second one's first layer looks at an eighth of the places
    assert whole["embedding_cosine_mean"] > 0.99
    assert whole["embedding_cosine_centred_mean"] > 0.98
    assert whole["embedding_cosine_smallest"] > 0.97
    assert thinned["embedding_cosine_mean"] > 0.85
    assert thinned["embedding_cosine_centred_mean"] > 0.75


def test_the_card_describes_the_embedding_and_the_terms(card: dict[str, Any]) -> None:
    musicnn = sum(card["embedding"][name][part] for name in card["parity"] for part in ("time_means", "hidden"))
    with np.load(FOLDER / "head.npz") as head:
        assert head["weights"].shape == (musicnn + len(card["embedding"]["tonality"]), 2)
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
    quiet, loud = (model.place(model.embed(sound[np.newaxis].astype(np.float32))) for sound in (soft, clicks))
    assert loud.arousal > quiet.arousal + 0.5
    assert all(-1 <= value <= 1 for said in (quiet, loud) for value in (said.valence, said.arousal))
    assert all(0 < sigma < 1 for said in (quiet, loud) for sigma in (said.sigma_valence, said.sigma_arousal))


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
        load_music_model(copy)


@pytest.mark.parametrize(("key", "value"), [("sample_rate", 22050), ("n_mels", 128), ("patch_frames", 94)])
def test_a_model_that_hears_otherwise_is_refused(copy: Path, key: str, value: int) -> None:
    card = json.loads((copy / "card.json").read_text(encoding="utf-8"))
    card["hears"][key] = value
    (copy / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match=f"{key} is {value}"):
        load_music_model(copy)


def test_a_card_without_its_sigma_is_refused(copy: Path) -> None:
    card = json.loads((copy / "card.json").read_text(encoding="utf-8"))
    del card["table"]["sigma"]
    (copy / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match="sigma"):
        load_music_model(copy)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 3}, "schema is 3"),
        ({"answers": {"kind": "colours"}}, "'colours' is unknown"),
        ({"answers": None}, "answers is no object"),
        ({"version": 7}, "version"),
        ({"golden_tolerance_steps": 999}, "golden_tolerance_steps"),
    ],
)
def test_a_card_that_says_something_else_is_refused(copy: Path, change: dict[str, Any], words: str) -> None:
    card = json.loads((copy / "card.json").read_text(encoding="utf-8")) | change
    (copy / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match=words):
        load_music_model(copy)


def test_a_card_of_schema_1_is_still_read_and_one_that_tells_too_little_is_refused(copy: Path) -> None:
    card = json.loads((copy / "card.json").read_text(encoding="utf-8"))
    hears, table = (card.pop(name) for name in ("hears", "table"))
    old = card | hears | {"schema": 1, "sigma": table["sigma"]}
    del old["answers"]
    (copy / "card.json").write_text(json.dumps(old), encoding="utf-8")
    renewed = load_music_model(copy)
    assert (renewed.version, renewed.sigma_valence) == (card["version"], table["sigma"]["valence"])
    del old["sample_rate"]
    (copy / "card.json").write_text(json.dumps(old), encoding="utf-8")
    with pytest.raises(ModelError, match="earlier mien") as caught:
        load_music_model(copy)
    assert "--architecture" in caught.value.mend


def test_a_head_of_another_backbone_is_refused(copy: Path) -> None:
    with np.load(copy / "head.npz") as head:
        arrays = dict(head)
    for name in ("weights", "centre", "scale"):
        arrays[name] = arrays[name][:200]
    np.savez(copy / "head.npz", **{**arrays, "directions": arrays["directions"][:, :200]})
    with pytest.raises(ModelError, match="do not belong together"):
        load_music_model(copy)


def test_a_runtime_that_answers_otherwise_is_found_out(copy: Path) -> None:
    with np.load(copy / "golden.npz") as golden:
        patch, answer = golden["input"], golden["output"].astype(int)
    np.savez(copy / "golden.npz", input=patch, output=np.clip(answer + 20, -128, 127).astype(np.int8))
    with pytest.raises(ModelError, match="20 steps off"):
        load_music_model(copy).run_golden()
    (copy / "golden.npz").unlink()
    with pytest.raises(ModelError, match=r"golden\.npz"):
        load_music_model(copy).run_golden()


@pytest.mark.data
def test_the_clips_it_was_fitted_on_are_placed_near_their_ratings(model: MusicModel) -> None:
    data = os.environ.get("MIEN_DATA")
    if not data:
        pytest.skip("MIEN_DATA does not name the folder with the research data")
    clips = read_clips_va(Path(data) / "music" / "clips-va")
    said = [model.place(model.embed(excerpts_of(path, HEARING).audio)) for path in clips.paths[::8]]
    # Fitted on, so better than the card's figures: this shows that training and analysis prepare the sound alike.
    for axis, (name, floor) in enumerate({"valence": 0.75, "arousal": 0.9}.items()):
        assert np.corrcoef([getattr(one, name) for one in said], clips.places[::8, axis])[0, 1] > floor
