"""Reads the list of files that an analysis passed over."""

import csv
from pathlib import Path

from tools.errors import DatasetError
from tools.song_library.scan import Skipped

_COLUMNS = {"path", "reason"}


def read_skipped(path: Path) -> tuple[Skipped, ...]:
    """Read the columns ``path`` and ``reason``, in the file's order; other columns do not count.

    :raises DatasetError: if the file cannot be read or lacks a column.
    """
    mend = "name the list that mien-tools analyse wrote beside its table"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            missing = _COLUMNS - set(rows.fieldnames or ())
            if missing:
                what = f"{path}: lacks the column{'s' if len(missing) > 1 else ''} {', '.join(sorted(missing))}"
                raise DatasetError(what, mend=mend)
            return tuple(Skipped(row["path"] or "", row["reason"] or "") for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        what = f"{path}: cannot be read as a csv file ({error})"
        raise DatasetError(what, mend=mend) from error
