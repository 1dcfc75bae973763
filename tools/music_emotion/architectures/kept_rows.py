"""The file of finished rows, whole at every moment."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.errors import TrainingError
from tools.music_emotion.reproduction.catalogue import ARCHITECTURES

SCHEMA_VERSION = 1

Row = dict[str, Any]

_ORDER = [architecture.row for architecture in ARCHITECTURES]


class KeptRows:
    """One row of each name, with the settings and the data it was made with."""

    def __init__(self, path: Path) -> None:
        """Read what an earlier run has finished.

        :raises TrainingError: if the file is there and is not a table of this mien.
        """
        self._path = path
        self._rows = {str(row["row"]): row for row in _read(path)} if path.exists() else {}

    def find(self, name: str, settings: Mapping[str, Any], data_sha256: str) -> Row | None:
        """Return the row if it was made with these very settings and data."""
        row = self._rows.get(name)
        same = row is not None and row["settings"] == settings and row["data"]["sha256"] == data_sha256
        return row if same else None

    def put(self, row: Row) -> None:
        """Keep a row, in place of one of the same name, and write the file in the order of the catalogue."""
        self._rows[row["row"]] = row
        rows = sorted(self._rows.values(), key=lambda kept: _ORDER.index(kept["row"]))
        replace_text(self._path, json.dumps({"schema": SCHEMA_VERSION, "rows": rows}, indent=1, ensure_ascii=False))


def replace_text(path: Path, text: str) -> None:
    """Write a text so that the file is either the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    unfinished.replace(path)


def _read(path: Path) -> list[Row]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        rows: list[Row] = [dict(row) for row in table["rows"]]
        usable = table["schema"] == SCHEMA_VERSION and all(
            row["row"] in _ORDER and {"settings", "figures", "source"} <= row.keys() and "sha256" in row["data"]
            for row in rows
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{path}: cannot be read ({error!r})"
        raise TrainingError(what, mend="delete the file to start anew") from error
    if not usable:
        what = f"{path}: not a table of this mien"
        raise TrainingError(what, mend="name another --out, or delete the file to start anew")
    return rows
