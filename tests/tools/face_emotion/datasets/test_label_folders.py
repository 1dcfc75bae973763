"""Pictures in a folder for each label: CK+48, and anybody's own."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.emotion.labels import FACE_LABELS
from device.faces.crop import resize_crop
from tools.errors import DatasetError
from tools.face_emotion.datasets.crops import read_faces
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.label_folders import holds_label_folders, name_some, read_label_folders

Save = Callable[..., np.ndarray]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a picture of noise at a path below the folder, and return it."""
    generator = np.random.default_rng(2)

    def write(name: str, *shape: int) -> np.ndarray:
        picture = generator.integers(0, 255, shape or (48, 48), dtype=np.uint8)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / name), picture)
        return picture

    return write


def test_the_folder_is_the_label_and_the_name_tells_who_and_which_film(tmp_path: Path, save: Save) -> None:
    picture = save("anger/S010_004_00000017.png")
    save("anger/S010_004_00000019.png")
    save("anger/S010_004_00000018.png")
    save("neutral/S011_001_00000001.png")
    folders = read_label_folders(tmp_path)
    examples = folders.examples
    assert folders.ckplus
    assert [FACE_LABELS[label] for label in examples.labels] == ["anger", "anger", "anger", "neutral"]
    assert examples.subjects.tolist() == ["S010", "S010", "S010", "S011"]
    assert examples.sequences.tolist() == ["S010_004", "S010_004", "S010_004", "S011_001"]
    assert examples.peaks.tolist() == [False, False, True, False]
    assert np.array_equal(examples.crops[0], picture)
    assert examples.votes.tolist() == np.eye(8)[[0, 0, 0, 6]].tolist()


@pytest.mark.parametrize(
    ("folder", "label"),
    [
        ("Angry", "anger"),
        ("HAPPY", "happiness"),
        ("happiness", "happiness"),
        ("sad", "sadness"),
        ("Surprised", "surprise"),
        ("fearful", "fear"),
        ("disgusted", "disgust"),
        ("contemptuous", "contempt"),
        ("Neutral", "neutral"),
    ],
)
def test_a_label_may_be_said_in_other_words(tmp_path: Path, save: Save, folder: str, label: str) -> None:
    save(f"{folder}/a.png")
    assert read_label_folders(tmp_path).examples.counts()[label] == 1


def test_any_picture_is_greyed_and_scaled_whole(tmp_path: Path, save: Save) -> None:
    coloured = save("happy/deeper/a.bmp", 100, 80, 3)
    examples = read_label_folders(tmp_path).examples
    grey = resize_crop(cv2.cvtColor(coloured, cv2.COLOR_BGR2GRAY))
    assert np.abs(examples.crops[0].astype(int) - grey).max() <= 1
    assert (examples.subjects[0], examples.sequences[0], examples.peaks[0]) == ("", "", False)


def test_a_level_above_may_say_what_the_pictures_are_for(tmp_path: Path, save: Save) -> None:
    for use in ("train", "Validation", "PrivateTest"):
        save(f"{use}/sad/{use}.png")
    save("sad/loose.png")
    examples = read_label_folders(tmp_path).examples
    assert sorted(examples.usages.tolist()) == ["PrivateTest", "PublicTest", "Training", "Training"]
    assert holds_label_folders(tmp_path)


def test_other_names_are_no_ckplus(tmp_path: Path, save: Save) -> None:
    save("sad/S010_004_00000017.png")
    save("sad/me.png")
    folders = read_label_folders(tmp_path)
    assert not folders.ckplus
    assert folders.examples.subjects.tolist() == ["S010", ""]


@pytest.mark.parametrize("folder", ["Furious", "train/Furious"])
def test_a_folder_that_is_no_label_is_named_with_the_labels_there_are(tmp_path: Path, save: Save, folder: str) -> None:
    save(f"{folder}/a.png")
    with pytest.raises(DatasetError, match="Furious: 'Furious' is no label") as caught:
        read_label_folders(tmp_path)
    assert all(label in caught.value.mend for label in (*FACE_LABELS, "angry"))


def test_pictures_that_cannot_be_read_are_named_and_the_others_used(tmp_path: Path, save: Save) -> None:
    save("sad/a.png")
    (tmp_path / "sad" / "torn.png").write_bytes(b"\x89PNG torn")
    (tmp_path / "sad" / "empty.jpg").touch()
    (tmp_path / "sad" / "notes.txt").write_text("no picture")
    folders = read_label_folders(tmp_path)
    assert folders.unreadable == ("sad/empty.jpg", "sad/torn.png")
    assert len(folders.examples) == 1


@pytest.mark.parametrize("name", ["torn.png", "notes.txt"])
def test_without_one_picture_that_can_be_read_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "sad").mkdir()
    (tmp_path / "sad" / name).write_bytes(b"torn")
    with pytest.raises(DatasetError, match=r"none of its [01] pictures can be read"):
        read_label_folders(tmp_path)


def test_hidden_folders_are_passed_over(tmp_path: Path, save: Save) -> None:
    save("sad/a.png")
    save("__MACOSX/sad/b.png")
    save("sad/.thumbnails/c.png")
    assert len(read_label_folders(tmp_path).examples) == 1


def test_the_digest_follows_names_and_contents(tmp_path: Path, save: Save) -> None:
    save("sad/a.png")
    first = read_label_folders(tmp_path).sha256
    assert read_label_folders(tmp_path).sha256 == first
    (tmp_path / "sad" / "a.png").rename(tmp_path / "sad" / "b.png")
    renamed = read_label_folders(tmp_path).sha256
    save("sad/b.png")
    assert len({first, renamed, read_label_folders(tmp_path).sha256}) == 3


def test_a_folder_of_other_things_holds_no_labels(tmp_path: Path, save: Save) -> None:
    save("holidays/a.png")
    assert not holds_label_folders(tmp_path)


def test_a_long_list_of_names_is_cut() -> None:
    assert name_some(["a", "b"]) == "a, b"
    assert name_some(list("abcdefghijklm")) == "a, b, c, d, e, f, g, h, i, j and 3 more"


@pytest.mark.data
def test_ckplus_written_as_folders_is_read_back_the_same(tmp_path: Path) -> None:
    data = os.environ.get("MIEN_DATA")
    if not data:
        pytest.skip("MIEN_DATA does not name the folder with the research data")
    ckplus = read_faces(Path(data) / "face" / "ckplus.csv.xz").select(np.arange(90))
    for number, (crop, label, sequence) in enumerate(zip(ckplus.crops, ckplus.labels, ckplus.sequences, strict=True)):
        path = tmp_path / FACE_LABELS[label] / f"{sequence}_{number:08}.png"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), crop)
    folders = read_label_folders(tmp_path)
    assert folders.ckplus
    assert rows(folders.examples) == rows(ckplus)
    assert folders.examples.peaks.sum() == 30


def rows(examples: FaceExamples) -> set[tuple[object, ...]]:
    columns = (examples.labels, examples.subjects, examples.sequences, examples.peaks)
    return {(crop.tobytes(), *row) for crop, *row in zip(examples.crops, *(c.tolist() for c in columns), strict=True)}
