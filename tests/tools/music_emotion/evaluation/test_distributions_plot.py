from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from device.emotion.labels import NEUTRAL, SONG_LABELS
from tools.music_emotion.evaluation.distributions_plot import LabelRule, draw_distributions

Look = Callable[[Figure, Path], list[str]]


@pytest.mark.parametrize("labels", [SONG_LABELS, (*SONG_LABELS, NEUTRAL)])
def test_every_label_has_a_bar_for_each_k(tmp_path: Path, look: Look, labels: tuple[str, ...]) -> None:
    generator = np.random.default_rng(2)
    by_k = {k: 100 * generator.dirichlet(np.ones(len(labels)), 20) for k in (1.0, 2.0, 3.0)}
    path = tmp_path / "distribution.png"
    figure = draw_distributions(by_k, labels=labels, title="A set", path=path)
    assert {"A set", *labels, "k = 1", "k = 3", "all alike", "mean percentage"} <= set(look(figure, path))
    means, largest = figure.axes
    for axes in (means, largest):
        assert len(axes.patches) == 3 * len(labels)
        assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(300)
        assert axes.yaxis_inverted()
    assert [bar.get_width() for bar in means.patches[: len(labels)]] == pytest.approx(by_k[1.0].mean(axis=0))
    styles = {(bar.get_facecolor(), bar.get_hatch()) for bar in means.patches}
    assert len({colour for colour, _ in styles}) == len({hatch for _, hatch in styles}) == 3


@pytest.mark.parametrize(
    ("rule", "widths", "says"),
    [
        ("largest", [0, 100, 0], "songs in which it is the largest (%)"),
        ("even", [0, 100, 50], "songs with over 33.3 % of it (%)"),
        ("source", [50, 100, 100], "songs with over 13 % of it (%)"),
    ],
)
def test_labels_are_counted_by_the_rule(tmp_path: Path, rule: LabelRule, widths: list[float], says: str) -> None:
    vectors = np.array([[10.0, 60, 30], [20, 42, 38]])
    path = tmp_path / "d.png"
    figure = draw_distributions({1: vectors}, labels=("a", "b", "c"), rule=rule, title="A set", path=path)
    assert [bar.get_width() for bar in figure.axes[1].patches] == widths
    assert figure.axes[1].get_xlabel() == says


def test_what_is_always_largest_is_largest_in_every_song(tmp_path: Path) -> None:
    vectors = np.tile([10.0, 60.0, 30.0], (4, 1))
    figure = draw_distributions({1: vectors}, labels=("a", "b", "c"), title="A set", path=tmp_path / "d.png")
    assert [bar.get_width() for bar in figure.axes[1].patches] == [0, 100, 0]
