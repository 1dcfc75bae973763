"""Writing so that a pulled plug leaves the old or the new content, whole, and never half of either.

unfinished file ─▶ fsync ─▶ rename over the name ─▶ fsync of the folder
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".unfinished"
"""Ends the hidden name under which something is written before it gets its own."""


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file's content in one step, and return when that is on the disk.

    :raises OSError: if it cannot be written; the old content is still there.
    """
    unfinished = _unfinished(path)
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync(path.parent)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file's content in one step; the folder it lands in is the caller's to :func:`sync`.

    :raises OSError: if one cannot be read, or the other cannot be written.
    """
    unfinished = _unfinished(target)
    with source.open("rb") as read, unfinished.open("wb") as written:
        shutil.copyfileobj(read, written)
        written.flush()
        os.fsync(written.fileno())
    unfinished.replace(target)


def point_link(link: Path, target: str) -> None:
    """Let a symbolic link point elsewhere in one step, and return when that is on the disk."""
    unfinished = _unfinished(link)
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(target)
    unfinished.replace(link)
    sync(link.parent)


def sync(path: Path) -> None:
    """Wait until one file's content, or one folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def folder_lock(folder: Path) -> Iterator[bool]:
    """Hold a folder's lock if nobody else does, and say whether it is held; a process that dies lets go of it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}{UNFINISHED}")
