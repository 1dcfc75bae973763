import os
from pathlib import Path

import pytest

from tools.song_library.scan import scan


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_music_is_found_at_any_depth_in_any_letter_case_and_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "b.MP3", "a/z.Flac", "a/b/c/d.ogg", "A.wav", "ä.m4a", "o.opus", "notes.txt", "cover.jpg", "mp3")
    found = scan(tmp_path)
    assert found.paths == ("A.wav", "a/b/c/d.ogg", "a/z.Flac", "b.MP3", "o.opus", "ä.m4a")
    assert found.skipped == ()


def test_the_waste_of_file_managers_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "._song.mp3", ".Trash/song.mp3", "song.mp3")
    assert scan(tmp_path).paths == ("song.mp3",)


def test_links_are_followed_once_even_if_they_lead_back(tmp_path: Path) -> None:
    music, elsewhere = tmp_path / "music", tmp_path / "elsewhere"
    touch(music, "one.mp3")
    touch(elsewhere, "two.mp3", "deep/three.mp3")
    (music / "back").symlink_to(music)
    (music / "more").symlink_to(elsewhere)
    (elsewhere / "deep" / "up").symlink_to(elsewhere)
    (music / "four.mp3").symlink_to(elsewhere / "two.mp3")
    assert scan(music).paths == ("four.mp3", "more/deep/three.mp3", "more/two.mp3", "one.mp3")


def test_of_two_links_to_a_folder_always_the_same_is_entered(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/song.mp3")
    music = tmp_path / "music"
    music.mkdir()
    for name in ("z", "b", "m"):
        (music / name).symlink_to(tmp_path / "elsewhere")
    assert scan(music).paths == ("b/song.mp3",)


def test_a_name_that_is_no_utf8_is_reported(tmp_path: Path) -> None:
    try:
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mp3"))).touch()
    except OSError:
        pytest.skip("this file system keeps names in UTF-8 only")
    touch(tmp_path, "song.mp3")
    found = scan(tmp_path)
    assert found.paths == ("song.mp3",)
    assert [entry.reason for entry in found.skipped] == ["its name is not valid UTF-8"]
    found.skipped[0].path.encode("utf-8")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every folder")
def test_a_folder_that_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    touch(tmp_path, "closed/song.mp3", "song.mp3")
    (tmp_path / "closed").chmod(0)
    try:
        found = scan(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert found.paths == ("song.mp3",)
    assert [(entry.path, "cannot be opened" in entry.reason) for entry in found.skipped] == [("closed", True)]
