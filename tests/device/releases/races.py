"""Somebody changes a release while it is taken in: one change, made before one of the calls that touch the disk.

test_hostile_releases.py tries every change before every call, in the process itself, so that no luck is needed; the
script tests/benchmarks/mutated_releases.py tries one of them at random moments, from another process.
"""

import os
import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from device.errors import ReleaseError
from device.releases.manifest import MANIFEST, SIGNATURE, Manifest, describe_file, verify, write_manifest
from device.releases.store import ReleaseStore
from tests.device.releases.folders import held_in

SECRET = b"of root alone"
CONTENTS = {"face_emotion/model.tflite": b"a model, as long", "songs.sqlite": b"song table, long"}
TOUCHING = {
    "open",
    "stat",
    "lstat",
    "fstat",
    "read",
    "write",
    "mkdir",
    "rename",
    "unlink",
    "fsync",
    "fchmod",
    "scandir",
}


LEAKING = {"fchmod", "rename"}
"""Before these of them it is looked whether somebody else could read the secret by now."""


def private(folder: Path) -> Path:
    """Where lies what only root may read: beside the folder that the release's folder lies in."""
    return folder.parents[1] / "private"


def write_release(folder: Path) -> Path:
    """Write a whole release, and what is private."""
    for name, content in CONTENTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    files = {name: describe_file(folder / name) for name in CONTENTS}
    write_manifest(folder, Manifest("1", "2026-11-01", files, versions={"mien": "1"}, labels={}))
    for name in (*CONTENTS, MANIFEST, SIGNATURE):
        path = private(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(SECRET + b" ..")  # as long as what it stands for
        path.chmod(0o600)
    return folder


def link(name: str) -> Callable[[Path], object]:
    """Replace something of a release by a link to what is private."""

    def swap(folder: Path) -> None:
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(private(folder) / name)

    return swap


def hard_link(folder: Path) -> None:
    (folder / "songs.sqlite").unlink()
    (folder / "songs.sqlite").hardlink_to(private(folder) / "songs.sqlite")


def the_folder(folder: Path) -> None:
    folder.rename(folder.parents[1] / "away")
    folder.symlink_to(private(folder))


def fifo(folder: Path) -> None:
    (folder / "songs.sqlite").unlink()
    os.mkfifo(folder / "songs.sqlite")


def grow(folder: Path) -> None:
    with (folder / "songs.sqlite").open("ab") as file:
        file.write(b"more" * 1000)


def another(folder: Path) -> None:
    (folder / "songs.sqlite").write_bytes(b"SONG TABLE, LONG")


SWAPS: dict[str, Callable[[Path], object]] = {
    "a file, by a link": link("songs.sqlite"),
    "a folder, by a link": link("face_emotion"),
    "the manifest, by a link": link(MANIFEST),
    "the signature, by a link": link(SIGNATURE),
    "the release, by a link": the_folder,
    "a file, by another name of a private one": hard_link,
    "a file, by a FIFO": fifo,
    "a file, by a longer one": grow,
    "a file, by another one": another,
}


def leaks(folder: Path) -> list[str]:
    """Name the files of a folder that hold the secret and can be read by others."""
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode) and mode & 0o044 and SECRET in path.read_bytes():
                found.append(str(path))
    return found


def race(store: ReleaseStore, source: Path, swap: Callable[[Path], object], number: int) -> bool:
    """Stage ``source``, and make the change before call ``number``; return whether there was such a call.

    :raises AssertionError: if something leaked, or was taken in by half.
    """
    left, swapped, seen, itself = number, False, list[str](), source.stat().st_ino

    def count(_frame: FrameType, event: str, called: object) -> None:
        nonlocal left, swapped
        name = getattr(called, "__name__", "")
        if event != "c_call" or name not in TOUCHING:
            return
        left -= 1
        if left == -1 or (swapped and name in LEAKING):
            sys.setprofile(None)
            if left == -1:
                with suppress(OSError):  # what it would change is away for a moment, or for good
                    swap(place_of(source, itself))
                swapped = True
            seen.extend(leaks(store.folder))
            sys.setprofile(count)

    sys.setprofile(count)
    try:
        store.stage(source)
    except ReleaseError as error:
        outcome = error.what
    else:
        outcome = ""
    finally:
        sys.setprofile(None)
    assert not seen, (outcome, seen)
    check(store, outcome, pushed=source.parent == store.folder)
    return swapped


def place_of(source: Path, itself: int) -> Path:
    """Where a folder lies that may have been set aside; another one in its place is not the pusher's.

    :param itself: its inode.
    :raises FileNotFoundError: if it is gone.
    """
    for path in (source, source.with_name(f"{source.stem}.pushed.partial")):
        if path.exists() and path.stat().st_ino == itself:
            return path
    raise FileNotFoundError(source)


def check(store: ReleaseStore, outcome: str, *, pushed: bool = False) -> None:
    """See that the store holds the release whole, or nothing, and nothing private in any case.

    :param outcome: why it was refused, if it was.
    :param pushed: a pusher has filled the place itself; what was refused stays there for the next push.
    """
    assert not leaks(store.folder), (outcome, leaks(store.folder))
    names = held_in(store.folder) if store.folder.exists() else set[str]()
    if outcome:
        assert names <= ({".1.partial"} if pushed else set()), (outcome, names)
        return
    assert names - {".1.pushed.partial" if pushed else ""} == {"1"}
    folder = store.folder / "1"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.*")} == {*CONTENTS, MANIFEST}
    assert {name: (folder / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert verify(folder).release_id == "1"
