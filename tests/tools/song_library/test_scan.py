import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.song_library.scan import Scan, scan


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound")


def reasons(found: Scan) -> dict[str, str]:
    return {entry.path: entry.reason for entry in found.skipped}


def left_out(found: Scan) -> dict[str, str]:
    return {entry.path: entry.reason for entry in found.left_out}


def test_music_is_found_at_any_depth_in_any_letter_case_and_sorted(tmp_path: Path) -> None:
    put(tmp_path, "b.MP3", "a/z.Flac", "a/b/c/d.ogg", "A.wav", "ä.m4a", "o.opus", "p.AIFF", "q.aif", "r.aac", "s.oga")
    put(tmp_path, "notes.txt", "cover.jpg", "mp3", "song.mp3.part")
    found = scan(tmp_path)
    assert found.paths == tuple(
        sorted(["A.wav", "a/b/c/d.ogg", "a/z.Flac", "b.MP3", "o.opus", "p.AIFF", "q.aif", "r.aac", "s.oga", "ä.m4a"])
    )
    assert (found.skipped, found.ignored, found.left_out) == ((), (), ())


def test_hidden_things_and_the_waste_of_file_managers_are_left_out_with_a_reason(tmp_path: Path) -> None:
    put(tmp_path, "._song.mp3", ".Trash/song.mp3", "__MACOSX/a/song.mp3", "song.mp3", ".hidden.flac", ".DS_Store")
    found = scan(tmp_path)
    assert found.paths == ("song.mp3",)
    assert found.skipped == ()
    assert left_out(found) == {
        "._song.mp3": "waste of a file manager",
        ".Trash": "hidden",
        ".hidden.flac": "hidden",
        "__MACOSX": "waste of a file manager",
    }


def test_an_empty_file_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "song.mp3")
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "empty.txt").touch()
    found = scan(tmp_path)
    assert found.paths == ("song.mp3",)
    assert reasons(found) == {"empty.mp3": "an empty file"}


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "live.mp3")
    assert reasons(scan(tmp_path)) == {"live.mp3": "not a file, but a device or a pipe"}


def test_a_link_inside_the_folder_counts_once_at_the_real_place(tmp_path: Path) -> None:
    put(tmp_path, "z/one.mp3", "z/two.mp3")
    (tmp_path / "a").symlink_to("z")
    (tmp_path / "best.mp3").symlink_to("z/one.mp3")
    found = scan(tmp_path)
    assert found.paths == ("z/one.mp3", "z/two.mp3")
    assert found.skipped == ()
    assert left_out(found) == dict.fromkeys(["a", "best.mp3"], "a link to what is found elsewhere")


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    put(tmp_path, "a/b/one.mp3")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "a" / "self.mp3").symlink_to("self.mp3")
    (tmp_path / "ping").symlink_to("pong")
    (tmp_path / "pong").symlink_to("ping")
    found = scan(tmp_path)
    assert found.paths == ("a/b/one.mp3",)
    assert list(reasons(found)) == ["a/self.mp3"]


def test_a_link_that_leads_out_of_the_folder_is_reported_and_not_followed(tmp_path: Path) -> None:
    music, elsewhere = tmp_path / "music", tmp_path / "music of others"
    put(music, "one.mp3", "notes.txt")
    put(elsewhere, "two.mp3", "words.txt")
    (music / "more").symlink_to(elsewhere)
    (music / "two.mp3").symlink_to("../music of others/two.mp3")
    (music / "words.txt").symlink_to(elsewhere / "words.txt")
    found = scan(music)
    assert found.paths == ("one.mp3",)
    assert reasons(found) == dict.fromkeys(["more", "two.mp3"], "a link that leads out of the music folder")


def test_hidden_files_that_links_lead_to_are_found_once_under_the_first_link(tmp_path: Path) -> None:
    put(tmp_path, ".store/x.mp3", ".store/deep/y.mp3")
    (tmp_path / "b.mp3").symlink_to(".store/x.mp3")
    (tmp_path / "a.mp3").symlink_to(".store/x.mp3")
    (tmp_path / "z").symlink_to(".store")
    found = scan(tmp_path)
    assert found.paths == ("a.mp3", "z/deep/y.mp3")
    assert set(left_out(found)) == {".store", "b.mp3", "z/x.mp3"}


