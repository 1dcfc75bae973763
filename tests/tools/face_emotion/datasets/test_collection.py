"""Which sets some paths hold."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tools.errors import DatasetError
from tools.face_emotion.datasets.collection import read_sets

WriteCsv = Callable[..., Path]

PLAIN = "emotion,pixels,Usage"
GREY = " ".join(["128"] * 2304)
ROW = f"3,{GREY},Training"
VOTES = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
SADNESS = "Training,a.png,0,0,0,10,0,0,0,0,0,0"
NOT_A_FACE = "Training,,0,0,0,0,0,0,0,0,0,10"


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((48, 48), 90, dtype=np.uint8))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ferplus.csv.xz", "ferplus"),
        ("fer2013.csv", "fer2013"),
        ("icml_face_data.csv", "fer2013"),
        ("ckplus.csv", "ckplus"),
        ("ckextended.csv", "ckplus"),
    ],
)
def test_a_known_file_is_found_in_a_folder_and_by_itself(
    tmp_path: Path, write_csv: WriteCsv, name: str, key: str
) -> None:
    path = write_csv(name, PLAIN, [ROW])
    for given in (tmp_path, path):
        [found] = read_sets([given])
        assert (found.title.key, found.file, len(found.examples)) == (key, name, 1)


def test_an_unknown_file_is_its_owners(write_csv: WriteCsv) -> None:
    [found] = read_sets([write_csv("Our Family.csv", PLAIN, [ROW])])
    assert (found.title.key, found.title.name, found.title.terms) == ("our_family", "our family", "the owner's")


def test_everything_that_a_folder_holds_is_read_ferplus_first(tmp_path: Path, write_csv: WriteCsv) -> None:
    write_csv("ckplus.csv", PLAIN, [ROW])
    write_csv("ferplus.csv", PLAIN, [ROW])
    save(tmp_path / "happy" / "a.png")
    assert [found.title.key for found in read_sets([tmp_path])][:2] == ["ferplus", "ckplus"]
    assert len(read_sets([tmp_path])) == 3


def test_of_two_forms_of_the_same_pictures_in_a_folder_the_one_that_says_more_is_read(
    tmp_path: Path, write_csv: WriteCsv
) -> None:
    for name in ("ferplus.csv", "fer2013.csv", "ckplus.csv", "ckextended.csv"):
        write_csv(name, PLAIN, [ROW])
    write_csv("fer2013new.csv", VOTES, [SADNESS])
    assert [found.file for found in read_sets([tmp_path])] == ["ferplus.csv", "ckplus.csv"]


def test_votes_beside_fer2013_make_it_ferplus(tmp_path: Path, write_csv: WriteCsv) -> None:
    pictures = write_csv("fer2013.csv", PLAIN, [ROW, ROW])
    votes = write_csv("fer2013new.csv", VOTES, [SADNESS, NOT_A_FACE])
    for paths in ([tmp_path], [votes, pictures]):
        [found] = read_sets(paths)
        assert (found.title.key, found.file) == ("ferplus", "fer2013.csv with fer2013new.csv")
        assert found.examples.labels.tolist() == [4]
        assert found.dropped == {"FERPlus names no picture": 1}
    assert [found.title.key for found in read_sets([pictures])] == ["fer2013"]


def test_pictures_named_as_in_ckplus_are_ckplus(tmp_path: Path) -> None:
    save(tmp_path / "CK+48" / "anger" / "S010_004_00000017.png")
    [found] = read_sets([tmp_path / "CK+48"])
    assert (found.title.key, found.file) == ("ckplus", "CK+48/")


def test_an_owners_folder_goes_by_its_name_and_tells_of_unreadable_pictures(tmp_path: Path) -> None:
    save(tmp_path / "Family" / "happy" / "a.png")
    (tmp_path / "Family" / "happy" / "torn.png").write_bytes(b"torn")
    [found] = read_sets([tmp_path / "Family"])
    assert found.title.key == "family"
    assert found.dropped == {"Family: pictures that cannot be read (happy/torn.png)": 1}


def test_folders_of_one_name_get_keys_of_their_own(tmp_path: Path) -> None:
    folders = [tmp_path / place / "faces" for place in ("a", "b", "c")]
    for folder in folders:
        save(folder / "happy" / "a.png")
    assert [found.title.key for found in read_sets(folders)] == ["faces", "faces_2", "faces_3"]


def test_an_owners_folder_does_not_pass_for_a_known_set(tmp_path: Path) -> None:
    save(tmp_path / "ferplus" / "happy" / "a.png")
    assert read_sets([tmp_path / "ferplus"])[0].title.key == "ferplus_2"


@pytest.mark.parametrize(
    ("one", "other", "whose"), [("ckplus", "ckextended", r"CK\+"), ("ferplus", "fer2013", "FER2013")]
)
def test_the_same_pictures_twice_are_refused(write_csv: WriteCsv, one: str, other: str, whose: str) -> None:
    paths = [write_csv(f"{name}.csv", PLAIN, [ROW]) for name in (one, other)]
    with pytest.raises(DatasetError, match=rf"{one}\.csv and {other}\.csv both hold the pictures of {whose}"):
        read_sets(paths)


def test_votes_without_pictures_are_refused(tmp_path: Path, write_csv: WriteCsv) -> None:
    write_csv("fer2013new.csv", VOTES, [SADNESS])
    with pytest.raises(DatasetError, match="0 such files were found"):
        read_sets([tmp_path])


def test_a_folder_with_nothing_known_is_told_what_would_be(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        read_sets([tmp_path])
    for form in ("ferplus.csv", "fer2013.csv", "fer2013new.csv", "ckplus.csv", "ckextended.csv", ".xz", "anger/"):
        assert form in caught.value.mend


@pytest.mark.parametrize("name", ["archive.zip", "absent.csv"])
def test_other_files_and_absent_ones_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "archive.zip").touch()
    with pytest.raises(DatasetError, match=name):
        read_sets([tmp_path / name])
