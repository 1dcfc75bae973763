"""How the trainings of one split went: loss and accuracy over the epochs, learning and validation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tools.plots.learning import draw_curve
from tools.plots.style import COLOURS, picture

_PANELS = {"loss": "loss (cross-entropy, nats)", "accuracy": "accuracy"}


def draw_curves(trainings: Sequence[Mapping[str, Sequence[float]]], *, title: str, path: Path) -> Figure:
    """Draw loss above accuracy over the epochs, from 1: the mean of the trainings, and the range they fill.

    :param trainings: of each training ``loss``, ``validation_loss``, ``accuracy`` and ``validation_accuracy``, all of
        one length, an entry an epoch.
    :raises PictureError: if the picture cannot be written.
    """
    with picture(path, height_inches=7.2, title=title) as figure:
        panels = figure.subplots(len(_PANELS), 1, sharex=True)
        for axes, (measure, unit) in zip(panels, _PANELS.items(), strict=True):
            for number, (word, key) in enumerate((("training", measure), ("validation", f"validation_{measure}"))):
                values = np.array([training[key] for training in trainings])
                epochs = np.arange(1, values.shape[1] + 1)
                draw_curve(axes, values.mean(axis=0), number, word)
                axes.fill_between(epochs, values.min(axis=0), values.max(axis=0), color=COLOURS[number], alpha=0.18)
            axes.set_ylabel(unit)
            axes.grid(axis="y", alpha=0.4)
        panels[0].legend()
        panels[0].set_ylim(bottom=0)
        panels[1].set_ylim(0, 1.02)
        panels[1].set_xlabel("epoch")
        panels[1].xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
