"""The folder of a trained network, which is a music model like any other.

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

from device.emotion.labels import SONG_LABELS
from device.files.atomic_files import unfinished, write_whole
from tools.music_emotion.reproduction.catalogue import Architecture, RowSettings
from tools.music_emotion.reproduction.material import TrainingData
from tools.music_emotion.reproduction.train_row import TrainedNetwork, row_settings

MODEL, SCALER, CARD = "model.tflite", "scaler.npz", "card.json"
SCHEMA_VERSION = 1


def write_network(
    out: Path, architecture: Architecture, material: TrainingData, settings: RowSettings, trained: TrainedNetwork
) -> dict[str, Any]:
    """Write a network's folder; an earlier model there stays until this one is complete.

    :returns: the card.
    """
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
