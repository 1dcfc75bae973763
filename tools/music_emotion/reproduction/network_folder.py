"""Trains a network and writes its folder, which is a music model like any other.

:mod:`tools.music_emotion.model.label_network` lists its files and says how a song table is made with it.
"""

import datetime as dt
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from device.files.atomic_files import unfinished, write_whole
from device.recommendation.song_table import PERCENTAGES, PROBABILITIES
from tools.errors import TrainingError
from tools.model_making.on_device import fresh_process
from tools.music_emotion.card import NAME
from tools.music_emotion.model.golden import GOLDEN, draw_sound, write_golden
from tools.music_emotion.model.head import AXES
from tools.music_emotion.model.label_network import SCALER, NetworkInput, fitted_label_places, normalised
from tools.music_emotion.model.music_model import CARD, MODEL, SCHEMA_VERSION, Floats
from tools.music_emotion.readme import write_readme
from tools.music_emotion.reproduction.catalogue import MUSICNN_VA, NAMES, Architecture, RowSettings, View, rows_of
from tools.music_emotion.reproduction.material import Data, TrainingData, gather_training_data
from tools.music_emotion.reproduction.train_row import TrainedNetwork, row_settings, targets_of, train_row

TOLERANCE_STEPS = 8
"""How many int8 steps another runtime's answer to the golden input may differ; kernels round differently."""

_LEAST_MISSED = 0.01  # σ that a song table may state: validation songs are few, and none is placed exactly
_DECIMALS = 4
_OVER_A_SONG = (
    "the mean of the answers to excerpts spread evenly over the song, at most 8; negative ones set to 0, brought to a "
    "sum of 100"
)


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
    out.mkdir(parents=True, exist_ok=True)  # or else it would show after hours of training that it cannot be made
    trained = train_row(architecture, material, settings, console)
    return write_network(out, architecture, material, settings, trained)


def write_network(
    out: Path, architecture: Architecture, material: TrainingData, settings: RowSettings, trained: TrainedNetwork
) -> dict[str, Any]:
    """Write a network's folder; an earlier model there stays until this one is complete.

    :returns: the card.
    :raises ModelError: if the box could not run the network.
    """
    card = _card(architecture, material, settings, trained)
    features = settings.features(architecture.view)
    network_input = NetworkInput(architecture.view, features, trained.scaler)
    out.mkdir(parents=True, exist_ok=True)
    with unfinished(out / GOLDEN) as golden, unfinished(out / MODEL) as model:
        model.write_bytes(trained.model)
        example = network_input.of(draw_sound(features.length, features.sample_rate))
        with fresh_process(model) as process:
            process.submit(write_golden, model, example, golden).result()
    if trained.scaler is None:
        (out / SCALER).unlink(missing_ok=True)
    else:
        with unfinished(out / SCALER) as hidden:
            trained.scaler.save(hidden)
    # The card comes last, so that it never describes a model that is not there.
    write_whole(out / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write_readme(out)
    return card


def _card(
    architecture: Architecture, material: TrainingData, settings: RowSettings, trained: TrainedNetwork
) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    described = material.describe()
    scaler = b"" if trained.scaler is None else trained.scaler.mean.tobytes() + trained.scaler.deviation.tobytes()
    return {
        "schema": SCHEMA_VERSION,
        "name": NAME,
        "version": f"{now:%Y.%m}-{hashlib.sha256(trained.model + scaler).hexdigest()[:8]}",
        "summary": architecture.summary,
        **row_settings(architecture, settings),
        "hears": {
            "view": architecture.view,
            **_features(settings, architecture.view),
            "unit": "colours in [0, 1]" if architecture.view == "picture" else "dB, 0 dB is a power of 1",
            "scaler": SCALER if trained.scaler else None,
        },
        "answers": {
            "kind": PROBABILITIES if architecture.multilabel else PERCENTAGES,
            "labels": list(settings.labels),
        },
        "table": _table(architecture, material, settings, trained),
        "created": now.isoformat(timespec="seconds"),
        "model_sha256": hashlib.sha256(trained.model).hexdigest(),
        "golden_tolerance_steps": TOLERANCE_STEPS,
        **trained.describe(),
        "history": trained.history,
        "source": dict(architecture.source),
        "data": described["sets"],
        "data_sha256": described["sha256"],
        "songs": described["songs"],
        "left_out": described["left_out"],
        "terms": sorted({str(entry["terms"]) for entry in described["sets"]}),
    }


def _features(settings: RowSettings, view: View) -> dict[str, Any]:
    """Return what the card says of the features; mel bands are only said where there are any."""
    said = asdict(settings.features(view))
    del said["kind"]
    if view != "log-mel":
        del said["n_mels"]
    return said


def _table(
    architecture: Architecture, material: TrainingData, settings: RowSettings, trained: TrainedNetwork
) -> dict[str, Any]:
    """Say how the song table is made, and how far its places are off for the songs that chose the round of training."""
    train, validation = material.split.train, material.split.validation
    learnt = normalised(targets_of(architecture, material, settings)[train])
    label_places = np.round(fitted_label_places(learnt, material.places[train], settings.plane), _DECIMALS)
    said = np.clip(normalised(trained.validation_answers) @ label_places / 100, -1.0, 1.0)
    missed = np.sqrt(np.mean((said - material.places[validation]) ** 2, axis=0))
    return {
        "k": settings.k,
        "over_a_song": _OVER_A_SONG,
        "sigma": _by_axis(np.median(material.deviations[train], axis=0)),
        "missed": _by_axis(np.maximum(missed, _LEAST_MISSED)),
        "label_places": {label: _by_axis(place) for label, place in zip(settings.labels, label_places, strict=True)},
    }


def _by_axis(values: Floats) -> dict[str, float]:
    return {axis: round(float(value), _DECIMALS) for axis, value in zip(AXES, values, strict=True)}
