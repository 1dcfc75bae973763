"""A release is what a stranger has written: whatever lies in the place of its files, nothing but them is taken in."""

import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device.errors import ReleaseError
from device.releases.listing import list_releases
from device.releases.manifest import MANIFEST, SIGNATURE, verify
from device.releases.signature import MOST_SIGNATURE_BYTES
from device.releases.store import ReleaseStore
from tests.device.releases.folders import held_in
from tests.device.releases.races import CONTENTS, SECRET, SWAPS, check, leaks, private, race, write_release

RACES_AT_RANDOM = 200


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: a thousand attempts wait for the disk many times each."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder inside it is ours alone
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A whole release."""
    return write_release(tmp_path / "stick" / "new")


@pytest.fixture
def asking(store: ReleaseStore, tmp_path: Path) -> ReleaseStore:
    """The store on a box that asks for signatures, and trusts nobody."""
    (tmp_path / "signers").write_bytes(b"")
    (tmp_path / "signers").chmod(0o644)
    return ReleaseStore(store.folder, store.state_folder, tmp_path / "signers")


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def into_a_link(path: Path) -> None:
    path.symlink_to(path.parents[len(path.parents) - 2] / "etc" / "hostname")


def into_a_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def into_a_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def into_a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def into_a_fifo(path: Path) -> None:
    os.mkfifo(path)


def into_a_folder(path: Path) -> None:
    path.mkdir()


def into_a_socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


KINDS = [
    into_a_link,
    into_a_dangling_link,
    into_a_link_to_a_device,
    into_a_link_to_itself,
    into_a_fifo,
    into_a_folder,
    into_a_socket,
]

Turn = Callable[[Path], None]


@pytest.mark.parametrize("turn", KINDS)
@pytest.mark.parametrize("name", [*CONTENTS, MANIFEST])
def test_what_is_no_file_is_refused_at_once_by_every_verb(
    store: ReleaseStore, source: Path, name: str, turn: Turn
) -> None:
    store.stage(source)
    for folder in (source, store.folder / "1"):
        (folder / name).unlink()
        turn(folder / name)
    (store.folder / "1").rename(store.folder / "held")
    for act in (verify, store.check, store.stage):
        with pytest.raises(ReleaseError, match=name) as caught:
            act(source)
        assert caught.value.what.isprintable()
        assert caught.value.exit_code == 65
    (store.folder / "held").rename(store.folder / "1")
    with pytest.raises(ReleaseError, match=name):
        store.activate("1", trial=lambda _: None)
    for listed in list_releases(store):
        assert listed.states == ("staged", "damaged")
    assert held_in(store.folder) == {"1"}


@pytest.mark.parametrize("turn", KINDS)
def test_a_signature_that_nobody_asked_for_is_not_looked_at(store: ReleaseStore, source: Path, turn: Turn) -> None:
    turn(source / SIGNATURE)
    store.stage(source)
    assert names(store.folder / "1") == {*CONTENTS, MANIFEST}


def test_a_sound_signature_that_nobody_asked_for_is_not_copied_either(store: ReleaseStore, source: Path) -> None:
    (source / SIGNATURE).write_bytes(b"-----BEGIN SSH SIGNATURE-----\n")
    store.stage(source)
    assert names(store.folder / "1") == {*CONTENTS, MANIFEST}


@pytest.mark.parametrize("turn", KINDS)
def test_a_signature_that_is_asked_for_is_a_file(asking: ReleaseStore, source: Path, turn: Turn) -> None:
    turn(source / SIGNATURE)
    with pytest.raises(ReleaseError, match=r"manifest\.json\.sig: the signature cannot be read \("):
        asking.stage(source)
    assert not asking.folder.exists() or held_in(asking.folder) == set()


def test_a_signature_that_is_asked_for_is_small(asking: ReleaseStore, source: Path) -> None:
    (source / SIGNATURE).write_bytes(bytes(MOST_SIGNATURE_BYTES + 1))
    with pytest.raises(ReleaseError, match=f"longer than {MOST_SIGNATURE_BYTES} bytes"):
        asking.stage(source)


def test_a_folder_that_is_none_is_told_from_one_that_was_not_packed(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=f"^{tmp_path}/nope: there is no such folder") as refused:
        verify(tmp_path / "nope")
    assert "name a release's folder" in refused.value.mend
    with pytest.raises(ReleaseError, match="not a release, manifest") as refused:
        verify(tmp_path)
    assert "mien-tools pack-release FOLDER" in refused.value.mend


@pytest.mark.parametrize("turn", [turn for turn in KINDS if turn is not into_a_folder])
def test_what_is_no_folder_is_told(store: ReleaseStore, tmp_path: Path, turn: Turn) -> None:
    turn(tmp_path / "release")
    for act in (verify, store.check, store.stage):
        with pytest.raises(ReleaseError, match=r"not a release, manifest\.json cannot be read"):
            act(tmp_path / "release")


@pytest.mark.parametrize("release_id", ["n" * 300, "a/" * 3000 + "b", "\udcff", "\x1b[2J", "", "."])
def test_no_name_on_the_command_line_is_more_than_a_release_that_is_not_there(
    store: ReleaseStore, release_id: str
) -> None:
    with pytest.raises(ReleaseError):
        store.activate(release_id, trial=lambda _: None)


def test_a_folder_on_the_way_that_is_a_link_is_not_followed(store: ReleaseStore, source: Path) -> None:
    shutil.rmtree(source / "face_emotion")
    (source / "face_emotion").symlink_to(private(source) / "face_emotion")
    with pytest.raises(ReleaseError, match=r"face_emotion/model\.tflite"):
        store.stage(source)
    assert held_in(store.folder) == set()


def test_nothing_is_written_through_links_in_the_place_where_it_lands(
    store: ReleaseStore, source: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    partial = store.landing("1")
    partial.mkdir(parents=True)
    (partial / "face_emotion").symlink_to(elsewhere)
    (partial / "songs.sqlite").symlink_to(elsewhere / "songs.sqlite")
    (partial / ".landing.unfinished").symlink_to(elsewhere / "unfinished")
    (partial / MANIFEST).mkdir()
    (partial / MANIFEST / "deep").mkdir()
    (partial / SIGNATURE).symlink_to(private(source) / SIGNATURE)
    store.stage(source)
    assert list(elsewhere.iterdir()) == []
    assert names(store.folder / "1") == {*CONTENTS, MANIFEST}


def test_nothing_is_written_through_links_in_a_release_that_is_mended(
    store: ReleaseStore, source: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    store.stage(source)
    shutil.rmtree(store.folder / "1" / "face_emotion")
    (store.folder / "1" / "face_emotion").symlink_to(elsewhere)
    (store.folder / "1" / "songs.sqlite").unlink()
    (store.folder / "1" / "songs.sqlite").mkdir()
    store.stage(source)
    assert list(elsewhere.iterdir()) == []
    check(store, "")


@pytest.mark.parametrize("place", ["1", ".1.partial"])
def test_a_link_in_the_place_of_the_whole_release_is_not_followed(
    store: ReleaseStore, source: Path, tmp_path: Path, place: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    store.folder.mkdir()
    (store.folder / place).symlink_to(elsewhere)
    if place == "1":
        with pytest.raises(ReleaseError, match="a link, in whose place the release belongs"):
            store.stage(source)
    else:
        store.stage(source)
        check(store, "")
    assert list(elsewhere.iterdir()) == []


@pytest.fixture
def pushed(store: ReleaseStore, source: Path) -> Path:
    """The folder that a pusher has filled itself."""
    return Path(shutil.copytree(source, store.landing("1")))


@pytest.mark.parametrize("turn", KINDS)
@pytest.mark.parametrize("name", CONTENTS)
def test_a_pusher_cannot_put_anything_else_in_a_files_place(
    store: ReleaseStore, pushed: Path, name: str, turn: Turn
) -> None:
    (pushed / name).unlink()
    turn(pushed / name)
    with pytest.raises(ReleaseError, match=name):
        store.stage(pushed)
    assert store.release_ids() == []


def test_a_pusher_cannot_put_a_link_in_a_folders_place(store: ReleaseStore, pushed: Path, source: Path) -> None:
    shutil.rmtree(pushed / "face_emotion")
    (pushed / "face_emotion").symlink_to(source / "face_emotion")  # the very files that belong there
    with pytest.raises(ReleaseError, match=r"face_emotion/model\.tflite"):
        store.stage(pushed)
    assert store.release_ids() == []


@pytest.mark.parametrize("turn", KINDS)
def test_what_a_pusher_has_put_beside_the_files_goes(store: ReleaseStore, pushed: Path, turn: Turn) -> None:
    turn(pushed / SIGNATURE)
    turn(pushed / "face_emotion" / "more")
    (pushed / "songs.sqlite-journal").write_bytes(b"")
    (pushed / "empty" / "folders").mkdir(parents=True)
    store.stage(pushed)
    assert names(store.folder / "1") == {*CONTENTS, MANIFEST}
    assert not (store.folder / "1" / "empty").exists()


@pytest.mark.parametrize("loose", ["", "face_emotion", "songs.sqlite"])
def test_what_others_may_still_change_is_copied(store: ReleaseStore, pushed: Path, loose: str) -> None:
    (pushed / loose).chmod(0o777)
    open_all_along = (pushed / "songs.sqlite").open("r+b")
    store.stage(pushed)
    with open_all_along:
        open_all_along.write(SECRET)
    check(store, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_belongs_to_somebody_else_is_copied(store: ReleaseStore, pushed: Path) -> None:
    os.chown(pushed / "songs.sqlite", 12345, -1)
    store.stage(pushed)
    check(store, "")
    assert (store.folder / "1" / "songs.sqlite").stat().st_uid == 0


def test_a_copy_is_private_until_it_is_known_to_be_right(
    store: ReleaseStore, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    opened = os.open

    def open_(path: str | Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_CREAT and dir_fd is not None:
            seen.append(mode)
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", open_)
    store.stage(source)
    assert seen == [0o600] * 3
    assert {path.stat().st_mode & 0o777 for path in (store.folder / "1").rglob("*.*")} == {0o644}


@pytest.mark.parametrize("change", SWAPS)
@pytest.mark.parametrize("pushed", [False, True], ids=["brought", "pushed"])
def test_no_change_at_any_moment_brings_in_what_is_private(quick_folder: Path, change: str, *, pushed: bool) -> None:
    races, swapped = 0, True
    while swapped:
        world = quick_folder / "world"
        store = ReleaseStore(world / "releases", world / "state")
        source = write_release(store.landing("1") if pushed else world / "stick" / "new")
        source.chmod(0o777 if pushed else 0o755)  # others may write, so that it is not taken as it is
        swapped = race(store, source, SWAPS[change], races)
        shutil.rmtree(world)
        races += swapped
    assert races > 60


def test_no_change_at_random_brings_in_what_is_private(quick_folder: Path) -> None:
    source = write_release(quick_folder / "stick" / "new")
    table, spare, bait = source / "songs.sqlite", source / "spare", source / "bait"
    shutil.copy(table, spare)
    ended = threading.Event()

    def swap() -> None:
        while not ended.is_set():
            bait.symlink_to(private(source) / "songs.sqlite")
            bait.replace(table)
            shutil.copy(spare, bait)
            bait.replace(table)

    swapper, interval = threading.Thread(target=swap), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    swapper.start()
    outcomes = set()
    try:
        for number in range(RACES_AT_RANDOM):
            store = ReleaseStore(quick_folder / str(number), quick_folder / "state")
            try:
                store.stage(source)
            except ReleaseError as error:
                outcomes.add(error.what.rpartition(": ")[2])
                check(store, error.what)
            else:
                outcomes.add("taken")
                check(store, "")
    finally:
        ended.set()
        swapper.join()
        sys.setswitchinterval(interval)
    assert not leaks(quick_folder / "0")
    assert len(outcomes) > 1, outcomes
