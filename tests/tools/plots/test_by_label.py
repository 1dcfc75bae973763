from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from device.emotion.labels import NEUTRAL, SONG_LABELS
from tools.plots.by_label import draw_by_label

Look = Callable[[Figure, Path], list[str]]


@pytest.mark.parametrize("labels", [SONG_LABELS, (*SONG_LABELS, NEUTRAL)])
def test_every_label_has_a_bar_of_the_truth_one_of_the_answer_and_a_mark(
    tmp_path: Path, look: Look, labels: tuple[str, ...]
) -> None:
    truth, predicted = [float(number) for number in range(len(labels))], [0.5] * len(labels)
    path = tmp_path / "means.png"
    figure = draw_by_label(
        truth, predicted, [2.0] * len(labels), labels=labels, measure="mean percentage (%)", title="A row", path=path
    )
    assert {"A row", "true", "predicted", "mean percentage (%)", *labels} <= set(look(figure, path))
    (axes,) = figure.axes
    assert [[bar.get_width() for bar in bars] for bars in axes.containers] == [truth, predicted]
    assert axes.lines[0].get_xdata() == pytest.approx([2.0] * len(labels))
    assert axes.yaxis_inverted()
    assert len({bars[0].get_hatch() for bars in axes.containers}) == 2


def test_songs_are_counted_in_whole_numbers(tmp_path: Path) -> None:
    figure = draw_by_label(
        [1, 0], [1, 1], [0, 2], labels=("a", "b"), measure="songs", title="A", path=tmp_path / "c.png"
    )
    assert all(float(tick).is_integer() for tick in figure.axes[0].get_xticks())
