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
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

LONGEST_LINE = 4096
"""Characters of one cleaned line: no sentence of ours is longer, and a tag may be megabytes."""

MOST_WHOLE = 2**62
"""No count, size or time that anybody means is larger."""

BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, KeyError, EOFError)
"""What reading a member raises: damaged, packed in a way that is not known, or encrypted, or not there."""

Default = TypeVar("Default")

_DOTS = "…"
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A link is refused rather than followed, and a FIFO without a writer does not wait."""
_ENTER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def stays_inside(path: str) -> bool:
    """Whether a path, joined to a folder, leads nowhere outside it, links aside.

    It must be relative and must not step up, even where it would come back: ``a/../b`` is refused, and so are no path
    and one that holds a NUL.
    """
    return path != "" and not path.startswith("/") and ".." not in path.split("/") and "\0" not in path


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
    with parent_beneath(folder, name) as (parent, last):
        try:
            _look_first(last, folder / name, dir_fd=parent)
            descriptor = os.open(last, _OPEN, dir_fd=parent)
        except OSError as error:
            raise _with_path(error, folder / name) from error
        return _regular(descriptor, folder / name)


def open_inside(folder: Path, name: str) -> BinaryIO:
    """Open a regular file by its relative path in a folder; links may lead to it, but not out of the folder.

    :raises OSError: if it is missing, cannot be read, is no regular file, or lies outside.
    """
    root = folder.resolve()
    try:
        place = (root / name).resolve(strict=True)
    except (RuntimeError, ValueError) as error:  # a loop of links; a zero byte
        raise OSError(errno.EINVAL, "its path leads nowhere", name) from error
    if not place.is_relative_to(root):
        raise OSError(errno.EXDEV, "a link that leads out of the folder", name)
    return open_beneath(root, str(place.relative_to(root)))


@contextmanager
def parent_beneath(folder: Path, name: str) -> Iterator[tuple[int, str]]:
    """Give the descriptor of the folder that holds a relative path, and the path's last part.

    No link below ``folder`` is followed on the way; whoever uses the two with ``dir_fd`` stays inside, whatever others
    rename meanwhile.

    :raises OSError: if a folder on the way is missing, cannot be entered, or is a link.
    """
    if not stays_inside(name):
        raise OSError(errno.EINVAL, "does not lie inside the folder", str(folder / name.replace("\0", "")))
    *folders, last = [part for part in name.split("/") if part not in {"", "."}] or [""]
    with ExitStack() as opened:
        try:
            at = os.open(folder, _ENTER)
            opened.callback(os.close, at)
            for part in folders:
                at = os.open(part, _ENTER | os.O_NOFOLLOW, dir_fd=at)
                opened.callback(os.close, at)
        except OSError as error:
            raise _with_path(error, folder / name) from error
        yield at, last


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


class Fields:
    """A JSON object of somebody else's: every value is asked for by its key and its type.

    A key that is missing or null gives the default, keys that nobody asks for are passed over, and a value of another
    type is a ValueError that names it.
    """

    def __init__(self, content: object, name: str = "") -> None:
        """Take what was read.

        :param name: what its keys are told by: ``songs.loaded`` for the key ``loaded`` of the object ``songs``.
        :raises ValueError: if it is no object.
        """
        if not isinstance(content, dict):
            msg = f"{name or 'it'} is no object"
            raise ValueError(msg)  # noqa: TRY004 - as everything unusable here
        self._content: dict[str, Any] = content
        self._name = f"{name}." if name else ""

    def need(self, *keys: str) -> None:
        """Ask for keys that must be there.

        :raises ValueError: naming those that are missing.
        """
        missing = [f"{self._name}{key}" for key in keys if self._content.get(key) is None]
        if missing:
            msg = f"it lacks {', '.join(missing)}"
            raise ValueError(msg)

    def text(self, key: str, default: Default) -> str | Default:
        """Return a text; it can be written as UTF-8."""
        value = self._content.get(key)
        return default if value is None else self._text(key, value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, an empty one for none."""
        return tuple(self._text(key, value) for value in self._list(key))

    def whole(self, key: str, default: Default, *, least: int = 0, most: int = MOST_WHOLE) -> int | Default:
        """Return a whole number from ``least`` to ``most``; true and 1.0 are none."""
        value = self._content.get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._strange(key, value)
        return value

    def number(self, key: str, default: Default, *, least: float = 0, most: float = MOST_WHOLE) -> float | Default:
        """Return a finite number from ``least`` to ``most``."""
        value = self._content.get(key)
        if value is None:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise self._strange(key, value)  # not a number is not between them either
        return float(value)

    def flag(self, key: str, default: Default) -> bool | Default:
        """Return true or false."""
        value = self._content.get(key)
        if value is not None and not isinstance(value, bool):
            raise self._strange(key, value)
        return default if value is None else value

    def fields(self, key: str) -> "Fields | None":
        """Return an object."""
        value = self._content.get(key)
        return None if value is None else Fields(value, f"{self._name}{key}")

    def each_fields(self, key: str) -> tuple["Fields", ...]:
        """Return a list of objects, an empty one for none."""
        return tuple(Fields(value, f"{self._name}{key}") for value in self._list(key))

    def items(self, key: str) -> tuple[tuple[str, object], ...] | None:
        """Return an object's keys, each a text, with what they hold, which the asker looks at."""
        inner = self.fields(key)
        if inner is None:
            return None
        return tuple((self._text(key, name), value) for name, value in self._content[key].items())

    def _list(self, key: str) -> list[object]:
        value = self._content.get(key)
        if value is not None and not isinstance(value, list):
            raise self._strange(key, value)
        return value or []

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not (value.isascii() or _is_unicode(value)):
            raise self._strange(key, value)
        return value

    def _strange(self, key: str, value: object) -> ValueError:
        shown = "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else ascii(value)
        return ValueError(f"{self._name}{key} is {plain(shown, most=40)}")


def plain(text: str, *, most: int = LONGEST_LINE) -> str:
    """Return a text in one line without control, format and direction characters, cut off with dots after ``most``.

    For a name or a tag: of several blanks one is left.
    """
    return " ".join(printable(text, most=most).split())


def printable(line: str, *, most: int | None = LONGEST_LINE) -> str:
    """Return a text as :func:`plain` does, but with every blank in its place: it has columns, or names a path.

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


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _regular(descriptor: int, path: Path) -> BinaryIO:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def _with_path(error: OSError, path: Path) -> OSError:
    words = "a link, which is not followed" if error.errno == errno.ELOOP else error.strerror
    return OSError(error.errno, words, str(path))
