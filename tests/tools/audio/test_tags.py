from collections.abc import Callable
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import TALB, TIT2, TPE1, TPE2

from tools.audio.tags import Tags, read_tags, tags_from_name

Put = Callable[[Path], Path]


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".ogg", ".opus", ".flac"])
def test_tags_are_read_from_every_format(put_tone: Put, tmp_path: Path, suffix: str) -> None:
    path = put_tone(tmp_path / f"01 - Nobody - Nothing{suffix}")
    file = mutagen.File(path, easy=True)
    if file.tags is None:
        file.add_tags()
    file["title"], file["artist"], file["album"] = "Año Nuevo", ["Ana", "Bo"], "Füße"
    file["albumartist"] = "Various"
    file.save()
    tags = read_tags(path)
    assert tags == Tags("Año Nuevo", "Ana / Bo", "Füße", "Various", tags.seconds)
    assert tags.seconds == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("suffix", [".wav", ".aiff"])
def test_tags_of_a_file_without_easy_names_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    soundfile.write(path, np.zeros(8000), 8000)
    file = mutagen.File(path)
    file.add_tags()
    for frame in (TIT2(text="Title"), TPE1(text="Artist"), TALB(text="Album"), TPE2(text="Band")):
        file.tags.add(frame)
    file.save()
    assert read_tags(path) == Tags("Title", "Artist", "Album", "Band", 1.0)


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
        ("50 Cent - Song", ("Song", "50 Cent")),
        ("12 Song", ("Song", "")),
        ("1-03 Song", ("Song", "")),
        ("2-11. Ana - Song", ("Song", "Ana")),
        ("01 - Ana - Song", ("Song", "Ana")),
        ("well-known", ("well-known", "")),
        ("...", ("...", "")),
    ],
)
def test_a_name_tells_title_and_artist(name: str, tags: tuple[str, str]) -> None:
    assert tags_from_name(name) == Tags(*tags, "")


@pytest.mark.parametrize(
    ("path", "tags"),
    [
        ("Ana - First/03 Song", ("Song", "Ana", "First")),
        ("Ana - First/Song", ("Song", "Ana", "First")),
        ("Rock/Ana_-_First/03_Song", ("Song", "Ana", "First")),
        ("Various - Hits/03 Bo - Song", ("Song", "Bo", "Hits")),
        ("Ana/First/03 Song", ("Song", "Ana", "First")),
        ("Ana/1999 - First/03 Song", ("Song", "Ana", "First")),
        ("Ana/First/CD 2/03 Song", ("Song", "Ana", "First")),
        ("Ana - First/disc1/Song", ("Song", "Ana", "First")),
        ("Downloads/new/Song", ("Song", "", "")),
        ("Rock/03 Song", ("Song", "", "")),
        ("CD1/03 Song", ("Song", "", "")),
    ],
)
def test_folders_tell_artist_and_album(path: str, tags: tuple[str, str, str]) -> None:
    *folders, stem = path.split("/")
    assert tags_from_name(stem, tuple(folders)) == Tags(*tags)


def test_only_folders_below_the_music_folder_count(put_tone: Put, tmp_path: Path) -> None:
    music = tmp_path / "My Music - All of It"
    loose, sorted_in = put_tone(music / "01 Song.ogg"), put_tone(music / "Ana - First" / "01 Song.ogg")
    tags = read_tags(loose, music=music)
    assert (tags.title, tags.artist, tags.album) == ("Song", "", "")
    tags = read_tags(sorted_in, music=music)
    assert (tags.title, tags.artist, tags.album) == ("Song", "Ana", "First")
    assert read_tags(sorted_in).album == ""


def test_a_song_without_an_artist_gets_its_album_artist(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / "x.flac")
    file = mutagen.File(path, easy=True)
    file["title"], file["albumartist"] = "Song", "Band"
    file.save()
    assert read_tags(path).artist == "Band"


@given(st.text(min_size=1), st.lists(st.text(), max_size=3))
def test_no_folder_stops_the_guessing(name: str, folders: list[str]) -> None:
    tags = tags_from_name(name, tuple(folders))
    f"{tags.artist}{tags.album}".encode()


@given(st.text(min_size=1))
def test_every_name_gives_a_title_that_can_be_stored(name: str) -> None:
    tags = tags_from_name(name)
    assert tags.title or not name.strip()
    assert "\n" not in tags.title
    tags.artist.encode("utf-8")


def test_missing_tags_are_taken_from_the_name(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / "02 - Ana - Song.flac")
    assert (read_tags(path).title, read_tags(path).artist) == ("Song", "Ana")
    file = mutagen.File(path, easy=True)
    file["title"] = "Tagged"
    file.save()
    tags = read_tags(path)
    assert (tags.title, tags.artist) == ("Tagged", "")  # the name's artist may belong to another spelling


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
    tags = read_tags(path)
    assert tags == Tags("Song", "Ana", "", seconds=tags.seconds)


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".ogg", ".opus", ".flac", ".wav"])
def test_no_damage_to_the_first_bytes_gets_through(put_tone: Put, tmp_path: Path, suffix: str) -> None:
    path = put_tone(tmp_path / f"Song{suffix}")
    whole = path.read_bytes()
    for place in range(0, 160, 3):
        path.write_bytes(whole[:place] + b"\xff\x7f\x00" + whole[place + 3 :][:2000])
        assert read_tags(path).title
