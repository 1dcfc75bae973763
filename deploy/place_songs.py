"""Puts songs into a box's music folder as root, and through no link: run on the box, by the Python of its software.

python -I place_songs.py SOURCE MUSIC GROUP        the names of the songs on standard input, each ended by a zero byte

Members of the group write in the music folder as well, so a name in it may become a link at any moment, also between a
look at it and its use. So no path is used there: every folder below it is opened by its name in the one above, no link
followed, and the song gets its name by a rename in its folder, once it is whole. What cannot be placed like that, or
read without leaving SOURCE, is passed over with one line on standard output. Ends with 1 if the disk takes no more.
"""

import errno
import grp
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from device.files.untrusted import open_inside, plain, stays_inside

MODE = 0o664
"""Members of the group may replace a song."""
UNFINISHED = ".mien.unfinished"
"""What a song is called in its folder until it is whole; what a pulled plug left of it is removed by the next."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK_BYTES = 1 << 20
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
"""No other song would fare better."""


class PassedOverError(Exception):
    """A song that is not placed; its words follow the song's name."""


def main(arguments: list[str]) -> int:
    """Place every song that standard input names."""
    source, music, group = arguments
    members = grp.getgrnam(group).gr_gid
    os.umask(0o002)  # folders that are made are the group's as well; the set-group-id bit comes from the one above
    for name in sys.stdin.buffer.read().split(b"\0")[:-1]:
        try:
            place(Path(source), Path(music), os.fsdecode(name), members)
        except PassedOverError as error:
            print(plain(f"{os.fsdecode(name)}: {error}"))
        except OSError as error:
            print(plain(f"{music}: cannot be written to ({error.strerror})"), file=sys.stderr)
            return 1
    return 0


def place(source: Path, music: Path, name: str, group: int) -> None:
    """Copy one song, whole or not at all, from below ``source`` to below ``music``; both may be links themselves.

    :param name: its path relative to both.
    :param group: the number of the group that it is to belong to.
    :raises PassedOverError: if it cannot be read, or something else stands in its way.
    :raises OSError: if the disk takes no more.
    """
    try:
        read = open_inside(source, name)
    except OSError as error:
        msg = f"cannot be read ({error.strerror})"
        raise PassedOverError(msg) from error
    *folders, last = name.split("/")
    with read:
        try:
            with _folder_beneath(music, folders) as folder:
                _write(read, folder, last, group)
        except OSError as error:
            if error.errno in _OF_THE_DISK:
                raise
            msg = f"something stands in its way in the music folder ({error.strerror})"
            raise PassedOverError(msg) from error


@contextmanager
def _folder_beneath(music: Path, names: list[str]) -> Iterator[int]:
    """Open a folder below another one by one, and make those that are missing."""
    with ExitStack() as opened:
        # The music folder itself may be a link to a stick: only root can have put it there.
        at = os.open(music, _FOLDER & ~os.O_NOFOLLOW)
        opened.callback(os.close, at)
        for name in names:
            if not stays_inside(name):
                raise OSError(errno.EINVAL, "its path leads out of the folder")
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=at)
            try:
                at = os.open(name, _FOLDER, dir_fd=at)
            except OSError as error:
                if error.errno in {errno.ENOTDIR, errno.ELOOP}:
                    raise OSError(error.errno, f"{name} is a link or no folder, and links are not followed") from error
                raise
            opened.callback(os.close, at)
        yield at


def _write(read: BinaryIO, folder: int, name: str, group: int) -> None:
    """Write what was opened under a name of its own, and give it its name when it is on the disk."""
    with suppress(FileNotFoundError):
        os.unlink(UNFINISHED, dir_fd=folder)
    with os.fdopen(os.open(UNFINISHED, _NEW_FILE, MODE, dir_fd=folder), "wb") as written:
        try:
            _copy(read, written)
            with suppress(PermissionError):  # a stick's file system may know neither owners nor modes
                os.fchown(written.fileno(), -1, group)
                os.fchmod(written.fileno(), MODE)
            written.flush()
            os.fsync(written.fileno())
            os.rename(UNFINISHED, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(UNFINISHED, dir_fd=folder)
            raise


def _copy(read: BinaryIO, written: BinaryIO) -> None:
    """Copy as many bytes as the file had when it was opened: one that grows all the time fills no disk."""
    left = os.fstat(read.fileno()).st_size
    while left:
        try:
            block = read.read(min(left, _BLOCK_BYTES))
        except OSError as error:
            msg = f"cannot be read to its end ({error.strerror})"
            raise PassedOverError(msg) from error
        if not block:
            msg = "it became shorter while it was copied"
            raise PassedOverError(msg)
        left -= written.write(block)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