def test_a_broken_link_is_reported_if_it_is_called_like_music(tmp_path: Path) -> None:
    put(tmp_path, "song.mp3")
    (tmp_path / "gone.mp3").symlink_to("nowhere.mp3")
    (tmp_path / "gone.txt").symlink_to("nowhere.txt")
    assert reasons(scan(tmp_path)) == {"gone.mp3": "cannot be read (No such file or directory)"}


def test_the_folder_itself_may_be_a_link_and_may_move(tmp_path: Path) -> None:
    put(tmp_path / "real", "Año/日本.mp3", "cafe\u0301.ogg", "café.ogg")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "best.mp3").symlink_to(tmp_path / "link" / "Año" / "日本.mp3")
    found = scan(tmp_path / "link")
    assert found.paths == tuple(sorted(["Año/日本.mp3", "cafe\u0301.ogg", "café.ogg"]))
    (tmp_path / "real").rename(tmp_path / "moved")
    assert scan(tmp_path / "moved").paths == found.paths


def test_a_name_that_is_no_utf8_is_reported(tmp_path: Path) -> None:
    try:
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mp3"))).write_bytes(b"sound")
    except OSError:
        pytest.skip("this file system keeps names in UTF-8 only")
    put(tmp_path, "song.mp3")
    found = scan(tmp_path)
    assert found.paths == ("song.mp3",)
    assert [entry.reason for entry in found.skipped] == ["its name is not valid UTF-8"]
    found.skipped[0].path.encode("utf-8")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every folder")
def test_a_folder_that_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "closed/song.mp3", "song.mp3")
    (tmp_path / "closed").chmod(0)
    try:
        found = scan(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert found.paths == ("song.mp3",)
    assert [(entry.path, "cannot be opened" in entry.reason) for entry in found.skipped] == [("closed", True)]


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    assert reasons(scan(tmp_path / "gone")) == {".": "cannot be opened (No such file or directory)"}


NAMES = st.sampled_from(["a", "b", "c.mp3", "d.ogg"])
PLACES = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TARGETS = st.one_of(PLACES, st.sampled_from([".", "..", "../outside", "../outside/x.mp3", "/", "a/..", "../../.."]))


@given(files=st.sets(PLACES, max_size=5), links=st.dictionaries(PLACES, TARGETS, max_size=5))
def test_no_path_escapes_the_folder_and_no_file_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, files: set[str], links: dict[str, str]
) -> None:
    base = tmp_path_factory.mktemp("law")
    put(base, "outside/x.mp3")
    root = base / "music"
    root.mkdir()
    for path in sorted(files | links.keys()):
        place = root / path
        if any((root / parent).is_file() or (root / parent).is_symlink() for parent in Path(path).parents):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists() or place.is_symlink():
            continue
        if path in links:
            place.symlink_to(links[path])
        else:
            place.write_bytes(b"sound")
    found = [(root / path).resolve() for path in scan(root).paths]
    assert all(place.is_relative_to(root) and place.is_file() for place in found)
    assert len(set(found)) == len(found)
    real = {place for place in root.rglob("*") if place.suffix and place.is_file() and not place.is_symlink()}
    assert real <= set(found)


def test_however_many_files_there_are_each_costs_but_a_few_calls(tmp_path: Path) -> None:
    for folder in range(40):
        (tmp_path / f"{folder}").mkdir()
        for song in range(50):
            (tmp_path / f"{folder}" / f"{song}.mp3").write_bytes(b"x")
    (tmp_path / ".mienignore").write_text("*.wav\nTalks/\n", encoding="utf-8")
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found = scan(tmp_path)
    finally:
        sys.setprofile(before)
    assert len(found.paths) == 2000
    assert calls < 100 * 2000
