"""Fitting text into the columns of a terminal, whatever the tags of a song hold."""

import unicodedata
from collections.abc import Iterator

_DOTS = "…"


def columns_of(text: str) -> int:
    """How many columns a terminal takes for a text: two for East Asian wide characters, none for combining ones."""
    return sum(_width(character) for character in text)


def plain(text: str) -> str:
    """Return a text in one line, without control characters: a terminal would obey them."""
    spaced = " ".join(text.split())
    return "".join(character for character in spaced if unicodedata.category(character)[0] != "C")


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


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
