"""Pictures of a row: how its training went, and which labels it takes for which, or finds."""

from pathlib import Path

import numpy as np

from device.emotion.vectors import SONG_LABELS
from tools.music_emotion.reproduction.catalogue import Architecture
from tools.music_emotion.reproduction.material import Material
from tools.music_emotion.reproduction.train_row import Learnt, targets_of
from tools.plots.confusion import draw_confusion, draw_found
from tools.plots.learning import draw_learning


def draw_row(architecture: Architecture, learnt: Learnt, material: Material, folder: Path) -> None:
    """Write ``<slug>-learning.png`` and, of what int8 says to the test songs, ``<slug>-labels.png`` into ``folder``.

    The label of percentages is the largest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draw_learning(
        {
            "training": [epoch["loss"] for epoch in learnt.history],
            "validation": [epoch["validation_loss"] for epoch in learnt.history],
        },
        measure="binary cross-entropy" if architecture.multilabel else "squared error (percentage points²)",
        best_epoch=learnt.best_epoch,
        title=architecture.row,
        path=folder / f"{architecture.slug}-learning.png",
    )
    truth, said = targets_of(architecture, material)[material.split.test], learnt.said["int8"]
    title, path = f"{architecture.row}, {len(truth)} test songs", folder / f"{architecture.slug}-labels.png"
    if architecture.multilabel:
        found = np.asarray(said > learnt.figures["int8"]["threshold"])
        draw_found(truth > 0, found, labels=SONG_LABELS, title=title, path=path)
    else:
        draw_confusion(truth.argmax(axis=1), said.argmax(axis=1), labels=SONG_LABELS, title=title, path=path)
