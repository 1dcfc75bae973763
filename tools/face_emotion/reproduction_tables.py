"""What a table of :mod:`tools.face_emotion.reproduction` says, ready for a README or a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.errors import TrainingError

Table = Mapping[str, Any]
Row = Mapping[str, Any]

FOLDS = "folds"
"""The ``split`` of the rows that are folds by person."""

NAMES = {
    "frame": "random frame, as the source split",
    "sequence": "film (no film on both sides)",
    "subject": "person (nobody on both sides)",
}
"""Every split in words, the most flattering first."""

WORDS = {"frame": ("frame", "frames"), "sequence": ("film", "films"), "subject": ("person", "people")}
"""What a split keeps together, in words: one, and several."""

_COLUMNS = (
    *((kind, score) for score in ("accuracy", "macro_f1") for kind in ("float", "int8")),
    ("baseline", "accuracy"),
)


def describe(table: Table) -> dict[str, Any]:
    """Return what the templates need.

    :returns: ``settings`` and ``data`` of the table; ``seeds``; ``lines``, one for each split: its name, and mean and
        range over the seeds of accuracy and macro F1 in float and int8, and the accuracy of the commonest label, or
        dashes where it has no row; ``absent``, a sentence for each of those; and ``by_folds``, the folds as one, or
        None.
    :raises TrainingError: if it is no such table.
    """
    try:
        rows: Sequence[Row] = [row for row in table["rows"] if row["split"] in NAMES]
        return {
            "settings": {name: table["settings"][name] for name in ("epochs", "batch_size")},
            "data": table["data"][0],
            "seeds": sorted({row["seed"] for row in rows}),
            "lines": [[name, *_cells([row for row in rows if row["split"] == split])] for split, name in NAMES.items()],
            "absent": _absent(table, {row["split"] for row in rows}),
            "by_folds": table.get("by_folds"),
        }
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        what = f"reproduction.json: is no table of reproduce-face ({error!r})"
        raise TrainingError(what, mend="delete it, or write it again with mien-tools reproduce-face") from error


def _cells(rows: Sequence[Row]) -> list[str]:
    if not rows:
        return ["–"] * len(_COLUMNS)
    return [_spread([row[kind][score] for row in rows]) for kind, score in _COLUMNS]


def _spread(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def _absent(table: Table, present: set[str]) -> list[str]:
    """Say of every split without rows why; without a reason the run was stopped before."""
    reasons = table.get("absent", {})
    missing = [split for split in NAMES if split not in present]
    return [reasons.get(split, f"no row by {WORDS[split][0]} yet: the run was stopped before") for split in missing]
