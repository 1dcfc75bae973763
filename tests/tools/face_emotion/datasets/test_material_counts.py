import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tools.face_emotion.datasets.collection import read_sets
from tools.face_emotion.datasets.material import gather_training_data, show_material, show_sets


@pytest.fixture
def file(write_csv: Callable[..., Path]) -> Path:
    generator = np.random.default_rng(1)
    crops = [" ".join(map(str, generator.integers(0, 255, 48 * 48))) for _ in range(60)]
    return write_csv("ours.csv", "emotion,pixels,Usage", [f"{n % 3},{crop},Training" for n, crop in enumerate(crops)])


def printed(show: Callable[[Console], None]) -> list[str]:
    text = io.StringIO()
    show(Console(width=160, file=text))
    return text.getvalue().splitlines()


def test_every_set_and_every_use_is_counted_by_label_and_the_warning_is_told(file: Path) -> None:
    lines = printed(lambda console: show_material(gather_training_data([file], seed=1), console))
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "anger" in line or "│ all" in line]
    assert cells == [["anger", "20"], ["all", "60"], ["anger", "15", "1", "4"], ["all", "45", "3", "12"]]
    assert any("picture by picture" in line and "optimistic" in line for line in lines)


def test_what_was_dropped_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "sad").mkdir()
    (tmp_path / "sad" / "torn.png").write_bytes(b"torn")
    (tmp_path / "sad" / "a.pgm").write_bytes(b"P5 2 2 255\n" + bytes(4))
    lines = printed(lambda console: show_sets(read_sets([tmp_path]), console))
    assert any(line.startswith("dropped 1: ") and "sad/torn.png" in line for line in lines)
