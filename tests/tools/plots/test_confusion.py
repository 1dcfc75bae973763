from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from device.emotion.labels import SONG_LABELS
from tools.plots.confusion import draw_confusion, draw_counts, draw_found

Look = Callable[[Figure, Path], list[str]]


def test_counts_stand_where_the_truth_crosses_the_answer(tmp_path: Path, look: Look) -> None:
    truth, predicted = np.array([0, 0, 0, 2, 7]), np.array([0, 0, 1, 2, 6])
    path = tmp_path / "confusion.png"
    figure = draw_confusion(truth, predicted, labels=SONG_LABELS, title="A model", path=path)
    assert {"A model", "predicted", "true", *SONG_LABELS} <= set(look(figure, path))
    axes = figure.axes[0]
    counts = {text.get_position(): int(text.get_text()) for text in axes.texts}
    assert len(counts) == 64
    assert {place: count for place, count in counts.items() if count} == {(0, 0): 2, (1, 0): 1, (2, 2): 1, (6, 7): 1}
    assert axes.get_ylabel() == "true"
    assert axes.images[0].get_array()[0, 0] == 2 / 3


def test_counts_that_are_made_already_are_drawn_alike(tmp_path: Path) -> None:
    counts = np.array([[2, 1], [0, 3]])
    figure = draw_counts(counts, labels=("anger", "joy"), title="Faces", path=tmp_path / "counts.png")
    drawn = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
    assert drawn == {(0, 0): "2", (1, 0): "1", (0, 1): "0", (1, 1): "3"}
    assert figure.axes[0].images[0].get_array()[0, 1] == 1 / 3


def test_numbers_are_dark_on_bright_cells_and_bright_on_dark_ones(tmp_path: Path) -> None:
    figure = draw_confusion(np.array([0]), np.array([0]), labels=("a", "b"), title="A model", path=tmp_path / "c.png")
    assert {text.get_position(): text.get_color() for text in figure.axes[0].texts} == {
        (0, 0): "black", (1, 0): "white", (0, 1): "white", (1, 1): "white",
    }  # fmt: skip


def test_found_missed_and_wrongly_said_songs_are_counted(tmp_path: Path, look: Look) -> None:
    truth = np.array([[1, 1], [1, 0], [0, 0]], dtype=bool)
    predicted = np.array([[1, 0], [0, 0], [1, 0]], dtype=bool)
    path = tmp_path / "found.png"
    labels = [f"label {number}" for number in range(6)]
    figure = draw_found(np.tile(truth, 3), np.tile(predicted, 3), labels=labels, title="A model", path=path)
    assert {"A model", "songs", "found", "missed", "wrongly said", *labels} <= set(look(figure, path))
    widths = {bars.get_label(): [bar.get_width() for bar in bars][:2] for bars in figure.axes[0].containers}
    assert widths == {"found": [1, 0], "missed": [1, 1], "wrongly said": [1, 0]}
    assert len({bar[0].get_hatch() for bar in figure.axes[0].containers}) == 3
