"""A song by a part of its title: the one that is meant, or words that help to name it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from device.errors import MienError
from device.recommendation.song_table import Header, Song, SongTable, read_song_table, write_song_table
from device.recommendation.titles import song_titled

SONGS = (
    ("Blue in Green", "Miles Davis"),
    ("Green", "R.E.M."),
    ("So What", "Miles Davis"),
    ("Ænima", ""),
    ("ΣΟΦΙΑ", "Ana"),
)


@pytest.fixture(params=["held", "stored"])
def table(request: pytest.FixtureRequest, make_song: Callable[..., Song], tmp_path: Path) -> SongTable:
    songs = [make_song(n, title=title, artist=artist) for n, (title, artist) in enumerate(SONGS, start=1)]
    header = Header(1, 0.2, 0.2, "test")
    if request.param == "held":
        return SongTable(header, tuple(songs))
    write_song_table(tmp_path / "songs.sqlite", header, songs)
    return read_song_table(tmp_path / "songs.sqlite")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("blue", 1),
        ("GREEN", 2),  # the whole of a title goes before a part of another
        ("in green", 1),
        ("  so   what ", 3),
        ("what — miles", 3),
        ("æNIMA", 4),
        ("σοφια", 5),
    ],
)
def test_a_part_of_a_title_names_its_song(table: SongTable, part: str, expected: int) -> None:
    assert song_titled(part, table).id == expected


@pytest.mark.parametrize("titles", [("Intro", "Intro"), ("x" * 80 + " I", "x" * 80 + " II")])
def test_songs_whose_names_are_alike_are_told_apart_by_what_names_one(
    make_song: Callable[..., Song], titles: tuple[str, str]
) -> None:
    songs = [make_song(n, title=title, path=f"Disc {n}/one.mp3") for n, title in enumerate(titles)]
    table = SongTable(Header(1, 0.2, 0.2, "test"), tuple(songs))
    with pytest.raises(MienError) as caught:
        song_titled(titles[0][:40], table)
    assert "write more of it, or a path: 'Disc 0/one.mp3'; 'Disc 1/one.mp3'" in caught.value.mend
    assert song_titled("disc 1/ONE.mp3", table).id == 1


@pytest.mark.parametrize(
    ("part", "what", "mend"),
    [
        (
            "miles",
            "2 songs have 'miles' in their names",
            "write more of it: 'Blue in Green — Miles Davis'; 'So What — Miles Davis'",
        ),
        ("bleu in green", "no song is called 'bleu in green'", "a part of a title, 'Blue in Green — Miles Davis'"),
        ("xyzzy", "no song is called 'xyzzy'", "write a part of a title"),
    ],
)
def test_what_names_no_song_or_several_is_told_with_those_near_to_it(
    table: SongTable, part: str, what: str, mend: str
) -> None:
    with pytest.raises(MienError) as caught:
        song_titled(part, table)
    assert caught.value.what == what
    assert mend in caught.value.mend
