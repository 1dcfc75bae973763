from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.errors import DatasetError
from tools.music_emotion.clips import read_clips

ROWS = [f"song {number},{'rock' if number % 2 else 'folk'},{number - 10},{10 - number}" for number in range(20)]
HEADER = "song_id,genre,valence,arousal"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_clips(rows: list[str], header: str = HEADER, *, files: int = 20) -> Path:
        (tmp_path / "annotations.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        (tmp_path / "audio").mkdir()
        for number in range(files):
            (tmp_path / "audio" / f"song {number}.flac").touch()
        return tmp_path

    return write_clips


def test_ratings_are_scaled_to_the_plane_and_files_found(write: Write) -> None:
    clips = read_clips(write(ROWS))
    assert len(clips) == 20
    assert clips.targets[0].tolist() == [-1.0, 1.0]
    assert clips.genres[:2].tolist() == ["folk", "rock"]
    assert clips.paths[3].name == "song 3.flac"
    assert len(clips.sha256) == 64


def test_columns_may_stand_in_any_order_with_spaces_and_a_byte_order_mark(write: Write) -> None:
    rows = [f"{10 - number}, {number - 10}, song {number}, {number % 2}" for number in range(20)]
    clips = read_clips(write(rows, "\ufeffarousal, valence, song_id, genre"))
    assert clips.targets[0].tolist() == [-1.0, 1.0]


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (ROWS, "song,genre,valence,arousal", "KeyError"),
        ([*ROWS[1:], "song 0,rock,10.5,0"], HEADER, "outside"),
        ([*ROWS[1:], "song 0,rock,nan,0"], HEADER, "outside"),
        ([*ROWS[1:], "song 0,rock,very,0"], HEADER, "very"),
        ([*ROWS[1:], "song 0,rock,1"], HEADER, "TypeError"),
        ([*ROWS, "song 3,rock,1,1"], HEADER, "song 3 named more than once"),
        ([*ROWS, "song 20,rock,1,1"], HEADER, "1 of 21 clips are missing, song 20"),
        (ROWS[:19], HEADER, "too few"),
        ([row.replace("rock", "folk") for row in ROWS], HEADER, "too few"),
    ],
)
def test_annotations_that_cannot_be_used_are_refused(write: Write, rows: list[str], header: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_clips(write(rows, header))


def test_a_folder_without_annotations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"annotations\.csv"):
        read_clips(tmp_path)


def test_the_same_file_has_the_same_hash(write: Write) -> None:
    folder = write(ROWS)
    first = read_clips(folder).sha256
    assert read_clips(folder).sha256 == first
    assert np.array_equal(read_clips(folder).targets, read_clips(folder).targets)
