"""EMOPIA: quadrants as places, and clips of one piece kept together."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.errors import DatasetError
from tools.music_emotion.datasets.emopia import read_emopia

ROWS = ["Q1_a_b_0,1,D", "Q2_a_b_1,2,C", "Q3_x-y_0,3,A", "Q4_Z_12,4,B"]


@pytest.fixture
def write(tmp_path: Path, midi_of: Callable[..., bytes]) -> Callable[..., Path]:
    def write_emopia(rows: list[str] = ROWS) -> Path:
        folder = tmp_path / "emopia"
        (folder / "midis").mkdir(parents=True)
        (folder / "label.csv").write_text("\n".join(["ID,4Q,annotator", *rows, ""]))
        for number, name in enumerate(row.partition(",")[0] for row in ROWS):
            (folder / "midis" / f"{name}.mid").write_bytes(midi_of(key=60 + number))
        return folder

    return write_emopia


def test_quadrants_become_places_and_clips_of_one_video_a_group(
    tmp_path: Path, write: Callable[..., Path], soundfont: Path, playing: Callable[..., Path]
) -> None:
    playing()
    songs = read_emopia(write(), cache=tmp_path / "cache", soundfont=soundfont)
    assert songs.ids == ("Q1_a_b_0", "Q2_a_b_1", "Q3_x-y_0", "Q4_Z_12")
    assert songs.places.tolist() == [[0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]]
    assert songs.sources.tolist() == songs.groups.tolist() == ["a_b", "a_b", "x-y", "Z"]
    assert songs.coarse
    assert all(path.parent == tmp_path / "cache" and path.is_file() for path in songs.paths)


def test_the_deviation_is_that_of_a_place_anywhere_in_the_quadrant(
    tmp_path: Path, write: Callable[..., Path], soundfont: Path, playing: Callable[..., Path]
) -> None:
    playing()
    songs = read_emopia(write(), cache=tmp_path / "cache", soundfont=soundfont)
    anywhere = np.random.default_rng(1).uniform(0, 1, 100_000)
    assert songs.deviations == pytest.approx(np.full((4, 2), anywhere.std()), abs=2e-3)


def test_clips_that_cannot_be_rendered_are_passed_over(
    tmp_path: Path, write: Callable[..., Path], soundfont: Path, playing: Callable[..., Path]
) -> None:
    playing()
    folder = write()
    (folder / "midis" / "Q2_a_b_1.mid").write_bytes(b"torn")
    (folder / "midis" / "Q4_Z_12.mid").unlink()
    songs = read_emopia(folder, cache=tmp_path / "cache", soundfont=soundfont)
    assert songs.ids == ("Q1_a_b_0", "Q3_x-y_0")
    assert {passed.song: passed.reason for passed in songs.passed} == {
        "Q2_a_b_1": "is no MIDI file",
        "Q4_Z_12": "cannot be read (No such file or directory)",
    }


def test_a_set_of_which_nothing_sounds_is_refused_with_a_reason(
    tmp_path: Path, write: Callable[..., Path], soundfont: Path, playing: Callable[..., Path]
) -> None:
    playing(level=0.0)
    with pytest.raises(DatasetError, match=r"none of the 4 songs of emopia .*nothing but silence"):
        read_emopia(write(), cache=tmp_path / "cache", soundfont=soundfont)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Q5_a_0,5,D", r"label\.csv, line 2: ID is “Q5_a_0”"),
        ("a_0,1,D", "line 2: ID is “a_0”"),
        ("Q1_a_0,2,D", "line 2: 4Q is “2”, but the ID says 1"),
        ("Q1_a_b_0,1,D", "Q1_a_b_0 named more than once"),
    ],
)
def test_a_row_out_of_form_is_named(tmp_path: Path, write: Callable[..., Path], row: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_emopia(write([row, *ROWS]), cache=tmp_path / "cache")
