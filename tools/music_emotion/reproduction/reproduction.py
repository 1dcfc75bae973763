"""The source's whole table on the owner's data, row by row, each kept as soon as it is finished.

OUT/reproduction.json       the rows
OUT/reproduction.md         the same to read
OUT/learning/<row>.json     the figures of every round of training
OUT/pictures/<row>-*.png    the same drawn, and which labels the network finds
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from tools.errors import TrainingError
from tools.music_emotion.architectures.drawing import draw_row
from tools.music_emotion.architectures.kept_rows import KeptRows, Row, replace_text
from tools.music_emotion.architectures.settings import RowSettings
from tools.music_emotion.reproduction.catalogue import MUSICNN_VA, SOURCE_CONSTANT_MEAN, Architecture, rows_of
from tools.music_emotion.reproduction.material import Data, Material, gather
from tools.music_emotion.reproduction.musicnn_row import judge_pretrained, model_settings
from tools.music_emotion.reproduction.table import render_table
from tools.music_emotion.reproduction.train_row import learn, row_settings

FILE, PAGE, CURVES, PICTURES = "reproduction.json", "reproduction.md", "learning", "pictures"


@dataclass(frozen=True, slots=True)
class Order:
    """Which rows to make."""

    names: Sequence[str] = ()
    """Architectures, or slugs of rows; none stands for all that can be made."""

    model: Path | None = None
    """A music model's folder, for the row ``musicnn-va``, which is left out without one."""


def reproduce(order: Order, data: Data, out: Path, settings: RowSettings, console: Console) -> list[Row]:
    """Make the rows that ``out`` does not hold yet; return all that were asked for.

    A row that was made with the same settings and data is not made again, one that was made otherwise is replaced.

    :raises MienError: if the order, the data or the folder cannot be used.
    """
    asked, kept = _asked(order), KeptRows(out / FILE)
    model = {} if order.model is None else model_settings(order.model)
    material = gather(data, settings, console)
    rows: list[Row] = []
    for architecture in asked:
        made_with = row_settings(architecture, settings) | (model if architecture.name == MUSICNN_VA else {})
        row = kept.find(architecture.row, made_with, material.sha256)
        if row is None:
            if architecture.name == MUSICNN_VA and order.model is not None:
                described = judge_pretrained(order.model, material, settings, console)
            else:
                described = _learn(architecture, material, settings, out, console)
            row = {**_named(architecture, settings), **described, "settings": made_with, "data": material.describe()}
            kept.put(row)
        rows.append(row)
    replace_text(out / PAGE, render_table(rows))
    return rows


def _asked(order: Order) -> list[Architecture]:
    rows = rows_of(order.names)
    if order.model is not None:
        return rows
    if MUSICNN_VA in order.names:
        what = f"{MUSICNN_VA} is a model that is trained already, and none is named"
        raise TrainingError(what, mend="name the folder of a music model with --model")
    return [row for row in rows if row.name != MUSICNN_VA]


def _learn(architecture: Architecture, material: Material, settings: RowSettings, out: Path, console: Console) -> Row:
    """Train a row's network; write its curve and its pictures."""
    learnt = learn(architecture, material, settings, console)
    curve = {"row": architecture.row, "best_epoch": learnt.best_epoch, "history": learnt.history}
    replace_text(out / CURVES / f"{architecture.slug}.json", json.dumps(curve, indent=1))
    draw_row(architecture, learnt, material, out / PICTURES)
    return learnt.describe()


def _named(architecture: Architecture, settings: RowSettings) -> Row:
    return {
        "row": architecture.row,
        "summary": architecture.summary,
        "multilabel": architecture.multilabel,
        "source": dict(architecture.source),
        "source_constant_mean": SOURCE_CONSTANT_MEAN.get(settings.k),
    }
