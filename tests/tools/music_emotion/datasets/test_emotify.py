"""Emotify: votes become a place and its spread, and track numbers the files of their genre's folder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.errors import DatasetError
from tools.music_emotion.datasets.emotify import GEMS, GEMS_PLACES, read_emotify

HEADER = "track id, genre, " + ", ".join(GEMS) + ", mood, mother tongue"

Write = Callable[..., Path]


def vote(track: int, genre: str, *felt: str) -> str:
    return f"{track},{genre}," + ",".join("1" if emotion in felt else "0" for emotion in GEMS) + ",3,English"


ROWS = [
    vote(1, "classical", "calmness", "sadness"),
    vote(1, "classical", "calmness"),
    vote(1, "classical", "calmness"),
    vote(101, "rock", "power"),
    vote(200, "rock"),
    vote(400, "pop", "joyful_activation", "tension"),
]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_emotify(
        rows: list[str] = ROWS, files: str = "classical/1.ogg rock/1.mp3 rock/100.ogg pop/100.ogg"
    ) -> Path:
        for file in files.split():
            (tmp_path / "audio" / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "audio" / file).touch()
        (tmp_path / "data.csv").write_text("\n".join([HEADER, *rows, ""]))
        return tmp_path

    return write_emotify


def test_tracks_are_numbered_again_in_the_folder_of_their_genre(write: Write) -> None:
    songs = read_emotify(write())
    assert songs.ids == ("1", "101", "400")
    assert [f"{path.parent.name}/{path.name}" for path in songs.paths] == [
        "classical/1.ogg",
        "rock/1.mp3",
        "pop/100.ogg",
    ]
    assert songs.groups.tolist() == ["classical", "rock", "pop"]
    assert songs.felt
    assert songs.grouped_by == "genre"


def test_a_place_is_the_mean_of_what_was_felt_and_its_deviation_the_spread(write: Write) -> None:
    songs = read_emotify(write())
    calm, sad, power = (np.array(GEMS_PLACES[emotion]) for emotion in ("calmness", "sadness", "power"))
    assert songs.places[0] == pytest.approx(0.75 * calm + 0.25 * sad)
    assert songs.deviations[0] == pytest.approx(np.sqrt(0.75 * 0.25) * np.abs(calm - sad))
    assert songs.places[1] == pytest.approx(power)
    assert songs.deviations[1] == pytest.approx([0, 0])


def test_songs_without_votes_or_sound_are_passed_over(write: Write) -> None:
    songs = read_emotify(write(files="classical/1.ogg rock/100.ogg"))
    assert songs.ids == ("1",)
    assert [(passed.song, passed.reason) for passed in songs.passed] == [
        ("101", "its file is missing"),
        ("400", "its file is missing"),
        ("200", "no listener felt anything"),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (vote(401, "pop"), r"data\.csv, line 2: track id is 401"),
        (vote(1, "pop").replace(",0,", ",2,", 1), r"line 2: amazement is 2, outside \[0, 1\]"),
        (vote(1, "pop").replace(",0,", ",0.5,", 1), "line 2: amazement is “0.5”, which is no whole number"),
        (vote(1, "pop").replace(",0,", ",yes,", 1), "line 2: amazement is “yes”"),
        (vote(400, "rock"), "track 400 is rock in one row and pop in another"),
    ],
)
def test_a_row_out_of_form_is_named(write: Write, row: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_emotify(write([row, *ROWS]))


def test_each_emotion_lies_on_the_side_of_the_plane_that_its_words_name() -> None:
    felt = {emotion: tuple(np.sign(place).tolist()) for emotion, place in GEMS_PLACES.items()}
    assert felt["joyful_activation"] == felt["power"] == felt["amazement"] == (1, 1)
    assert felt["calmness"] == felt["tenderness"] == (1, -1)
    assert felt["tension"] == (-1, 1)
    assert felt["sadness"] == (-1, -1)


@pytest.mark.data
def test_the_real_set_has_400_songs_and_is_neither_happy_nor_sad_in_the_middle(music_data: Path) -> None:
    songs = read_emotify(music_data / "emotify")
    assert len(songs) == 400
    assert not songs.passed
    assert {genre: int(np.sum(songs.groups == genre)) for genre in np.unique(songs.groups)} == dict.fromkeys(
        ("classical", "electronic", "pop", "rock"), 100
    )
