"""What an analysis left out, and what it noted of songs that it took, with the csv files that list them.

A path that begins like a formula has an apostrophe before it there, so that a spreadsheet shows it and runs nothing.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from device.files.atomic_files import unfinished
from device.files.untrusted import open_regular
from tools.errors import CacheError, DatasetError
from tools.model_making.csv_tables import cell_text, text_cell

_COLUMNS = {"path", "reason"}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that was passed over, or noted: its path relative to the music folder, and why, for a person."""

    path: str
    reason: str


def read_skipped(path: Path) -> tuple[Skipped, ...]:
    """Read the columns ``path`` and ``reason``, in the file's order; other columns do not count.

    :raises DatasetError: if the file cannot be read or lacks a column.
    """
    mend = "name the list that mien-tools analyse wrote beside its table"
    try:
        with open_regular(path, follow_links=True) as file:
            rows = csv.DictReader(TextIOWrapper(file, encoding="utf-8-sig", newline=""), strict=True)
            missing = _COLUMNS - set(rows.fieldnames or ())
            if missing:
                what = f"{path}: lacks the column{'s' if len(missing) > 1 else ''} {', '.join(sorted(missing))}"
                raise DatasetError(what, mend=mend)
            return tuple(Skipped(cell_text(row["path"] or ""), cell_text(row["reason"] or "")) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        what = f"{path}: cannot be read as a csv file ({error})"
        raise DatasetError(what, mend=mend) from error


def skipped_file(table: Path) -> Path:
    """Name the file that lists what was passed over: ``songs.sqlite.skipped.csv`` for ``songs.sqlite``."""
    return table.with_name(f"{table.name}.skipped.csv")


def notes_file(table: Path) -> Path:
    """Name the file that lists songs of a table which an owner should look at: ``songs.sqlite.notes.csv``."""
    return table.with_name(f"{table.name}.notes.csv")


def write_skipped(path: Path, skipped: Sequence[Skipped]) -> None:
    """Write the columns ``path,reason``, whole or not at all; without anything skipped, remove an earlier list.

    :raises CacheError: if it cannot be written.
    """
    try:
        if not skipped:
            path.unlink(missing_ok=True)
            return
        with unfinished(path) as hidden, hidden.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("path", "reason"))
            writer.writerows((text_cell(entry.path), text_cell(entry.reason)) for entry in skipped)
    except OSError as error:
        what = f"{path}: cannot be written ({error.strerror})"
        raise CacheError(what, mend="free some space or make its folder writable, and run this again") from error
