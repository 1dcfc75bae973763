"""Opens csv files, plain or packed with xz, and names the line that an error is in; and makes cells that only say."""

import csv
import io
import lzma
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from device.files.untrusted import open_regular
from tools.errors import DatasetError

Row = TypeVar("Row")

_FIELD_LIMIT = 1 << 17  # 2,304 numbers of up to three digits are longer than csv's cautious default on some builds
_SUFFIXES = (".csv", ".csv.xz")

_FORMULA = re.compile(r"[\s']*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet may take for a formula, with blanks or with our own quotes before it; in full width as well."""


def text_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs as a formula: with an apostrophe before it if it looks like one.

    :func:`cell_text` gives the text back.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def cell_text(cell: str) -> str:
    """Return the text that :func:`text_cell` made a cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def table_name(path: Path) -> str:
    """Return a file's name in lower case without ``.csv`` or ``.csv.xz``; empty if it ends in neither."""
    name = path.name.casefold()
    return next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), "")


def find_table(folder: Path, *names: str) -> Path | None:
    """Return the first of ``<folder>/<name>.csv`` and ``<folder>/<name>.csv.xz`` that is there, name by name."""
    candidates = (folder / f"{name}{suffix}" for name in names for suffix in _SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)


def names_columns(path: Path, columns: Sequence[str]) -> bool:
    """Say whether a path is a csv file whose first line names all of the columns."""
    try:
        return path.is_file() and set(columns) <= {name.strip() for name in next(_rows(path), [])}
    except DatasetError:
        return False


def read_table(
    path: Path,
    *,
    columns: Sequence[str],
    all_or_none: Sequence[str] = (),
    may_be_empty: bool = False,
    parse: Callable[[Mapping[str, str]], Row],
) -> list[Row]:
    """Read a whole file, each row by ``parse``, which gets the row's texts by column and may raise ValueError.

    Spaces around the names of columns and around values do not count.

    :param columns: what the first line must name, in any order and among others.
    :param all_or_none: columns of which it must name either all or none.
    :param may_be_empty: whether a file without rows is read as none; it need not name columns either.
    :raises DatasetError: if the file cannot be read, lacks a column, has no rows, or has one that is out of form; the
        message names the line.
    """
    rows = _rows(path)
    header = [name.strip() for name in next(rows, [])]
    wanted = [*columns, *(all_or_none if set(all_or_none) & set(header) else ())]
    missing = [name for name in wanted if name not in header]
    if missing and (header or not may_be_empty):
        what = f"{path}: lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
        raise DatasetError(what, mend=f"the first line must name {','.join(wanted)}")
    parsed = [_parse(path, number, header, row, parse) for number, row in enumerate(rows, start=2)]
    if not parsed and not may_be_empty:
        what = f"{path}: holds no examples"
        raise DatasetError(what, mend="fetch the file again")
    return parsed


def _rows(path: Path) -> Iterator[list[str]]:
    csv.field_size_limit(_FIELD_LIMIT)
    try:
        with open_regular(path, follow_links=True) as file:
            packed = file.read()
        text = (lzma.decompress(packed) if path.suffix == ".xz" else packed).decode("utf-8-sig")
        yield from csv.reader(io.StringIO(text, newline=""))
    except (OSError, lzma.LZMAError, UnicodeDecodeError, csv.Error) as error:
        what = f"{path}: cannot be read as a csv file ({error})"
        raise DatasetError(what, mend="fetch the file again") from error


def _parse(
    path: Path, number: int, header: Sequence[str], row: Sequence[str], parse: Callable[[Mapping[str, str]], Row]
) -> Row:
    mend = "fetch the file again, or correct that line"
    if len(row) < len(header):
        what = f"{path}, line {number}: the row is too short"
        raise DatasetError(what, mend=mend)
    try:
        return parse({name: text.strip() for name, text in zip(header, row, strict=False)})
    except ValueError as error:
        what = f"{path}, line {number}: {error}"
        raise DatasetError(what, mend=mend) from error
