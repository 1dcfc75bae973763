"""One network of the source as a model folder of its own.

model.tflite    full int8: the middle of a song as the card's features → eight percentages, or probabilities
scaler.npz      mean and deviation of every frequency bin, where the inputs are scaled
card.json       labels, features, figures, data, terms, seed and the figures of every round of training
"""

import datetime as dt
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from device.emotion.labels import SONG_LABELS
from device.files.atomic_files import unfinished, write_whole
from tools.errors import TrainingError
from tools.music_emotion.reproduction.catalogue import MUSICNN_VA, NAMES, Architecture, RowSettings, rows_of
from tools.music_emotion.reproduction.material import Data, TrainingData, gather_training_data
from tools.music_emotion.reproduction.train_row import TrainedNetwork, row_settings, train_row

MODEL, SCALER, CARD = "model.tflite", "scaler.npz", "card.json"
SCHEMA_VERSION = 1


def train_one(name: str, data: Data, out: Path, settings: RowSettings, console: Console) -> dict[str, Any]:
    """Train one of the source's networks and write its folder; an earlier model there stays until this one is complete.

    :param name: of the architecture; where it has two rows in the table, the ``slug`` of one, or else the scaled one is
        meant.
    :returns: the card.
    :raises MienError: if there is no such network to train, or data or folder cannot be used.
    """
    architecture = rows_of([name])[-1]
    if architecture.name == MUSICNN_VA:
        what = f"{MUSICNN_VA} is not one of the source's networks"
        raise TrainingError(what, mend=f"choose among {', '.join(known for known in NAMES if known != MUSICNN_VA)}")
    material = gather_training_data(data, settings, console)
    trained = train_row(architecture, material, settings, console)
    card = _card(architecture, material, settings, trained)
    _write(out, trained, card)
    return card


def _card(
    architecture: Architecture, material: TrainingData, settings: RowSettings, trained: TrainedNetwork
) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    described = material.describe()
    return {
        "schema": SCHEMA_VERSION,
        "name": "music_emotion_network",
        "version": f"{now:%Y.%m}-{hashlib.sha256(trained.model).hexdigest()[:8]}",
        "created": now.isoformat(timespec="seconds"),
        "labels": list(SONG_LABELS),
        "output": "probability of each label" if architecture.multilabel else "percentage of each label",
        "view": architecture.view,
        "features": asdict(settings.features("spectrogram" if architecture.view == "picture" else architecture.view)),
        "scaler": SCALER if trained.scaler else None,
        **row_settings(architecture, settings),
        **trained.describe(),
        "history": trained.history,
        "source": dict(architecture.source),
        "data": described,
        "terms": sorted({str(entry["terms"]) for entry in described["sets"]}),
    }


def _write(out: Path, trained: TrainedNetwork, card: dict[str, Any]) -> None:
    """Put the files in place; the card comes last, so that it never describes a model that is not there."""
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / MODEL, trained.model)
    if trained.scaler is None:
        (out / SCALER).unlink(missing_ok=True)
    else:
        with unfinished(out / SCALER) as hidden:
            trained.scaler.save(hidden)
    write_whole(out / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
