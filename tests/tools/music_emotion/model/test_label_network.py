"""The tables that the source's networks make, beside a recomputation in plain numpy."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from device.emotion.labels import NEUTRAL, SONG_LABELS
from device.emotion.tflite_model import TFLiteModel
from device.emotion.vectors import song_vectors
from device.errors import ModelError
from tools.audio.features import FeatureSettings, Scaler, log_mel_db
from tools.music_emotion.model.golden import draw_sound, write_golden
from tools.music_emotion.model.label_network import (
    LabelNetwork,
    fitted_label_places,
    label_centres,
    normalised,
    of_song_labels,
)
from tools.music_emotion.model.loading import load_music_model
from tools.music_emotion.model.music_model import agreed_k, shares_of

FINITE = st.floats(-300, 300, width=32)


@given(arrays(np.float32, (3, 8), elements=FINITE))
def test_answers_become_shares_of_100_whatever_a_network_says(answers: np.ndarray) -> None:
    percent = normalised(answers)
    assert (percent >= 0).all()
    assert percent.sum(axis=1) == pytest.approx([100, 100, 100])
    something = (answers > 0).any(axis=1, keepdims=True)
    assert (percent[something & (answers < 0)] == 0).all()


def test_a_network_that_says_nothing_gets_even_shares() -> None:
    assert normalised(np.array([[-3.0] * 8]))[0] == pytest.approx(np.full(8, 12.5))


def test_neutral_goes_to_the_others_in_equal_parts() -> None:
    percent = np.array([[20.0, 0, 0, 0, 0, 0, 0, 0, 80]])
    assert of_song_labels(percent)[0] == pytest.approx([30, *[10] * 7])
    octants = np.eye(8) * 100
    assert np.array_equal(of_song_labels(octants), octants)


@pytest.mark.parametrize("plane", ["octants", "grid"])
def test_the_centres_are_those_of_the_regions(plane: Any) -> None:
    """Drawn places, each given to its region by :func:`song_vectors` of a rectangle without area."""
    drawn = np.random.default_rng(0).uniform(-1, 1, (200_000, 2))
    regions = song_vectors(drawn[:, 0], drawn[:, 1], sigma_valence=0, sigma_arousal=0, plane=plane).argmax(axis=1)
    labels = (*SONG_LABELS, NEUTRAL)[: 9 if plane == "grid" else 8]
    means = np.array([drawn[regions == region].mean(axis=0) for region in range(len(labels))])
    assert label_centres(plane) == pytest.approx(means, abs=0.01)


def test_the_labels_places_are_fitted_to_the_songs() -> None:
    places = np.random.default_rng(1).uniform(-0.6, 0.6, (400, 2))
    percent = song_vectors(places[:, 0], places[:, 1], sigma_valence=0.3, sigma_arousal=0.3)
    fitted = fitted_label_places(percent, places, "octants")
    missed = np.sqrt(np.mean((percent @ fitted / 100 - places) ** 2))
    assert missed < 0.1
    assert missed < np.sqrt(np.mean((percent @ label_centres("octants") / 100 - places) ** 2))
    assert fitted == pytest.approx(label_centres("octants") * fitted[0, 0] / label_centres("octants")[0, 0])


TINY = Path(__file__).parents[3] / "device" / "emotion" / "models" / "int8.tflite"
"""Takes (1, 48, 48, 1), answers with eight values from 0 to 1."""
FEATURES = FeatureSettings(n_mels=48, seconds=47 * 512 / 22_050)  # 48 bands, 48 frames


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """Make a model's folder; keywords replace single values of the card's parts."""

    def make(*, scaled: bool = False, **changes: dict[str, Any]) -> Path:
        folder = tmp_path / "network"
        folder.mkdir()
        shutil.copy(TINY, folder / "model.tflite")
        scaler = Scaler(np.linspace(-60, -20, 48), np.linspace(5, 20, 48))
        if scaled:
            scaler.save(folder / "scaler.npz")
        centre = {"valence": 0.4, "arousal": -0.2}
        card: dict[str, Any] = {
            "schema": 2,
            "version": "2026.11-tiny",
            "golden_tolerance_steps": 8,
            "hears": {
                "view": "log-mel",
                "sample_rate": 22_050,
                "n_fft": 2048,
                "hop_length": 512,
                "n_mels": 48,
                "seconds": FEATURES.seconds,
                "scaler": "scaler.npz" if scaled else None,
            },
            "answers": {"kind": "percentages", "labels": list(SONG_LABELS)},
            "table": {
                "k": 2,
                "sigma": {"valence": 0.3, "arousal": 0.25},
                "missed": {"valence": 0.2, "arousal": 0.1},
                "label_places": dict.fromkeys(SONG_LABELS, centre),
            },
        }
        for part, values in changes.items():
            card[part] |= values
        (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
        bands = log_mel_db(draw_sound(FEATURES.length, FEATURES.sample_rate), FEATURES)
        shown = np.asarray(scaler.apply(bands) if scaled else bands)[None, :, :, None]
        write_golden(folder / "model.tflite", shown, folder / "golden.npz")
        return folder

    return make


@pytest.mark.parametrize(("scaled", "count"), [(False, 1), (True, 8), (True, 11)])
def test_shares_are_those_of_a_plain_recomputation(
    make_folder: Callable[..., Path], *, scaled: bool, count: int
) -> None:
    model = load_music_model(make_folder(scaled=scaled))
    sound = np.random.default_rng(2).normal(0, 0.1, (count, FEATURES.length)).astype(np.float32)
    said = model.place(model.embed(sound))

    network, answers = TFLiteModel(TINY), []
    for excerpt in sound if count <= 8 else sound[::2]:
        bands = log_mel_db(excerpt, FEATURES).astype(np.float64)
        if scaled:
            bands = (bands - np.linspace(-60, -20, 48)[:, None]) / np.linspace(5, 20, 48)[:, None]
        answers.append(network.run(bands[None, :, :, None].astype(np.float32))[0])
    mean = np.maximum(np.mean(answers, axis=0), 0)
    assert said.percent == pytest.approx(100 * mean / mean.sum(), abs=0.01)
    assert shares_of([said], 2)[0] == pytest.approx(said.percent)
    assert (said.valence, said.arousal) == pytest.approx((0.4, -0.2))  # where every label lies
    assert (said.sigma_valence, said.sigma_arousal) == (0.2, 0.1)


def test_a_folder_says_what_it_hears_and_of_which_rectangles_it_speaks(make_folder: Callable[..., Path]) -> None:
    model = load_music_model(make_folder())
    assert isinstance(model, LabelNetwork)
    assert (model.hearing.sample_rate, model.hearing.length) == (22_050, FEATURES.length)
    assert (model.version, model.shares, model.sigma_arousal) == ("2026.11-tiny", "percentages", 0.25)
    assert model.run_golden() == 0
    assert agreed_k(model, None) == agreed_k(model, 2) == 2
    with pytest.raises(ModelError, match="k = 2") as caught:
        agreed_k(model, 3)
    assert "--k 3" in caught.value.mend
    with pytest.raises(ModelError, match="k = 2") as caught:
        agreed_k(model, 1.5)
    assert caught.value.mend == "leave --k out"  # no network can learn that one


def test_what_the_answers_depend_on_is_another_backbone(make_folder: Callable[..., Path]) -> None:
    folder = make_folder(scaled=True)
    first = load_music_model(folder).backbone
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["table"]["k"] = 3  # which an answer does not depend on
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    assert load_music_model(folder).backbone == first
    Scaler(np.zeros(48), np.ones(48)).save(folder / "scaler.npz")
    assert load_music_model(folder).backbone != first


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("hears", {"view": "smell"}, "hears.view is 'smell'"),
        ("hears", {"n_fft": "many"}, "hears.n_fft"),
        ("hears", {"n_fft": 2047}, "even number"),
        ("hears", {"seconds": 61}, "hears.seconds"),
        ("hears", {"n_mels": 64}, "do not belong together"),
        ("hears", {"scaler": "scaler.npz"}, "scaler"),
        ("hears", {"scaler": "../scaler.npz"}, "neither scaler.npz nor null"),
        ("answers", {"labels": ["happy"]}, "answers.labels are happy"),
        ("answers", {"labels": [*SONG_LABELS, NEUTRAL]}, "label_places.neutral"),
        ("table", {"k": 0}, "table.k"),
        ("table", {"sigma": None}, "table.sigma"),
        ("table", {"missed": {"valence": 0.1}}, "table.missed.arousal"),
        ("table", {"missed": {"valence": 0, "arousal": 0.1}}, "table.missed.valence"),
        ("table", {"label_places": {"frustrated": {"valence": 1e9, "arousal": 0}}}, "label_places"),
    ],
)
def test_a_card_that_cannot_be_right_is_refused_by_its_key(
    make_folder: Callable[..., Path], part: str, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        load_music_model(make_folder(**{part: change}))


def test_the_card_of_another_network_is_refused(make_folder: Callable[..., Path]) -> None:
    folder = make_folder()
    card = json.loads((folder / "card.json").read_text(encoding="utf-8")) | {"model_sha256": "0" * 64}
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match="the card is that of another"):
        load_music_model(folder)


def test_a_golden_example_of_another_network_is_refused(make_folder: Callable[..., Path]) -> None:
    folder = make_folder()
    np.savez(folder / "golden.npz", input=np.zeros((1, 5), np.int8), output=np.zeros((1, 8), np.int8))
    with pytest.raises(ModelError, match="no example for this model"):
        load_music_model(folder).run_golden()


@pytest.mark.parametrize("change", [{"n_fft": 1024}, {"scaler": None}])
def test_a_model_is_not_shown_what_it_did_not_learn_with(
    make_folder: Callable[..., Path], change: dict[str, Any]
) -> None:
    """Features of the right shape, and yet other ones."""
    with pytest.raises(ModelError, match="not those that the model learnt with"):
        load_music_model(make_folder(scaled=True, hears=change)).run_golden()


def test_the_scaler_of_another_model_is_refused(make_folder: Callable[..., Path]) -> None:
    folder = make_folder(scaled=True)
    assert load_music_model(folder).run_golden() == 0
    Scaler(np.linspace(-50, -10, 48), np.linspace(5, 20, 48)).save(folder / "scaler.npz")
    with pytest.raises(ModelError, match="not those that the model learnt with"):
        load_music_model(folder).run_golden()
    for bins in ((), (1,), (64,)):
        Scaler(np.zeros(bins), np.ones(bins)).save(folder / "scaler.npz")
        with pytest.raises(ModelError, match="frequency bins, and the card says"):
            load_music_model(folder)


def test_a_golden_example_with_a_damaged_member_is_refused(make_folder: Callable[..., Path]) -> None:
    folder = make_folder()
    path = folder / "golden.npz"
    content = bytearray(path.read_bytes())
    for place in range(60, len(content), 20):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        with suppress(ModelError):  # zlib tells some damage before the checksum does
            load_music_model(folder).run_golden()


def test_the_drawn_sound_is_heard() -> None:
    sound = draw_sound(22_050, 22_050)
    assert sound.dtype == np.float32
    assert 0.1 < np.abs(sound).max() <= 1
