"""The source's whole table on the owner's data, row by row, each kept as soon as it is finished.

OUT/reproduction.json       the rows
OUT/reproduction.md         the same to read
OUT/learning/<row>.json     the figures of every round of training
OUT/pictures/<row>-*.png    the same drawn, which labels the network finds, and what it says of each beside the truth
OUT/models/<row>/           the network as a music model, of which the row notes the version
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from device.files.atomic_files import write_whole
from tools.errors import TrainingError
from tools.music_emotion.model.golden import GOLDEN
from tools.music_emotion.model.label_network import SCALER
from tools.music_emotion.model.music_model import CARD, MODEL
from tools.music_emotion.reproduction.catalogue import (
    ARCHITECTURES,
    DEAM_CONSTANT_MEAN,
    MUSICNN_VA,
    Architecture,
    RowSettings,
    rows_of,
)
from tools.music_emotion.reproduction.material import Data, TrainingData, gather_training_data
from tools.music_emotion.reproduction.musicnn_row import judge_pretrained, model_settings
from tools.music_emotion.reproduction.network_folder import write_network
from tools.music_emotion.reproduction.table import render_table
from tools.music_emotion.reproduction.train_row import TrainedNetwork, draw_row, row_settings, train_row
from tools.plots.by_label import draw_by_label

FILE, PAGE, CURVES, PICTURES = "reproduction.json", "reproduction.md", "learning", "pictures"
MODELS = "models"

SCHEMA_VERSION = 2
"""2 has what is said of each label, the plane and the rule of labels, and where the model is kept."""

Row = dict[str, Any]

_KEYS = {"settings", "figures", "source", "kept_model"}
_ORDER = [architecture.row for architecture in ARCHITECTURES]


@dataclass(frozen=True, slots=True)
class Request:
    """Which rows to make."""

    names: Sequence[str] = ()
    """Architectures, or slugs of rows; none stands for all that can be made."""

    model: Path | None = None
    """A music model's folder, for the row ``musicnn-va``, which is left out without one."""

    keep: bool = True
    """Whether every network stays as a music model in ``OUT/models``. The one of ``model`` lies there already."""


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
        _write(self._path, json.dumps({"schema": SCHEMA_VERSION, "rows": rows}, indent=1, ensure_ascii=False))


def reproduce(request: Request, data: Data, out: Path, settings: RowSettings, console: Console) -> list[Row]:
    """Make the rows that ``out`` does not hold yet; return all that were asked for.

    A row that was made with the same settings and data is not made again, unless its network is to be kept and is not
    there; one that was made otherwise is replaced.

    :raises MienError: if the request, the data or the folder cannot be used.
    """
    asked, kept = _asked(request), KeptRows(out / FILE)
    model = {} if request.model is None else model_settings(request.model)
    run = _Run(request, gather_training_data(data, settings, console), settings, out, console)
    out.mkdir(parents=True, exist_ok=True)  # or else it would show after hours of training that it cannot be made
    rows: list[Row] = []
    for architecture in asked:
        made_with = row_settings(architecture, settings) | (model if architecture.name == MUSICNN_VA else {})
        row = kept.find(architecture.row, made_with, run.material.sha256)
        if row is None or not run.holds_model(row):
            row = {
                **_named(architecture, settings),
                **_make(architecture, run),
                "settings": made_with,
                "data": run.material.describe(),
            }
            _draw_by_label(architecture, row, out / PICTURES)
            kept.put(row)
        rows.append(row)
    _write(out / PAGE, render_table(rows))
    return rows


