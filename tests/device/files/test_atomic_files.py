"""What is written is whole and on the disk, or as it was; and a path that somebody else wrote stays inside."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from device.files.atomic_files import folder_lock, point_link, remove_whole, sync, unfinished, write_whole


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with something in it."""
    path = tmp_path / "card.json"
    path.write_bytes(b"old")
    return path


@pytest.mark.parametrize("content", [b"gr\xc3\xbcn", "grün"], ids=["bytes", "a text"])
def test_content_takes_the_place_of_the_old_and_leaves_nothing_beside_it(path: Path, content: bytes | str) -> None:
    write_whole(path, content)
    assert path.read_bytes() == b"gr\xc3\xbcn"
    assert list(path.parent.iterdir()) == [path]


def test_until_the_block_ends_the_old_content_is_there(path: Path) -> None:
    with unfinished(path) as hidden:
        hidden.write_bytes(b"new")
        assert path.read_bytes() == b"old"
        assert hidden.name.startswith(".")
    assert path.read_bytes() == b"new"


def _break_off(path: Path, error: type[BaseException]) -> None:
    with unfinished(path) as hidden:
        hidden.write_bytes(b"half")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises_leaves_the_old_content_and_nothing_beside_it(
    path: Path, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        _break_off(path, error)
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_text_that_is_no_unicode_leaves_the_old_content(path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "caf\udce9")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_block_that_writes_nothing_is_told(path: Path) -> None:
    with pytest.raises(FileNotFoundError), unfinished(path):
        pass
    assert path.read_bytes() == b"old"


def test_what_a_killed_process_left_is_written_over(path: Path) -> None:
    with unfinished(path) as hidden:
        hidden.write_bytes(b"x")
    hidden.write_bytes(b"a long half of something")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "left", [(), ("card.json",), (".card.json.unfinished",), ("card.json", ".card.json.unfinished")]
)
def test_what_is_removed_leaves_nothing_that_a_killed_process_began(path: Path, left: tuple[str, ...]) -> None:
    path.unlink()
    for name in left:
        (path.parent / name).write_bytes(b"old")
    remove_whole(path)
    assert list(path.parent.iterdir()) == []


def test_a_link_under_the_hidden_name_is_not_followed(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"another's")
    with unfinished(path) as hidden:
        hidden.write_bytes(b"x")
    hidden.symlink_to(other)
    write_whole(path, b"new")
    assert other.read_bytes() == b"another's"
    assert not path.is_symlink()


def test_two_processes_that_share_a_file_do_not_write_over_each_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unfinished(path, shared=True) as mine:
        mine.write_bytes(b"mine")
        monkeypatch.setattr(os, "getpid", lambda: 1)
        with unfinished(path, shared=True) as theirs:
            theirs.write_bytes(b"theirs")
        assert path.read_bytes() == b"theirs"
    assert path.read_bytes() == b"mine"
    assert list(path.parent.iterdir()) == [path]


def test_permissions_are_those_asked_for_whatever_the_umask(path: Path) -> None:
    umask = os.umask(0o077)
    try:
        write_whole(path, b"for all", mode=0o644)
        assert path.stat().st_mode & 0o777 == 0o644
        write_whole(path, b"for me")
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(umask)


def _write(path: Path) -> None:
    write_whole(path, b"new")


def _write_in_a_block(path: Path) -> None:
    with unfinished(path) as hidden, hidden.open("w", encoding="utf-8") as file:
        file.write("new")


@pytest.mark.parametrize("write", [_write, _write_in_a_block])
def test_content_is_on_the_disk_before_it_gets_its_name_and_the_name_before_the_end(
    path: Path, write: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, bytes, bytes]] = []

    def fsync(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").resolve()
        is_folder = place == path.parent
        synced.append((is_folder, b"" if is_folder else place.read_bytes(), path.read_bytes()))

    monkeypatch.setattr(os, "fsync", fsync)
    write(path)
    assert synced == [(False, b"new", b"old"), (True, b"", b"new")]


def test_a_folder_that_its_file_system_cannot_sync_is_no_trouble(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_descriptor: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_what_need_not_last_waits_for_no_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: pytest.fail("it waited"))
    write_whole(path, b"new", lasting=False)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("name", [".", "/", ""])
def test_a_path_without_a_name_is_an_error_of_the_system(name: str) -> None:
    with pytest.raises(IsADirectoryError):
        write_whole(Path(name), b"new")


def test_a_folder_that_may_not_be_read_is_no_trouble(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def refuse_folders(place: Path, *rest: int) -> int:
        if Path(place).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied")
        return real_open(place, *rest)

    monkeypatch.setattr(os, "open", refuse_folders)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_disk_that_fails_is_told_and_the_old_content_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="Input/output"):
        sync(path)
    with pytest.raises(OSError, match="Input/output"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_link_points_elsewhere_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    link = tmp_path / "current"
    for target in ("1", "2"):
        point_link(link, target)
        assert str(link.readlink()) == target
    assert list(tmp_path.iterdir()) == [link]


@pytest.mark.parametrize("kind", ["fifo", "folder", "link to a device"])
def test_what_is_no_file_is_not_replaced(tmp_path: Path, kind: str) -> None:
    """As root, ``--out /dev/null`` would else leave the whole system without it."""
    path = tmp_path / "out"
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            path.symlink_to("/dev/null")
    before = path.lstat()
    with pytest.raises(OSError, match=r"not a regular file|Is a directory"):
        write_whole(path, "new", lasting=False)
    assert path.lstat() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_is_nothing_that_others_may_open(tmp_path: Path) -> None:
    """Else whoever has a login could hold it, and no release would ever be activated, nor the way back be taken."""
    with folder_lock(tmp_path) as first, folder_lock(tmp_path) as second:
        assert (first, second) == (True, False)
        (lock,) = tmp_path.iterdir()
        assert lock.stat().st_mode & 0o777 == 0o600
    with folder_lock(tmp_path) as again:
        assert again


def test_a_lock_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r".+"), folder_lock(tmp_path):
        pytest.fail("it was taken")
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_in_the_place_of_a_link_stays_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(IsADirectoryError, match="a folder lies where"):
        point_link(tmp_path / "current", "1")
    assert [path.name for path in tmp_path.iterdir()] == ["current"]
