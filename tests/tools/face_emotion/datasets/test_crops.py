from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from device.emotion.labels import FACE_LABELS
from tools.errors import DatasetError
from tools.face_emotion.datasets.crops import read_faces
from tools.face_emotion.datasets.examples import join

WriteCsv = Callable[..., Path]

PLAIN = "emotion,pixels,Usage"
VOTED = "emotion,pixels,Usage,p_anger,p_disgust,p_fear,p_happiness,p_sadness,p_surprise,p_neutral,p_contempt"
PEOPLED = "emotion,pixels,Usage,subject,sequence,peak"
GREY = " ".join(["128"] * 2304)


def test_the_three_columns_of_the_kaggle_files_are_read_as_they_are(write_csv: WriteCsv) -> None:
    ramp = " ".join(str(value % 256) for value in range(2304))
    examples = read_faces(write_csv("ckextended.csv", PLAIN, [f"3,{ramp},Training", f"7,{GREY},PrivateTest"]))
    assert examples.crops.shape == (2, 48, 48)
    assert examples.crops[0, 1, 2] == 50
    assert examples.labels.tolist() == [3, 7]
    assert examples.usages.tolist() == ["Training", "PrivateTest"]
    assert examples.votes.tolist() == np.eye(8)[[3, 7]].tolist()
    assert examples.subjects.tolist() == ["", ""]


def test_packed_files_give_votes_that_sum_to_one_despite_rounding(write_csv: WriteCsv) -> None:
    path = write_csv("ferplus.csv.xz", VOTED, [f"6,{GREY},Training,0.333,0.222,0,0,0,0,0.444,0"])
    votes = read_faces(path).votes
    assert votes.sum() == pytest.approx(1)
    assert votes[0] == pytest.approx([1 / 3, 2 / 9, 0, 0, 0, 0, 4 / 9, 0], abs=0.001)


def test_people_films_and_peaks_are_kept(write_csv: WriteCsv) -> None:
    rows = [f"1,{GREY},Training,S010,S010_004,0", f"1,{GREY},Training,S010,S010_004,1"]
    examples = read_faces(write_csv("ckplus.csv", PEOPLED, rows))
    assert examples.subjects.tolist() == ["S010", "S010"]
    assert examples.sequences.tolist() == ["S010_004", "S010_004"]
    assert examples.peaks.tolist() == [False, True]


def test_what_a_file_does_not_say_is_left_empty(write_csv: WriteCsv) -> None:
    examples = read_faces(write_csv("faces.csv", PLAIN, [f"1,{GREY},Training"]))
    assert (examples.subjects[0], examples.sequences[0], examples.peaks[0]) == ("", "", False)


def test_further_columns_are_ignored(write_csv: WriteCsv) -> None:
    path = write_csv("faces.csv", "camera,emotion,pixels,Usage,mood", [f"left,2,{GREY},Training,3"])
    assert read_faces(path).labels.tolist() == [2]


def test_the_order_and_the_spaces_of_another_edition_of_fer2013_do_no_harm(write_csv: WriteCsv) -> None:
    path = write_csv("icml_face_data.csv", "emotion, Usage, pixels", [f"6,PrivateTest,{GREY}"])
    examples = read_faces(path)
    assert (examples.labels.tolist(), examples.usages.tolist()) == ([6], ["PrivateTest"])
    assert np.all(examples.crops == 128)


def test_the_seven_numbers_of_fer2013_are_the_first_seven_labels() -> None:
    words = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # 0–6, as Kaggle's page names them
    assert [label[:3] for label in FACE_LABELS[:7]] == [word[:3] for word in words]
    assert FACE_LABELS[7] == "contempt"


def test_a_byte_order_mark_from_a_spreadsheet_does_no_harm(write_csv: WriteCsv) -> None:
    assert len(read_faces(write_csv("faces.csv", "\ufeff" + PLAIN, [f"0,{GREY},Training"]))) == 1


def test_counts_name_every_label(write_csv: WriteCsv) -> None:
    rows = [f"{label},{GREY},Training" for label in (6, 6, 1)]
    counts = read_faces(write_csv("faces.csv", PLAIN, rows)).counts()
    assert counts["neutral"] == 2
    assert counts["disgust"] == 1
    assert sum(counts.values()) == 3
    assert len(counts) == 8


def test_rows_are_selected_by_usage_and_joined_in_order(write_csv: WriteCsv) -> None:
    rows = [f"0,{GREY},Training", f"1,{GREY},PublicTest", f"2,{GREY},Training"]
    examples = read_faces(write_csv("faces.csv", PLAIN, rows))
    training, test = examples.used_for("Training"), examples.used_for("PublicTest")
    assert training.labels.tolist() == [0, 2]
    assert join([test, training]).labels.tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        (PLAIN, f"8,{GREY},Training", "emotion '8' is not one of 0–7"),
        (PLAIN, f"-1,{GREY},Training", "emotion '-1'"),
        (PLAIN, f"anger,{GREY},Training", "emotion 'anger'"),
        (PLAIN, f"0,{GREY} 1,Training", "2305 pixels instead of 2304"),
        (PLAIN, "0,,Training", "0 pixels instead of 2304"),
        (PLAIN, f"0,{GREY[:-3]}256,Training", "a pixel is no whole number of 0–255"),
        (PLAIN, f"0,{GREY[:-3]}1.5,Training", "a pixel is no whole number of 0–255"),
        (PLAIN, f"0,{GREY},Test", "usage 'Test' is none of Training"),
        (PLAIN, f"0,{GREY}", "the row is too short"),
        (PLAIN, "", "the row is too short"),
        (VOTED, f"0,{GREY},Training,0.5,0,0,0,0,0,0,0", "sum to 1"),
        (VOTED, f"0,{GREY},Training,1.5,-0.5,0,0,0,0,0,0", "sum to 1"),
        (VOTED, f"0,{GREY},Training,nan,0,0,0,0,0,0,0", "sum to 1"),
        (VOTED, f"0,{GREY},Training,most,0,0,0,0,0,0,0", "could not convert"),
        (PEOPLED, f"0,{GREY},Training,S010,S010_004,yes", "peak 'yes' is neither 0 nor 1"),
        (PEOPLED, f"0,{GREY},Training,S010,S010_004", "the row is too short"),
    ],
)
def test_a_bad_row_is_named_by_its_line(write_csv: WriteCsv, header: str, row: str, reason: str) -> None:
    good = f"0,{GREY},Training" + {VOTED: ",1,0,0,0,0,0,0,0", PEOPLED: ",S010,S010_004,1"}.get(header, "")
    with pytest.raises(DatasetError) as caught:
        read_faces(write_csv("faces.csv", header, [good, row, good]))
    assert "faces.csv, line 3: " in caught.value.what
    assert reason in caught.value.what


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("emotion,Usage", "lacks the column pixels"),
        ("pixels", "lacks the columns emotion, Usage"),
        ("emotion,pixels,Usage,p_anger", "p_disgust"),
        ("", "emotion, pixels, Usage"),
    ],
)
def test_a_missing_column_is_named(write_csv: WriteCsv, header: str, missing: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read_faces(write_csv("faces.csv", header, []))
    assert missing in caught.value.what


def test_a_file_without_examples_is_refused(write_csv: WriteCsv) -> None:
    with pytest.raises(DatasetError, match="no examples"):
        read_faces(write_csv("faces.csv", PLAIN, []))


@pytest.mark.parametrize("name", ["faces.csv", "faces.csv.xz"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xfd7zXZ\x00\xff\xfe not quite")
    with pytest.raises(DatasetError, match="cannot be read as a csv file"):
        read_faces(tmp_path / name)
