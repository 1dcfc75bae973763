from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.tools.music_emotion.whole_way import write_music

RATE, SECONDS = 22_050, 3


def write_sounds(folder: Path, names: Sequence[str]) -> None:
    """Every other one is a soft tone, the others are loud noise."""
    folder.mkdir(parents=True)
    times = np.arange(SECONDS * RATE) / RATE
    for number, name in enumerate(names):
        random = np.random.default_rng(number)
        tone = 0.05 * np.sin(2 * np.pi * random.uniform(150, 300) * times)
        soundfile.write(folder / name, random.normal(0, 0.3, len(times)) if number % 2 else tone, RATE)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 clips: soft and tired, or loud and excited."""
    folder = tmp_path_factory.mktemp("sets") / "toy-clips"
    write_sounds(folder / "audio", [f"{number}.wav" for number in range(24)])
    rows = [f"{number},{'ab'[number // 12]},{(-4, 4)[number % 2]},{(-6, 6)[number % 2]}" for number in range(24)]
    (folder / "annotations.csv").write_text("\n".join(["song_id,genre,valence,arousal", *rows]), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def deam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve songs in DEAM's layout, with a split of its own."""
    folder = tmp_path_factory.mktemp("sets") / "toy-deam"
    write_sounds(folder / "DEAM_audio" / "MEMD_audio", [f"{number}.wav" for number in range(1, 13)])
    tables = folder / "annotations" / "annotations averaged per song" / "song_level"
    tables.mkdir(parents=True)
    header = "song_id, valence_mean, valence_std, arousal_mean, arousal_std"
    halves = {"1_2000": range(1, 7), "2000_2058": range(7, 13)}
    for name, numbers in halves.items():
        rows = [f"{number},{3 + number / 4},1.5,{8 - number / 4},1.2" for number in numbers]
        path = tables / f"static_annotations_averaged_songs_{name}.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (folder / "split").mkdir()
    for side, numbers in {"train": range(1, 8), "validation": (8, 9), "test": (10, 11, 12)}.items():
        (folder / "split" / f"{side}.txt").write_text("\n".join(map(str, numbers)), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three songs to analyse."""
    return write_music(tmp_path_factory.mktemp("to analyse") / "music")
