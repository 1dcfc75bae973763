"""FERPlus's votes beside fer2013.csv: which rows keep a label, and which do not, and why."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from device.emotion.labels import FACE_LABELS
from tools.errors import DatasetError
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.ferplus_votes import label_by_votes

HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
Label = Callable[[list[str]], tuple[FaceExamples, dict[str, int]]]


def pictures(count: int, usage: str = "Training") -> FaceExamples:
    """Crops whose grey value is their row's number, all called anger."""
    return FaceExamples(
        crops=np.ones((count, 48, 48), dtype=np.uint8) * np.arange(count, dtype=np.uint8)[:, None, None],
        labels=np.zeros(count, dtype=np.int64),
        votes=np.eye(8, dtype=np.float32)[np.zeros(count, dtype=np.int64)],
        usages=np.array([usage] * count),
        subjects=np.array([""] * count),
        sequences=np.array([""] * count),
        peaks=np.zeros(count, dtype=np.bool_),
    )


@pytest.fixture
def label(write_csv: Callable[..., Path]) -> Label:
    """Label as many pictures as there are rows of votes, each given from the image name on."""

    def by(rows: list[str]) -> tuple[FaceExamples, dict[str, int]]:
        path = write_csv("fer2013new.csv", HEADER, [f"Training,{row}" for row in rows])
        return label_by_votes(pictures(len(rows)), path, pictures_from=Path("fer2013.csv"))

    return by


def test_the_first_rows_of_the_original_get_the_labels_by_the_written_rule(label: Label) -> None:
    # The first seven rows of FERPlus's file.
    examples, dropped = label(
        [
            "fer0000000.png,4,0,0,1,3,2,0,0,0,0",
            "fer0000001.png,6,0,1,1,0,0,0,0,2,0",
            "fer0000002.png,5,0,0,3,1,0,0,0,1,0",
            "fer0000003.png,4,0,0,4,1,0,0,0,1,0",
            "fer0000004.png,9,0,0,1,0,0,0,0,0,0",
            "fer0000005.png,6,0,0,1,0,0,1,1,1,0",
            "fer0000006.png,2,0,0,8,0,0,0,0,0,0",
        ]
    )
    assert [FACE_LABELS[number] for number in examples.labels] == [*["neutral"] * 5, "sadness"]
    assert examples.crops[:, 0, 0].tolist() == [0, 1, 2, 4, 5, 6]
    assert examples.votes[0] == pytest.approx([3 / 9, 2 / 9, 0, 0, 0, 0, 4 / 9, 0])
    assert examples.votes[1] == pytest.approx([0, 0, 0, 0, 0, 0, 1, 0])
    assert examples.votes[2] == pytest.approx([0, 0, 0, 0, 3 / 8, 0, 5 / 8, 0])
    assert dropped == {"FERPlus: several labels have the most votes": 1}


def test_every_reason_to_drop_a_row_is_counted_apart(label: Label) -> None:
    examples, dropped = label(
        [
            "f0.png,0,10,0,0,0,0,0,0,0,0",
            ",0,0,0,0,0,0,0,0,0,10",
            ",0,10,0,0,0,0,0,0,0,0",
            "f3.png,1,1,1,1,1,1,1,1,1,1",
            "f4.png,0,0,3,3,0,0,0,0,2,0",
            "f5.png,2,0,0,0,0,0,0,0,3,0",
            "f6.png,2,0,0,0,0,0,0,0,0,8",
            "f7.png,5,0,0,0,0,0,0,0,5,0",
        ]
    )
    assert examples.labels.tolist() == [FACE_LABELS.index("happiness")]
    assert dropped == {
        "FERPlus names no picture": 2,
        "FERPlus: no two annotators agree": 1,
        "FERPlus: several labels have the most votes": 2,
        "FERPlus: most annotators did not know": 1,
        "FERPlus: most annotators saw no face": 1,
    }


@given(arrays(np.int64, st.tuples(st.integers(1, 12), st.just(10)), elements=st.integers(0, 10)))
def test_every_row_is_kept_or_counted_and_votes_that_are_kept_are_shares(
    tmp_path_factory: pytest.TempPathFactory, counts: np.ndarray
) -> None:
    counts[0] = [0, 10, 0, 0, 0, 0, 0, 0, 0, 0]
    path = tmp_path_factory.mktemp("votes") / "fer2013new.csv"
    rows = [f"Training,a.png,{','.join(map(str, row))}" for row in counts]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    examples, dropped = label_by_votes(pictures(len(counts)), path, pictures_from=path)
    assert len(examples) + sum(dropped.values()) == len(counts)
    assert examples.votes.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(examples.votes.argmax(axis=1), examples.labels)


def test_files_of_different_lengths_do_not_belong_together(write_csv: Callable[..., Path]) -> None:
    votes = write_csv("fer2013new.csv", HEADER, ["Training,a.png,10,0,0,0,0,0,0,0,0,0"])
    with pytest.raises(DatasetError, match=r"fer2013new\.csv has 1 rows, but fer\.csv has 2"):
        label_by_votes(pictures(2), votes, pictures_from=Path("fer.csv"))


def test_a_row_for_another_use_is_named_by_its_line(write_csv: Callable[..., Path]) -> None:
    votes = write_csv("fer2013new.csv", HEADER, [f"{usage},a.png,9,0,0,0,0,0,0,0,0,0" for usage in ("A", "B")])
    with pytest.raises(DatasetError, match=r"line 2: the Usage 'A' .* fer\.csv, 'PublicTest'"):
        label_by_votes(pictures(2, "PublicTest"), votes, pictures_from=Path("fer.csv"))


def test_votes_that_label_nothing_are_refused(label: Label) -> None:
    with pytest.raises(DatasetError, match="no row has a label"):
        label([",0,0,0,0,0,0,0,0,0,10"])


def test_votes_that_are_no_numbers_are_named(label: Label) -> None:
    with pytest.raises(DatasetError, match=r"line 2: the votes for happiness, '-1', are no whole number"):
        label(["a.png,4,-1,0,0,0,0,0,0,0,0"])
