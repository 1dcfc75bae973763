"""The page of :mod:`tools.face_emotion.reproduction`: ``reproduction.md`` with its pictures, beside the JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from device.emotion.labels import FACE_LABELS
from device.files.atomic_files import write_whole
from tools import templates
from tools.face_emotion.evaluation.learning_plot import draw_curves
from tools.face_emotion.reproduction_tables import FOLDS, NAMES, Row, Table, describe
from tools.plots.confusion import draw_counts

PAGE = "reproduction.md"


def write_page(table: Table, folder: Path) -> list[Path]:
    """Write the page and, for every split that has rows, two PNGs: the curves and the confusions of its trainings.

    :param table: what :func:`tools.face_emotion.reproduction.reproduce` returns.
    :returns: the page and the pictures.
    :raises PictureError: if a picture cannot be written.
    """
    sections = []
    for split, name in {**NAMES, FOLDS: "folds by person"}.items():
        rows = [row for row in table["rows"] if row["split"] == split]
        if rows:
            sections.append({"name": name, **_draw(rows, split, name, folder)})
    content = templates.render("face_emotion/reproduction_page.md.jinja", sections=sections, **describe(table))
    write_whole(folder / PAGE, content)
    return [folder / PAGE, *(folder / section[kind] for section in sections for kind in ("curves", "confusion"))]


def _draw(rows: Sequence[Row], split: str, name: str, folder: Path) -> dict[str, Any]:
    files = {kind: f"{split}-{kind}.png" for kind in ("curves", "confusion")}
    of = f"mean and range of {len(rows)} trainings" if len(rows) > 1 else "one training"
    draw_curves([row["curves"] for row in rows], title=f"{name}: {of}", path=folder / files["curves"])
    counts = np.sum([row["confusion"] for row in rows], axis=0)
    held = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    draw_counts(
        counts[np.ix_(held, held)],
        labels=[FACE_LABELS[label] for label in held],
        title=f"{name}: {counts.sum():,} answers of {len(rows)} int8 {'file' if len(rows) == 1 else 'files'}",
        path=folder / files["confusion"],
    )
    return {**files, "trainings": len(rows)}
