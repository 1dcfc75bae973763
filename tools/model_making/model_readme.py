"""Writes a model folder's ``README.md`` again from what is in the folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from tools.errors import TrainingError

REPRODUCTION_FILE = "reproduction.json"
NOTES_FILE = "notes.md"


class Render(Protocol):
    """Puts a model card into words."""

    def __call__(self, card: Mapping[str, Any], reproduction: Mapping[str, Any] | None, notes: str) -> str:
        """Return the README; without a ``reproduction`` or with empty ``notes`` it leaves them out."""


def write_readme(folder: Path, render: Render) -> None:
    """Write ``README.md``; a folder without a card gets none.

    ``card.json`` gives the figures, ``reproduction.json`` the source's result beside them, and ``notes.md``, which a
    person writes, what was tried; the last two may be missing.

    :raises TrainingError: if a file there cannot be read.
    """
    card, table, notes = (folder / name for name in ("card.json", REPRODUCTION_FILE, NOTES_FILE))
    if not card.exists():
        return
    text = render(
        read_json(card),
        read_json(table) if table.exists() else None,
        notes.read_text(encoding="utf-8") if notes.exists() else "",
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON
    """Read a JSON file that a verb of ours wrote.

    :raises TrainingError: if it cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        what = f"{path}: cannot be read ({error})"
        raise TrainingError(what, mend="delete it, or write it again with the command that wrote it") from error
