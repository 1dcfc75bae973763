"""The row of the model that ships: its embeddings of whole songs, and a new head on the songs that are learnt from."""

import time
from pathlib import Path
from typing import Any

from rich.console import Console

from device.errors import ModelError
from tools.digests import digest
from tools.music_emotion.model.head import Block, blocks_of, fit
from tools.music_emotion.model.loading import read_card
from tools.music_emotion.model.music_model import CARD, MODEL
from tools.music_emotion.model.musicnn_va import PLACE
from tools.music_emotion.model.rectangle import drawn_deviations, vectors_of
from tools.music_emotion.reproduction.catalogue import RowSettings
from tools.music_emotion.reproduction.device_answers import embeddings_of
from tools.music_emotion.reproduction.material import TrainingData
from tools.music_emotion.reproduction.scores import percent_figures


def judge_pretrained(model: Path, material: TrainingData, settings: RowSettings, console: Console) -> dict[str, Any]:
    """Fit a ridge head on the training songs and say how near its percentages come to the test songs'.

    The model's own head is not used, since it may have learnt from these very songs. Percentages follow from the place
    and the deviations that the new head gives, as in an analysis. There is no float network to compare with: the head
    is fitted on what the int8 file says.

    :param model: a music model's folder.
    :returns: what :meth:`tools.music_emotion.reproduction.train_row.TrainedNetwork.describe` returns for the other
        rows.
    :raises MienError: if the model or a song cannot be used.
    """
    embeddings, split = embeddings_of(model, material.paths, material.cache, console), material.split
    begun = time.monotonic()
    head = fit(embeddings[split.train], material.places[split.train], _blocks(model)).head
    seconds = time.monotonic() - begun
    asked = embeddings[split.test]
    drawn = drawn_deviations(head.deviations(asked))
    said = vectors_of(head.predict(asked), drawn, settings.k, plane=settings.plane)
    return {
        "figures": percent_figures(material.percent, {"int8": said}, split, rule=settings.label_rule),
        "epochs": None,
        "best_epoch": None,
        "training_seconds": round(seconds, 1),
        "model_bytes": (model / MODEL).stat().st_size,
        "weights": None,
    }


def model_settings(model: Path) -> dict[str, str]:
    """Return what tells this model from others, for a row's settings.

    :raises ModelError: if the folder holds no music model.
    """
    card = read_card(model)
    if card["answers"]["kind"] != PLACE:
        what = f"{model}: one of the source's networks, which are rows of their own"
        raise ModelError(what, mend="name the folder of a musicnn-va model, models/music_emotion say, with --model")
    return {"model": str(card["version"]), "model_sha256": digest(model / MODEL)}


def _blocks(model: Path) -> tuple[Block, ...]:
    """Return the blocks of the model's embedding.

    :raises ModelError: if its card does not name them.
    """
    try:
        return blocks_of(read_card(model)["embedding"])
    except (KeyError, TypeError, AttributeError) as error:
        what = f"{model / CARD}: does not say what the embedding is made of ({error!r})"
        raise ModelError(what, mend="train the model again with mien-tools train-music") from error
