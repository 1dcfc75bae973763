import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import soundfile

from device.emotion.vectors import Plane
from tools.commands import train_music
from tools.errors import DatasetError
from tools.music_emotion.datasets.labels import LabelRule
from tools.music_emotion.reproduction import catalogue

RATE = 22_050


def parser_of() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    train_music.add_arguments(parser)
    return parser


def parse(*words: str) -> argparse.Namespace:
    return parser_of().parse_args(words)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """24 clips of two genres: soft and tired tones, or loud and excited noise."""
    folder = tmp_path / "toy-clips"
    (folder / "audio").mkdir(parents=True)
    times = np.arange(4 * RATE) / RATE
    rows = ["song_id,genre,valence,arousal"]
    for number in range(24):
        random = np.random.default_rng(number)
        tone = 0.05 * np.sin(2 * np.pi * random.uniform(150, 300) * times)
        sound = random.normal(0, 0.3, len(times)) if number % 2 else tone
        soundfile.write(folder / "audio" / f"{number}.wav", sound, RATE)
        rows.append(f"{number},{'ab'[number // 12]},{(-4, 4)[number % 2]},{(-6, 6)[number % 2]}")
    (folder / "annotations.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def test_the_shipped_model_is_trained_if_nothing_else_is_said() -> None:
    arguments = parse("--data", "a", "b", "--musicnn", "package", "--out", "there", "--seed", "3")
    assert arguments.data == [Path("a"), Path("b")]
    assert (arguments.musicnn, arguments.out) == (Path("package"), Path("there"))
    assert (arguments.architecture, arguments.seed, arguments.cache) == ("musicnn-va", 3, None)


@pytest.mark.parametrize(
    "words", [("--k", "4"), ("--epochs", "0"), ("--seed", "-1"), ("--seconds", "long"), ("--architecture", "mel-rnn")]
)
def test_options_that_make_no_sense_are_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("--data", "in", "--out", "there", *words)
    assert caught.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_what_may_be_named_is_what_the_catalogue_and_the_plane_know() -> None:
    actions = {action.dest: action for action in parser_of()._actions}
    known = {*catalogue.NAMES, *(row.slug for row in catalogue.ARCHITECTURES)}
    assert set(actions["architecture"].choices or ()) == known
    settings = catalogue.RowSettings()
    assert tuple(actions["plane"].choices or ()) == get_args(Plane)
    assert tuple(actions["labels"].choices or ()) == get_args(LabelRule)
    assert (actions["plane"].default, actions["labels"].default) == (settings.plane, settings.label_rule)


def test_songs_are_changed_in_training_unless_it_is_to_be_plain() -> None:
    words = ("--data", "x", "--out", "y", "--architecture", "mel-cnn")
    changed, plain = (train_music.settings_of(parse(*words, *more)) for more in ((), ("--plain",)))
    assert changed.augmented
    assert plain == catalogue.RowSettings()  # as reproduce trains
    assert train_music.settings_of(parse(*words, "--epochs", "7")) == replace(changed, epochs=7)


def test_without_musicnn_it_is_said_how_to_get_it(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"musicnn 0\.1\.0") as caught:
        train_music.run(parse("--data", str(clips), "--out", str(tmp_path / "model")))
    assert "--require-hashes --target FOLDER -r requirements-musicnn.txt" in caught.value.mend
    assert "--musicnn FOLDER" in caught.value.mend
    assert not (tmp_path / "model").exists()


def test_a_folder_without_songs_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    words = ("--data", str(empty), "--musicnn", str(tmp_path), "--out", str(tmp_path / "model"))
    with pytest.raises(DatasetError, match="no set of annotated music"):
        train_music.run(parse(*words))
    assert not (tmp_path / "model").exists()


@pytest.mark.training
def test_a_network_of_the_source_needs_no_musicnn(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "network"
    words = ("--architecture", "mel-cnn-small", "--epochs", "1", "--seconds", "3", "--cache", str(tmp_path / "cache"))
    assert train_music.run(parse("--data", str(clips), "--out", str(out), *words)) == 0
    card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    assert {"card.json", "model.tflite"} <= {path.name for path in out.iterdir()}
    assert card["architecture"] == "mel-cnn-small"
    assert f"version {card['version']}, mel-cnn-small" in " ".join(capsys.readouterr().out.split())
