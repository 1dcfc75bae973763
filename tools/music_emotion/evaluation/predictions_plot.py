"""What a model predicted beside what people said."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tools.music_emotion.evaluation.metrics import fit_figures
from tools.music_emotion.model.head import AXES
from tools.plots.style import COLOURS, MARKERS, picture

_LIMIT = 1.05
_TICKS = (-1, -0.5, 0, 0.5, 1)


def draw_predictions(
    true_places: NDArray[np.float64], predicted_places: NDArray[np.float64], *, title: str, path: Path
) -> Figure:
    """Draw predicted over true means, valence above arousal; a perfect model lies on the diagonal.

    The level line is the mean of what people said, the best that a model can do that cannot tell songs apart.

    :param true_places: ``(n, 2)``, valence first, in [-1, 1]; likewise ``predicted_places``.
    """
    with picture(path, height_inches=11.0, title=title) as figure:
        for column, (axes, name) in enumerate(zip(figure.subplots(2, 1), AXES, strict=True)):
            truth, predicted = true_places[:, column], predicted_places[:, column]
            fit = fit_figures(truth, predicted)
            axes.plot([-1, 1], [-1, 1], color="0.4", linestyle="--", linewidth=1, label="as people said")
            axes.axhline(truth.mean(), color="0.4", linestyle=":", linewidth=1, label="always their mean")
            axes.scatter(
                truth, predicted, s=22, color=COLOURS[column], marker=MARKERS[column], alpha=0.6, linewidth=0,
                label=f"{len(truth):,} songs",
            )  # fmt: skip
            axes.set_title(f"{name}: R² {fit.r2:.2f}, r {fit.pearson_r:.2f}, mean error {fit.mae:.2f}")
            axes.set(xlim=(-_LIMIT, _LIMIT), ylim=(-_LIMIT, _LIMIT), aspect="equal")
            axes.set(xticks=_TICKS, yticks=_TICKS)
            axes.set(xlabel="mean of what people said", ylabel="predicted")
            axes.legend(loc="upper left", framealpha=0.8)
    return figure
