from collections.abc import Callable
from pathlib import Path

import mutagen
import mutagen.wave
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import TALB, TIT2, TPE1

from tools.song_library.tags import Tags, read_tags, tags_from_name

Put = Callable[[Path], Path]


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".ogg", ".opus", ".flac"])
def test_tags_are_read_from_every_format(put_tone: Put, tmp_path: Path, suffix: str) -> None:
    path = put_tone(tmp_path / f"01 - Nobody - Nothing{suffix}")
    file = mutagen.File(path, easy=True)
    if file.tags is None:
        file.add_tags()
    file["title"], file["artist"], file["album"] = "Año Nuevo", ["Ana", "Bo"], "Füße"
    file.save()
    assert read_tags(path) == Tags("Año Nuevo", "Ana / Bo", "Füße")


def test_tags_of_a_wav_file_are_read(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / "x.wav")
    file = mutagen.wave.WAVE(path)
    file.add_tags()
    for frame in (TIT2(text="Title"), TPE1(text="Artist"), TALB(text="Album")):
        file.tags.add(frame)
    file.save()
    assert read_tags(path) == Tags("Title", "Artist", "Album")


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("Song", ("Song", "")),
        ("07 - Song", ("Song", "")),
        ("07. Song", ("Song", "")),
        ("1-Song", ("Song", "")),
        ("03 Ana - Song", ("Song", "Ana")),
        ("Ana - Song - live", ("Song - live", "Ana")),
        ("Ana – Song", ("Song", "Ana")),
        ("my_song_title", ("my song title", "")),
        ("99", ("99", "")),
        ("1999 - Song", ("Song", "1999")),
        ("50 Cent - Song", ("Song", "Cent")),
        ("well-known", ("well-known", "")),
        ("...", ("...", "")),
    ],
)
def test_a_name_tells_title_and_artist(name: str, tags: tuple[str, str]) -> None:
    assert tags_from_name(name) == Tags(*tags, "")


@given(st.text(min_size=1))
def test_every_name_gives_a_title_that_can_be_stored(name: str) -> None:
    tags = tags_from_name(name)
    assert tags.title or not name.strip()
    assert "\n" not in tags.title
    tags.artist.encode("utf-8")


def test_missing_tags_are_taken_from_the_name(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / "02 - Ana - Song.flac")
    assert read_tags(path) == Tags("Song", "Ana", "")
    file = mutagen.File(path, easy=True)
    file["title"] = "Tagged"
    file.save()
    assert read_tags(path) == Tags("Tagged", "", "")  # the name's artist may belong to another spelling


def test_line_breaks_go_and_joiners_of_scripts_stay(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / "x.flac")
    file = mutagen.File(path, easy=True)
    file["title"] = "two\nlines\x00 and\ta tab"
    file["artist"] = "می\u200cخواهم"
    file.save()
    tags = read_tags(path)
    assert tags.title == "two lines and a tab"
    assert tags.artist == "می\u200cخواهم"


@pytest.mark.parametrize("content", [b"", b"words, not music", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", b"fLaC\xff\xff\xff"])
@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".ogg", ".opus", ".flac", ".wav"])
def test_a_damaged_file_falls_back_to_its_name(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"Ana - Song{suffix}"
    path.write_bytes(content)
    assert read_tags(path) == Tags("Song", "Ana", "")


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".ogg", ".opus", ".flac", ".wav"])
def test_no_damage_to_the_first_bytes_gets_through(put_tone: Put, tmp_path: Path, suffix: str) -> None:
    path = put_tone(tmp_path / f"Song{suffix}")
    whole = path.read_bytes()
    for place in range(0, 160, 3):
        path.write_bytes(whole[:place] + b"\xff\x7f\x00" + whole[place + 3 :][:2000])
        assert read_tags(path).title
