"""Fitting text into the columns of a terminal, whatever the tags of a song hold."""

import re
from collections.abc import Iterator

from device.files.untrusted import plain

_DOTS = "…"

_ONE_COLUMN_EACH = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2193]*")
"""Latin letters, and the dashes, quotes, dots and arrows of our own lines."""


def columns_of(text: str) -> int:
    """How many columns a terminal takes for a text without control characters.

    Wide characters of East Asia take two, combining ones none, and an emoji of several characters two in all.
    """
    if _ONE_COLUMN_EACH.fullmatch(text):
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - a verb that shows only Latin letters does without

    return cell_len(text)


def wrap(text: str, columns: int, *, lines: int) -> list[str]:
    """Break a text between words into at most ``lines`` lines of at most ``columns``; dots say that more was cut off.

    :param columns: at least 2.
    """
    broken = list(_broken(plain(text), columns))
    if len(broken) <= lines:
        return broken or [""]
    last = next(_broken(f"{broken[lines - 1]} {broken[lines]}", columns - 2))
    return [*broken[: lines - 1], f"{last} {_DOTS}"]


def _broken(text: str, columns: int) -> Iterator[str]:
    line = ""
    for word in (piece for long in text.split(" ") for piece in _pieces(long, columns)):
        joined = f"{line} {word}" if line else word
        if columns_of(joined) <= columns:
            line = joined
            continue
        yield line
        line = word
    if line:
        yield line


def _pieces(word: str, columns: int) -> Iterator[str]:
    """A word that is longer than a line falls into pieces."""
    piece = ""
    for character in word:
        if columns_of(piece + character) > columns:
            yield piece
            piece = ""
        piece += character
    yield piece