@dataclass(frozen=True, slots=True)
class _Run:
    """What all rows of a table share."""

    request: Request
    material: TrainingData
    settings: RowSettings
    out: Path
    console: Console

    def holds_model(self, row: Mapping[str, Any]) -> bool:
        """Say whether the very network of a row lies in its folder, or need not."""
        if row["row"] == MUSICNN_VA or not self.request.keep:
            return True
        try:
            noted = row["kept_model"]
            folder = self.out / noted["folder"]
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            beside = (GOLDEN, SCALER) if row["settings"]["scaled"] else (GOLDEN,)
            same = card["version"] == noted["version"] and (folder / MODEL).stat().st_size == row["model_bytes"]
            return bool(same and all((folder / name).is_file() for name in beside))
        except (OSError, ValueError, KeyError, TypeError):  # not kept, or no longer whole
            return False


def _asked(request: Request) -> list[Architecture]:
    rows = rows_of(request.names)
    if request.model is not None:
        return rows
    if MUSICNN_VA in request.names:
        what = f"{MUSICNN_VA} is a model that is trained already, and none is named"
        raise TrainingError(what, mend="name the folder of a music model with --model")
    return [row for row in rows if row.name != MUSICNN_VA]


def _make(architecture: Architecture, run: _Run) -> Row:
    """Train a row's network, write its curve and its pictures and keep it, or judge the model that is trained."""
    if architecture.name == MUSICNN_VA and run.request.model is not None:
        judged = judge_pretrained(run.request.model, run.material, run.settings, run.console)
        return {**judged, "kept_model": None}
    trained = train_row(architecture, run.material, run.settings, run.console)
    curve = {"row": architecture.row, "best_epoch": trained.best_epoch, "history": trained.history}
    _write(run.out / CURVES / f"{architecture.slug}.json", json.dumps(curve, indent=1))
    draw_row(architecture, trained, run.material, run.settings, run.out / PICTURES)
    return {**trained.describe(), "kept_model": _keep(architecture, trained, run) if run.request.keep else None}


def _keep(architecture: Architecture, trained: TrainedNetwork, run: _Run) -> dict[str, str]:
    """Write a network as a music model; return what its row notes of it."""
    folder = f"{MODELS}/{architecture.slug}"
    card = write_network(run.out / folder, architecture, run.material, run.settings, trained)
    return {"folder": folder, "version": card["version"]}


def _draw_by_label(architecture: Architecture, row: Mapping[str, Any], folder: Path) -> None:
    """Draw the source's two result figures, of int8: ``<slug>-means.png`` and ``<slug>-counts.png``."""
    figures, songs = row["figures"], row["data"]["songs"]["test"]
    constant = figures["class_prior" if architecture.multilabel else "constant_mean"]
    mean = "probability, and share of songs" if architecture.multilabel else "percentage"
    measures = {
        "means": ("mean_percent", f"mean {mean} (%)"),
        "counts": ("songs", "songs that have the label"),
    }
    for kind, (key, measure) in measures.items():
        draw_by_label(
            *(answered[key] for answered in (figures["truth"], figures["int8"], constant)),
            labels=row["labels"],
            measure=measure,
            title=f"{architecture.row}, int8, {songs} test songs",
            path=folder / f"{architecture.slug}-{kind}.png",
        )


def _named(architecture: Architecture, settings: RowSettings) -> Row:
    return {
        "row": architecture.row,
        "summary": architecture.summary,
        "multilabel": architecture.multilabel,
        "labels": list(settings.labels),
        "source": dict(architecture.source),
        "deam_constant_mean": DEAM_CONSTANT_MEAN[settings.plane].get(settings.k),
    }


def _write(path: Path, text: str) -> None:
    """Write a text that ends in one line's end, in a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.rstrip("\n") + "\n")


def _read(path: Path) -> list[Row]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        rows: list[Row] = [dict(row) for row in table["rows"]]
        usable = table["schema"] == SCHEMA_VERSION and all(
            row["row"] in _ORDER and row.keys() >= _KEYS and "sha256" in row["data"] for row in rows
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{path}: cannot be read ({error!r})"
        raise TrainingError(what, mend="delete the file to start again") from error
    if not usable:
        what = f"{path}: not a table of this mien"
        raise TrainingError(what, mend="name another --out, or delete the file to start again")
    return rows
