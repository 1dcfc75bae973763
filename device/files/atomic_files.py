"""Writing so that a pulled plug leaves the old or the new content, whole, and never half of either.

unfinished file ─▶ fsync ─▶ rename over the name ─▶ fsync of the folder
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".unfinished"
"""Ends the hidden name under which something is written before it gets its own."""

_LOCK = ".lock"


@contextmanager
def unfinished(path: Path, *, shared: bool = False, lasting: bool = True) -> Iterator[Path]:
    """Give the hidden path under which the block writes a file; as the block ends, that takes the place of ``path``.

    When this returns, the new content is on the disk. If the block raises, ``path`` is as it was and nothing else is
    left. What a killed process has left is written over by the next one, if it is not ``shared``.

    :param shared: several processes may write this file at once, so that each has an unfinished one of its own.
    :param lasting: whether to wait for the disk; no sense in that for what is written again every minute.
    :raises OSError: if it cannot be put in place, or something other than a file has that name.
    """
    hidden = _hidden(path, shared=shared)
    _refuse_to_replace_a_device(path)
    hidden.unlink(missing_ok=True)
    try:
        yield hidden
        if lasting:
            sync(hidden)
        hidden.replace(path)
    except BaseException:
        with suppress(OSError):
            hidden.unlink()
        raise
    if lasting:
        with suppress(PermissionError):  # a folder that may be written to, but not read
            sync(path.parent)


def write_whole(
    path: Path, content: bytes | str, *, shared: bool = False, lasting: bool = True, mode: int | None = None
) -> None:
    """Replace a file's content in one step, and return when that is on the disk.

    :param content: a text is written as UTF-8.
    :param shared: as for :func:`unfinished`, like ``lasting``.
    :param mode: the new file's permissions, whatever the umask; None leaves them to it.
    :raises OSError: if it cannot be written; the old content is still there.
    """
    # "x" follows no link that somebody else has put under the hidden name.
    with unfinished(path, shared=shared, lasting=lasting) as hidden, hidden.open("xb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        if mode is not None:
            os.fchmod(file.fileno(), mode)


def remove_whole(path: Path) -> None:
    """Remove a file, and what a killed process has left of writing it; return when both are gone from the disk.

    :raises OSError: if they cannot be removed.
    """
    there = [file for file in (_hidden(path), path) if file.exists() or file.is_symlink()]
    for file in there:
        file.unlink(missing_ok=True)
    if there:
        sync(path.parent)


def point_link(link: Path, target: str) -> None:
    """Let a symbolic link point elsewhere in one step, and return when that is on the disk.

    :raises OSError: if the folder cannot be written, or a folder lies in the link's place.
    """
    if link.is_dir() and not link.is_symlink():
        raise IsADirectoryError(errno.EISDIR, "a folder lies where mien's link should be", str(link))
    hidden = _hidden(link)
    hidden.unlink(missing_ok=True)
    hidden.symlink_to(target)
    hidden.replace(link)
    sync(link.parent)


def sync(path: Path) -> None:
    """Wait until one file's content, or one folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # what a network share says that cannot sync a folder
            raise
    finally:
        os.close(descriptor)


@contextmanager
def folder_lock(folder: Path) -> Iterator[bool]:
    """Hold a folder's lock if nobody else does, and say whether it is held; a process that dies lets go of it.

    The lock is a file that only its owner may open, ``.lock``: a folder that others may read, they could lock as well.

    :raises OSError: if it cannot be opened, by somebody who may not write in the folder say.
    """
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _refuse_to_replace_a_device(path: Path) -> None:
    """A rename over /dev/null, by root, would take it from the whole system."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def _hidden(path: Path, *, shared: bool = False) -> Path:
    if not path.name:  # ".", "/" and the like
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    writer = f".{os.getpid()}" if shared else ""
    return path.with_name(f".{path.name}{writer}{UNFINISHED}")
