import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tools.errors import DatasetError
from tools.music_emotion.reproduction.catalogue import RowSettings
from tools.music_emotion.reproduction.material import Data, gather_training_data

SETTINGS = RowSettings(seconds=3)


def test_sets_are_joined_and_each_is_split(clips: Path, deam: Path, cache: Path) -> None:
    material = gather_training_data(Data([clips, deam], cache), SETTINGS, Console(quiet=True))
    sides = [material.split.train, material.split.validation, material.split.test]
    assert sorted(np.concatenate(sides)) == list(range(36))
    assert all((side < 24).any() and (side >= 24).any() for side in sides)
    assert material.percent.shape == (36, 8)
    assert np.allclose(material.percent.sum(axis=1), 100)
    assert [entry["name"] for entry in material.sets] == ["toy-clips", "deam"]


@pytest.mark.parametrize("above", [False, True])
def test_deams_own_split_is_used_where_it_is_there(deam: Path, cache: Path, above: bool) -> None:  # noqa: FBT001 - drawn
    material = gather_training_data(Data([deam.parent if above else deam], cache), SETTINGS, Console(quiet=True))
    assert sorted(material.paths[row].stem for row in material.split.test) == ["10", "11", "12"]
    assert len(material.split.train) == 7


def test_the_hash_knows_the_labels_and_the_split(clips: Path, cache: Path) -> None:
    def hash_of(settings: RowSettings) -> str:
        return gather_training_data(Data([clips], cache), settings, Console(quiet=True)).sha256

    usual = hash_of(SETTINGS)
    assert usual == hash_of(RowSettings(seconds=3, epochs=1))
    assert len({usual, hash_of(RowSettings(seconds=3, seed=1)), hash_of(RowSettings(seconds=3, k=2))}) == 3


def test_a_song_that_cannot_be_heard_is_left_out(clips: Path, cache: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(clips, tmp_path / "copy"))
    (copy / "audio" / "5.wav").write_text("no sound", encoding="utf-8")
    material = gather_training_data(Data([copy], cache), SETTINGS, Console(quiet=True))
    assert len(material.paths) == len(material.percent) == 23
    assert "5" not in {path.stem for path in material.paths}
    assert material.sets[0]["passed_over"] == 1


def test_songs_of_deam_whose_sound_is_missing_are_told(deam: Path, cache: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(deam, tmp_path / "copy"))
    missing = min(copy.rglob("*.wav"))
    missing.unlink()
    console = Console(record=True, file=io.StringIO(), width=200)
    material = gather_training_data(Data([copy], cache), SETTINGS, console)
    assert f"passed over 1, {missing.stem} for one (its file is missing)" in console.export_text()
    assert material.sets[0]["passed_over"] == 1


def test_felt_emotion_is_left_out_and_said_so(clips: Path, cache: Path, tmp_path: Path) -> None:
    emotify = tmp_path / "emotify"
    shutil.copytree(clips / "audio", emotify / "audio" / "classical")
    gems = "amazement,solemnity,tenderness,nostalgia,calmness,power,joyful_activation,tension,sadness"
    header = f"track id,genre,{gems},mood,liked,disliked,age,gender,mother tongue"
    votes = [f"{number},classical,{','.join('1' * 9)},3,0,0,30,0,English" for number in range(1, 24)]
    (emotify / "data.csv").write_text("\n".join([header, *votes]) + "\n", encoding="utf-8")
    console = Console(record=True, file=io.StringIO(), width=200)
    material = gather_training_data(Data([clips, emotify], cache), SETTINGS, console)
    assert [entry["name"] for entry in material.sets] == ["toy-clips"]
    assert material.left_out == ("emotify: it tells what listeners felt",)
    assert "--all-sets" in console.export_text()
    with pytest.raises(DatasetError, match="no set has ratings"):
        gather_training_data(Data([emotify], cache), SETTINGS, console)
    assert len(gather_training_data(Data([emotify], cache, all_sets=True), SETTINGS, console).paths) == 23
