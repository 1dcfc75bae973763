"""Annotated clips, and the strictness that keeps them honest."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.errors import DatasetError
from tools.music_emotion.datasets.clips_va import read_clips_va

WriteClips = Callable[..., Path]

ROWS = ["a,rock,10,-10", "b.1,folk,2.5,0", "c,rock,-1,1"]
FILES = "a.flac b.1.mp3 c.WAV .c.wav cover.jpg"


def test_ratings_are_scaled_to_the_plane_and_files_found(write_clips: WriteClips) -> None:
    songs = read_clips_va(write_clips(ROWS, files=FILES))
    assert (songs.name, songs.ids, songs.grouped_by) == ("own", ("a", "b.1", "c"), "genre")
    assert songs.places.tolist() == [[1, -1], [0.25, 0], [-0.1, 0.1]]
    assert np.isnan(songs.deviations).all()
    assert [path.name for path in songs.paths] == ["a.flac", "b.1.mp3", "c.WAV"]
    assert songs.groups.tolist() == ["rock", "folk", "rock"]
    assert songs.sources.tolist() == list(songs.ids)


def test_copies_of_a_file_share_a_source_and_likeness_is_not_enough(write_clips: WriteClips) -> None:
    folder = write_clips([*ROWS, "d,jazz,0,0"], files=f"{FILES} d.ogg")
    for copy in ("c.WAV", "d.ogg"):
        (folder / "audio" / copy).write_text("b.1.mp3")
    songs = read_clips_va(folder)
    assert dict(zip(songs.ids, songs.sources.tolist(), strict=True)) == {"a": "a", "b.1": "b.1", "c": "b.1", "d": "b.1"}
    (folder / "audio" / "d.ogg").write_text("b.1.mp3 ")
    assert read_clips_va(folder).sources.tolist() == ["a", "b.1", "b.1", "d"]


def test_columns_may_stand_in_any_order_with_spaces_and_a_byte_order_mark(write_clips: WriteClips) -> None:
    folder = write_clips(["10, -5, a, rock, 3"], header="\ufeffarousal, valence, song_id, genre, age", files="a.ogg")
    assert read_clips_va(folder).places.tolist() == [[-0.5, 1]]


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (ROWS, "song,genre,valence,arousal", "lacks the column song_id"),
        ([*ROWS, "c,rock,10.5,0"], None, r"annotations\.csv, line 5: valence is 10\.5, outside \[-10, 10\]"),
        ([*ROWS, "d,rock,0,nan"], None, "line 5: arousal is nan"),
        ([*ROWS, "d,rock,very,0"], None, "line 5: valence is “very”"),
        ([*ROWS, "d,rock,1"], None, "line 5: the row is too short"),
        ([*ROWS, "d,,1,1"], None, "line 5: song_id or genre is empty"),
        ([*ROWS, "a,rock,1,1"], None, "a named more than once"),
        ([*ROWS, "d,rock,1,1"], None, "1 of 4 clips are missing, d for one"),
        (["d,rock,1,1"], None, "the sound of none of the 1 songs of own"),
        ([], None, "no examples"),
    ],
)
def test_annotations_that_cannot_be_used_are_refused(
    write_clips: WriteClips, rows: list[str], header: str | None, message: str
) -> None:
    folder = write_clips(rows, files=FILES, **({"header": header} if header else {}))
    with pytest.raises(DatasetError, match=message):
        read_clips_va(folder)


def test_a_folder_without_annotations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"annotations\.csv"):
        read_clips_va(tmp_path)


@pytest.mark.data
def test_the_real_clips_are_of_ten_genres(music_data: Path) -> None:
    songs = read_clips_va(music_data / "clips-va")
    assert len(songs) == 218
    assert len(set(songs.groups.tolist())) == 10
