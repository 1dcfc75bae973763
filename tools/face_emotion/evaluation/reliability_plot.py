"""How far a model's confidence can be believed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tools.plots.style import COLOURS, picture


def draw_reliability(calibration: Mapping[str, Any], path: Path) -> Figure:
    """Draw accuracy over confidence, the area of each point by its examples; a trusty model lies on the diagonal.

    :param calibration: what :func:`tools.face_emotion.evaluation.calibration.reliability` gives.
    :raises PictureError: if the picture cannot be written.
    """
    bins = calibration["bins"]
    sizes = np.array([entry["examples"] for entry in bins])
    title = f"expected calibration error {calibration['expected_calibration_error']:.3f}"
    with picture(path, height_inches=5.8, title=title) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="as often right as it says")
        axes.scatter(
            [entry["confidence"] for entry in bins],
            [entry["accuracy"] for entry in bins],
            s=30 + 600 * sizes / sizes.max(),
            color=COLOURS[0],
            alpha=0.8,
            label="examples of like confidence",
        )
        axes.set(xlim=(0, 1.05), ylim=(0, 1.05), xlabel="confidence", ylabel="accuracy")
        axes.legend(loc="upper left")
    return figure
