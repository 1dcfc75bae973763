from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from tools.plots.learning import draw_learning

Look = Callable[[Figure, Path], list[str]]


def test_lines_differ_in_colour_stroke_and_marker_and_the_kept_epoch_is_marked(tmp_path: Path, look: Look) -> None:
    curves = {"training": [9.0, 7.0, 6.0], "validation": [9.5, 8.0, 8.2]}
    path = tmp_path / "learning.png"
    figure = draw_learning(curves, measure="loss", best_epoch=2, title="A training", path=path)
    texts = look(figure, path)
    assert {"A training", "epoch", "loss", "training", "validation", "kept: epoch 2"} <= set(texts)
    training, validation, kept = figure.axes[0].lines
    assert training.get_xdata().tolist() == [1, 2, 3]
    assert list(validation.get_ydata()) == curves["validation"]
    for style in ("color", "linestyle", "marker"):
        assert getattr(training, f"get_{style}")() != getattr(validation, f"get_{style}")()
    assert set(kept.get_xdata()) == {2}


def test_a_training_of_one_epoch_is_drawn_and_a_long_one_is_no_smear(tmp_path: Path, look: Look) -> None:
    path = tmp_path / "learning.png"
    for epochs in (1, 200):
        curves = {"training": [1.0] * epochs}
        figure = draw_learning(curves, measure="loss", best_epoch=1, title="A training", path=path)
        look(figure, path)
        assert epochs / figure.axes[0].lines[0].get_markevery() <= 13
