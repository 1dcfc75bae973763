"""What somebody else has written, taken in safely: files of a release, JSON, and words on their way to a terminal.

A name is no promise about what lies behind it. Files are opened without following links and without waiting, and read
no further than allowed; JSON is a value or a ValueError; text is shown in one line, without anything that a terminal
would obey.
"""

import errno
import json
import os
import stat
import unicodedata
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from device.atomic_files import stays_inside

LONGEST_LINE = 4096
"""Characters of one cleaned line: no sentence of ours is longer, and a tag may be megabytes."""

_DOTS = "…"
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A link is refused rather than followed, and a FIFO without a writer does not wait."""


def open_regular(path: Path, *, follow_links: bool = False) -> BinaryIO:
    """Open a regular file for reading; what is none, a link to one included, is refused at once.

    The folders on the way to it may be links: whoever names the path vouches for them.

    :param follow_links: whether the path itself may be a link to a regular file.
    :raises OSError: if it is missing, cannot be read, or is no regular file.
    """
    _look_first(path, path, follow_links=follow_links)
    return _regular(os.open(path, _OPEN & ~os.O_NOFOLLOW if follow_links else _OPEN), path)


def open_beneath(folder: Path, name: str) -> BinaryIO:
    """Open a regular file by its relative path in a folder, following no link below that folder.

    :raises OSError: if it is missing, cannot be read, is no regular file, or a link lies on the way.
    """
    if not stays_inside(name) or "\0" in name:
        raise OSError(errno.EINVAL, "does not lie inside the folder", str(folder / name.replace("\0", "")))
    *folders, last = [part for part in name.split("/") if part not in {"", "."}] or [""]
    with ExitStack() as opened:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, at)
        try:
            for part in folders:
                at = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
                opened.callback(os.close, at)
            _look_first(last, folder / name, dir_fd=at)
            descriptor = os.open(last, _OPEN, dir_fd=at)
        except OSError as error:
            raise _with_path(error, folder / name) from error
        return _regular(descriptor, folder / name)


def read_at_most(file: BinaryIO, most_bytes: int) -> bytes:
    """Read a whole file that is not to be longer than ``most_bytes``.

    :raises OSError: if it cannot be read, or is longer (EFBIG).
    """
    content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"longer than {most_bytes} bytes", getattr(file, "name", None))
    return content


def parse_json(content: bytes | str) -> Any:  # noqa: ANN401 - what JSON is
    """Return what a JSON document holds, whatever it is.

    :raises ValueError: if it is none, is not UTF-8, or is nested deeper than anybody writes by intention.
    """
    try:
        return json.loads(content)
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error


def plain(text: str, *, most: int = LONGEST_LINE) -> str:
    """Return a text in one line without control, format and direction characters, cut off with dots after ``most``.

    For a name or a tag: of several blanks one is left.
    """
    return " ".join(printable(text, most=most).split())


def printable(line: str, *, most: int | None = LONGEST_LINE) -> str:
    """Do the same, but leave every blank in its place, for a line that has columns or names a path.

    :param most: None for a line that must not be cut off, since a program reads it.
    """
    if most is not None and len(line) > most:
        line = f"{line[: most - 1]}{_DOTS}"
    return line if line.isprintable() else "".join(map(_shown, line))


def _shown(mark: str) -> str:
    """What may stand for a character: nothing for one that a terminal obeys, a blank for one that ends a line."""
    category = unicodedata.category(mark)
    if category[0] == "C" or category in {"Zl", "Zp"}:
        return " " if mark.isspace() else ""
    return mark


def _look_first(name: str | Path, path: Path, *, dir_fd: int | None = None, follow_links: bool = False) -> None:
    """Refuse what is no regular file before it is opened, since opening a device may set something going."""
    mode = os.stat(name, dir_fd=dir_fd, follow_symlinks=follow_links).st_mode
    if stat.S_ISLNK(mode):
        raise _with_path(OSError(errno.ELOOP, ""), path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def _regular(descriptor: int, path: Path) -> BinaryIO:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def _with_path(error: OSError, path: Path) -> OSError:
    words = "a link, which is not followed" if error.errno == errno.ELOOP else error.strerror
    return OSError(error.errno, words, str(path))
