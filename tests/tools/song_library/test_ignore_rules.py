from pathlib import Path

import pytest

from tools.errors import DatasetError
from tools.song_library.scan import Scan, scan


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound")


def ignored(found: Scan) -> dict[str, str]:
    return {entry.path: entry.reason for entry in found.ignored}


def test_patterns_leave_out_files_and_folders_and_say_which_line_did(tmp_path: Path) -> None:
    put(tmp_path, "a.mp3", "b.wav", "Talks/one.mp3", "x/Talks/two.mp3", "x/live.mp3")
    (tmp_path / ".mienignore").write_text("# not for the box\n\n*.wav\n/Talks/\nx/live.*\n", encoding="utf-8")
    found = scan(tmp_path)
    assert found.paths == ("a.mp3", "x/Talks/two.mp3")
    assert found.skipped == ()
    assert ignored(found) == {
        "Talks": "ignored by .mienignore, line 4",
        "b.wav": "ignored by .mienignore, line 3",
        "x/live.mp3": "ignored by .mienignore, line 5",
    }


def test_an_exclamation_mark_takes_in_again_and_the_last_line_decides(tmp_path: Path) -> None:
    put(tmp_path, "Ana/a.mp3", "Bo/b.mp3", "Bo/c.mp3", "d.mp3")
    (tmp_path / ".mienignore").write_text("/*\n!/Ana/\n!/Bo/\nBo/*\n!Bo/c.mp3\n", encoding="utf-8")
    assert scan(tmp_path).paths == ("Ana/a.mp3", "Bo/c.mp3")


def test_nothing_comes_back_out_of_a_folder_that_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "Talks/song.mp3")
    (tmp_path / ".mienignore").write_text("Talks/\n!Talks/song.mp3\n", encoding="utf-8")
    (tmp_path / "Talks" / ".mienignore").write_text("!*\n", encoding="utf-8")
    assert scan(tmp_path).paths == ()


def test_a_deeper_file_decides_over_a_higher_one_and_only_below_its_folder(tmp_path: Path) -> None:
    put(tmp_path, "a.wav", "x/a.wav", "x/b.wav", "x/y/a.wav", "x/c.mp3", "c.mp3")
    (tmp_path / ".mienignore").write_text("*.wav\n", encoding="utf-8")
    (tmp_path / "x" / ".mienignore").write_text("!a.wav\n/c.mp3\n", encoding="utf-8")
    found = scan(tmp_path)
    assert found.paths == ("c.mp3", "x/a.wav", "x/y/a.wav")
    assert ignored(found)["x/c.mp3"] == "ignored by x/.mienignore, line 2"
    assert ignored(found)["x/b.wav"] == "ignored by .mienignore, line 1"


def test_a_link_is_left_out_by_its_own_path(tmp_path: Path) -> None:
    put(tmp_path, "Talks/one.mp3", "Talks/two.mp3", ".store/three.mp3")
    (tmp_path / "best.mp3").symlink_to("Talks/one.mp3")
    (tmp_path / "more").symlink_to(".store")
    (tmp_path / ".mienignore").write_text("/Talks/\nmore/\n", encoding="utf-8")
    found = scan(tmp_path)
    assert found.paths == ("best.mp3",)
    assert set(ignored(found)) == {"Talks", "more"}


def test_what_editors_of_windows_write_is_understood(tmp_path: Path) -> None:
    put(tmp_path, "a.mp3", "ü.mp3", "c d.mp3")
    (tmp_path / ".mienignore").write_bytes("\ufeffü.mp3\r\nc d.mp3\r\n".encode())
    assert scan(tmp_path).paths == ("a.mp3",)


@pytest.mark.parametrize("line", ["!", "a\\", "[z-a]"])
def test_a_line_that_is_no_pattern_is_named(tmp_path: Path, line: str) -> None:
    put(tmp_path, "x/a.mp3")
    (tmp_path / "x" / ".mienignore").write_text(f"*.wav\n{line}\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"\.mienignore, line 2: ") as caught:
        scan(tmp_path)
    assert repr(line) in caught.value.what


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".mienignore").write_bytes(b"caf\xe9\n")
    with pytest.raises(DatasetError, match=r"\.mienignore: cannot be read"):
        scan(tmp_path)


def test_a_folder_called_like_the_file_is_reported_as_such(tmp_path: Path) -> None:
    (tmp_path / ".mienignore").mkdir()
    with pytest.raises(DatasetError, match=r"\.mienignore: cannot be read"):
        scan(tmp_path)
