"""DEAM as its zip files unpack: names of columns with leading spaces, sound in mp3, and often not all of it there."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from device.emotion.vectors import top_labels
from tools.audio.decode import decode
from tools.errors import DatasetError
from tools.music_emotion.datasets.deam import TABLES, read_deam, read_split
from tools.music_emotion.datasets.labels import percentages

WriteDeam = Callable[..., Path]
IDS = ("2", "3", "10", "2001", "2058")


def test_both_tables_and_the_sound_are_read(write_deam: WriteDeam) -> None:
    songs = read_deam(write_deam())
    assert (songs.name, songs.ids, songs.grouped_by) == ("deam", IDS, "song")
    assert songs.passed == ()
    assert (songs.felt, songs.coarse) == (False, False)
    assert songs.groups.tolist() == songs.sources.tolist() == list(IDS)
    assert sum(len(block) for block in decode(songs.paths[0], sample_rate=22_050)) > 10_000


def test_ratings_become_places_by_the_designs_rule(write_deam: WriteDeam) -> None:
    songs = read_deam(write_deam())
    places = [[-0.38, -0.4], [0.8, -0.8], [0, 0], [-0.36, 0.32], [0.28, 0.04]]
    deviations = [[0.188, 0.126], [0.35, 0], [0, 0.2], [0.196, 0.16], [0.098, 0.234]]
    assert songs.places == pytest.approx(np.array(places))
    assert songs.deviations == pytest.approx(np.array(deviations))


@pytest.mark.parametrize(
    "annotations", ["annotations", "DEAM_Annotations/annotations/annotations averaged per song/song_level"]
)
@pytest.mark.parametrize("audio", ["MEMD_audio", "DEAM_audio", "audio"])
def test_tables_and_sound_may_lie_less_deep(write_deam: WriteDeam, annotations: str, audio: str) -> None:
    assert read_deam(write_deam(annotations=annotations, audio=audio)).ids == IDS


def test_songs_without_sound_are_passed_over(write_deam: WriteDeam) -> None:
    songs = read_deam(write_deam(sounds=("3.mp3", "2058.wav", "7.mp3")))
    assert songs.ids == ("3", "2058")
    assert songs.places[:, 0] == pytest.approx([0.8, 0.28])
    assert [(passed.song, passed.reason) for passed in songs.passed] == [
        ("2", "its file is missing"),
        ("10", "its file is missing"),
        ("2001", "its file is missing"),
    ]


def test_the_annotations_can_be_read_without_any_sound(write_deam: WriteDeam) -> None:
    folder = write_deam(sounds=())
    assert read_deam(folder, heard=False).ids == IDS
    assert read_deam(folder, heard=False).paths[2] == folder / "DEAM_audio" / "MEMD_audio" / "10"
    with pytest.raises(DatasetError, match="the sound of none of the 5 songs of deam"):
        read_deam(folder)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("4,9.1,1,5,1", r"1_2000\.csv, line 2: valence_mean is 9\.1, outside \[1, 9\]"),
        ("4,5,1,0.5,1", r"line 2: arousal_mean is 0\.5"),
        ("4,5,-1,5,1", "line 2: valence_std is -1"),
        ("4,5,1,5,nan", "line 2: arousal_std is nan"),
        ("4,5,1,5,wide", "line 2: arousal_std is “wide”"),
        ("four,5,1,5,1", "line 2: song_id is “four”"),
        ("4.5,5,1,5,1", "line 2: song_id is “4.5”, which is no whole number"),
        ("4,5,1,5", "line 2: the row is too short"),
        ("2001,5,1,5,1", "2001 named more than once"),
    ],
)
def test_a_row_out_of_form_is_named(write_deam: WriteDeam, row: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_deam(write_deam(rows=(row,)))


def test_half_of_the_annotations_is_refused(write_deam: WriteDeam) -> None:
    folder = write_deam(annotations="annotations")
    (folder / "annotations" / "static_annotations_averaged_songs_2000_2058.csv").unlink()
    with pytest.raises(DatasetError, match=r"2000_2058\.csv"):
        read_deam(folder)


def test_one_of_the_tables_may_be_empty_but_not_both(write_deam: WriteDeam) -> None:
    folder = write_deam(annotations="annotations")
    first, second = (folder / "annotations" / table for table in TABLES)
    second.write_text("song_id, valence_mean, valence_std, arousal_mean, arousal_std\n")
    assert read_deam(folder).ids == IDS[:3]
    second.write_bytes(b"")
    assert read_deam(folder).ids == IDS[:3]
    first.write_bytes(b"")
    with pytest.raises(DatasetError, match="the tables hold no songs"):
        read_deam(folder)


def test_a_folder_without_annotations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no annotations of DEAM"):
        read_deam(tmp_path)


def split_into(folder: Path, **lists: str) -> Path:
    (folder / "split").mkdir()
    for side, ids in lists.items():
        (folder / "split" / f"{side}.txt").write_text("\n".join([*ids.split(), ""]))
    return folder


def test_a_split_that_lies_beside_is_read_as_indices(write_deam: WriteDeam) -> None:
    folder = split_into(write_deam(), train="10 2 2058", validation="3 77", test="2001")
    split = read_split(folder, read_deam(folder))
    assert split is not None
    assert (split.train.tolist(), split.validation.tolist(), split.test.tolist()) == ([2, 0, 4], [1], [3])


def test_no_split_is_none(write_deam: WriteDeam) -> None:
    folder = write_deam()
    assert read_split(folder, read_deam(folder)) is None


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ({"train": "2 3 10", "validation": "2001", "test": "2058 2"}, r"test\.txt: 2 named more than once"),
        ({"train": "2 3 10 3", "validation": "2001", "test": "2058"}, r"train\.txt: 3 named more than once"),
        ({"train": "2 3", "validation": "2001", "test": "2058"}, "1 songs are in none of its files, 10 for one"),
        ({"train": "2 3 10", "test": "2001 2058"}, r"validation\.txt"),
    ],
)
def test_a_split_that_does_not_part_the_songs_is_refused(
    write_deam: WriteDeam, lists: dict[str, str], message: str
) -> None:
    folder = split_into(write_deam(), **lists)
    with pytest.raises(DatasetError, match=message):
        read_split(folder, read_deam(folder))


@pytest.mark.data
def test_the_real_annotations_hold_1802_songs_and_a_split_of_them_all(music_data: Path) -> None:
    songs = read_deam(music_data / "deam", heard=False)
    split = read_split(music_data / "deam", songs)
    assert split is not None
    assert [len(side) for side in (split.train, split.validation, split.test)] == [1261, 271, 270]
    assert np.median(songs.deviations, axis=0) == pytest.approx([0.3, 0.296], abs=5e-4)


@pytest.mark.data
def test_a_real_song_that_is_half_excited_and_half_happy_is_excited(music_data: Path) -> None:
    songs = read_deam(music_data / "deam", heard=False)
    vectors = percentages(songs.select(np.array([songs.ids.index("335")])), k=1)
    assert vectors[0, 2:4] == pytest.approx([50, 50])
    assert np.flatnonzero(top_labels(vectors)[0]).tolist() == [2]
