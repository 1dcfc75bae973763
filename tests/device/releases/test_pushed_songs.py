"""Only what a push brought is ever removed, and nothing that a link leads to."""

import os
from pathlib import Path

import pytest

from device.errors import ReleaseError
from device.releases import pushed_songs
from device.releases.push_protocol import SongFile
from device.releases.pushed_songs import RECORD, note_songs, remove_songs, surplus_of


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return tmp_path / "music"


def put(music: Path, *names: str) -> dict[str, SongFile]:
    """Put files there; return what a push would have offered for them."""
    for name in names:
        (music / name).parent.mkdir(parents=True, exist_ok=True)
        (music / name).write_bytes(b"sound")
        os.utime(music / name, (1000, 1000))
    return dict.fromkeys(names, SongFile(5, 1000))


def test_what_somebody_put_there_by_hand_stays(releases: Path, music: Path) -> None:
    put(music, "Documents/thesis.docx", "kept.ogg")
    assert surplus_of(releases, music, ()) == ((), 2)
    note_songs(releases, music, put(music, "old/a/gone.ogg", "old/b.ogg", "kept.ogg"))
    assert surplus_of(releases, music, {"kept.ogg"}) == (("old/a/gone.ogg", "old/b.ogg"), 1)
    asked = [
        "old/a/gone.ogg",
        "Documents/thesis.docx",
        "kept.ogg",
        "nothing.ogg",
        "../music/old/b.ogg",
        "/etc/passwd",
        "",
    ]
    assert remove_songs(releases, music, asked, {"kept.ogg"}) == ["old/a/gone.ogg"]
    assert not (music / "old" / "a").exists(), "a folder that this left empty goes"
    assert (music / "old" / "b.ogg").exists()
    assert (music / "Documents" / "thesis.docx").exists()
    assert remove_songs(releases, music, ["old/a/gone.ogg", "old/b.ogg"], ()) == ["old/b.ogg"]
    assert not (music / "old").exists()
    assert music.is_dir()


def test_a_file_that_changed_since_is_the_owners(releases: Path, music: Path) -> None:
    songs = put(music, "longer.ogg", "newer.ogg")
    note_songs(releases, music, songs)
    (music / "longer.ogg").write_bytes(b"another sound")
    os.utime(music / "longer.ogg", (1000, 1000))
    os.utime(music / "newer.ogg", (2000, 2000))
    assert surplus_of(releases, music, ()) == ((), 2)
    assert remove_songs(releases, music, songs, ()) == []


def test_no_link_is_followed_and_nothing_hidden_goes(releases: Path, music: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    songs = put(outside, "album/a.ogg")
    songs |= put(music, ".hidden/b.ogg", ".c.ogg", "linked.ogg")
    (music / "album").symlink_to(outside / "album")
    (music / "linked.ogg").unlink()
    (music / "linked.ogg").symlink_to(outside / "album" / "a.ogg")
    note_songs(releases, music, songs)
    assert surplus_of(releases, music, ()) == ((), 1)
    assert remove_songs(releases, music, songs, ()) == []
    assert (outside / "album" / "a.ogg").exists()
    assert (music / ".hidden" / "b.ogg").exists()


def test_another_disk_in_the_same_place_was_not_pushed_to(releases: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    songs = put(one, "a.ogg")
    put(two, "a.ogg")
    (tmp_path / "music").symlink_to(one)
    note_songs(releases, tmp_path / "music", songs)
    (tmp_path / "music").unlink()
    (tmp_path / "music").symlink_to(two)
    assert surplus_of(releases, tmp_path / "music", ()) == ((), 1)
    assert surplus_of(releases, one, ()) == (("a.ogg",), 0)


def test_a_song_that_only_changed_its_spelling_stays_where_the_disk_knows_no_difference(
    releases: Path, music: Path
) -> None:
    note_songs(releases, music, put(music, "Song.ogg", "Other.ogg"))
    os.link(music / "Song.ogg", music / "song.ogg")  # one file by both names, as on a stick
    put(music, "other.ogg")
    keep = {"song.ogg", "other.ogg"}
    assert surplus_of(releases, music, keep) == (("Other.ogg",), 0)
    assert remove_songs(releases, music, ["Song.ogg"], keep) == []


def test_a_path_is_known_however_it_is_written(releases: Path, music: Path) -> None:
    note_songs(releases, music, {"./a//b.ogg": put(music, "a/b.ogg")["a/b.ogg"]})
    assert surplus_of(releases, music, ()) == (("a/b.ogg",), 0)
    assert surplus_of(releases, music, {"a/./b.ogg"}) == ((), 0)
    assert remove_songs(releases, music, ["a/b.ogg"], {".//a/b.ogg"}) == []


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b'{"schema": 2}', b'{"schema": 1, "folders": 3}', b"[" * 100_000]
)
def test_a_broken_record_removes_nothing(releases: Path, music: Path, content: bytes) -> None:
    songs = put(music, "a.ogg")
    note_songs(releases, music, songs)
    for broken in (content, b'{"schema": 1, "folders": {"%s": {"a.ogg": [5]}}}' % os.fsencode(music)):
        (releases / RECORD).write_bytes(broken)
        assert surplus_of(releases, music, ()) == ((), 1)
        assert remove_songs(releases, music, songs, ()) == []


def test_a_record_that_is_a_link_is_not_read(releases: Path, music: Path, tmp_path: Path) -> None:
    note_songs(releases, music, put(music, "a.ogg"))
    (releases / RECORD).rename(tmp_path / "record")
    (releases / RECORD).symlink_to(tmp_path / "record")
    assert surplus_of(releases, music, ()) == ((), 1)


def test_a_long_list_is_told_in_parts(releases: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushed_songs, "MOST_LISTED", 2)
    note_songs(releases, music, put(music, "c.ogg", "a.ogg", "b.ogg"))
    assert surplus_of(releases, music, ()) == (("a.ogg", "b.ogg"), 0)


def test_a_record_that_cannot_be_written_is_told(music: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReleaseError, match="file"):
        note_songs(tmp_path / "file" / "releases", music, {})
