"""Pictures of an evaluation, readable on a phone and by the colour-blind."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from device.emotion.labels import FACE_LABELS

logging.getLogger("matplotlib").setLevel(logging.WARNING)  # it tells of its fonts

_INCHES = 6.0
_DOTS_PER_INCH = 150
_DARK = 0.6  # above this share a cell is so bright that its number is drawn in black


def draw_confusion(confusion: Sequence[Sequence[int]], path: Path) -> None:
    """Draw counts ``(8, 8)``, rows the truth, columns the prediction, coloured by their share of the row."""
    counts = np.asarray(confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(_INCHES, _INCHES), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap=mpl.colormaps["cividis"], vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        colour = "black" if shares[row, column] > _DARK else "white"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour)
    axes.set_xticks(range(len(FACE_LABELS)), FACE_LABELS, rotation=45, ha="right")
    axes.set_yticks(range(len(FACE_LABELS)), FACE_LABELS)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    figure.savefig(path, dpi=_DOTS_PER_INCH)


def draw_reliability(calibration: Mapping[str, Any], path: Path) -> None:
    """Draw accuracy over confidence, the area of each point by its examples; a trusty model lies on the diagonal."""
    bins = calibration["bins"]
    sizes = np.array([entry["examples"] for entry in bins])
    figure = Figure(figsize=(_INCHES, _INCHES), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="as often right as it says")
    axes.scatter(
        [entry["confidence"] for entry in bins],
        [entry["accuracy"] for entry in bins],
        s=30 + 600 * sizes / sizes.max(),
        color="#0072B2",
        alpha=0.8,
        label="examples of like confidence",
    )
    axes.set(xlim=(0, 1.05), ylim=(0, 1.05), xlabel="confidence", ylabel="accuracy")
    axes.set_title(f"expected calibration error {calibration['expected_calibration_error']:.3f}")
    axes.legend(loc="upper left")
    figure.savefig(path, dpi=_DOTS_PER_INCH)
