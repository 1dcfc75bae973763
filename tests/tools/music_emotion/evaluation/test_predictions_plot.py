from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tools.music_emotion.evaluation.predictions_plot import draw_predictions

Look = Callable[[Figure, Path], list[str]]


def test_each_axis_has_its_points_its_figures_and_the_two_lines(tmp_path: Path, look: Look) -> None:
    truth = np.random.default_rng(3).uniform(-1, 1, (50, 2))
    predicted = np.column_stack([truth[:, 0], np.full(50, truth[:, 1].mean())])
    path = tmp_path / "predictions.png"
    figure = draw_predictions(truth, predicted, title="A model", path=path)
    texts = look(figure, path)
    assert "valence: R² 1.00, r 1.00, mean error 0.00" in texts
    assert any(text.startswith("arousal: R² 0.00, r nan") for text in texts)
    assert {"A model", "mean of what people said", "predicted", "50 songs", "always their mean"} <= set(texts)
    for column, axes in enumerate(figure.axes):
        assert np.allclose(axes.collections[0].get_offsets(), np.column_stack([truth[:, column], predicted[:, column]]))
        diagonal, mean = axes.lines
        assert (diagonal.get_xdata() == diagonal.get_ydata()).all()
        assert mean.get_ydata()[0] == truth[:, column].mean()
    assert figure.axes[0].get_xlabel() == "mean of what people said"
