import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tools.errors import DatasetError, TrainingError
from tools.face_emotion.reproduction import FILE, reproduce

pytestmark = pytest.mark.training

QUIET = Console(quiet=True)


def csv(*, with_people: bool) -> str:
    """Eight people in four films of three frames each; every label has twelve frames."""
    generator = np.random.default_rng(2)
    lines = ["emotion,pixels,Usage" + (",subject,sequence,peak" if with_people else "")]
    for person, film, frame in np.ndindex(8, 4, 3):
        label = (4 * person + film) % 8
        crop = generator.integers(60, 120, (48, 48))
        crop[6 * label : 6 * label + 6] += 120
        people = f",S{person:03},{film:03},{int(frame == 2)}" if with_people else ""
        lines.append(f"{label},{' '.join(map(str, crop.ravel()))},Training{people}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def films(tmp_path: Path) -> Path:
    path = tmp_path / "ckplus.csv"
    path.write_text(csv(with_people=True), encoding="utf-8")
    return path


def test_every_split_is_measured_in_float_and_int8_beside_the_baseline(films: Path, tmp_path: Path) -> None:
    table = reproduce([films], tmp_path / "out", seeds=[1], epochs=2, console=QUIET)
    assert [row["split"] for row in table["rows"]] == ["subject", "sequence", "frame"]
    for row in table["rows"]:
        assert row["examples"] > 0
        for kind in ("baseline", "float", "int8"):
            assert 0 <= row[kind]["accuracy"] <= 1
    assert json.loads((tmp_path / "out" / FILE).read_text(encoding="utf-8")) == table
    assert [path.name for path in (tmp_path / "out").iterdir()] == [FILE]


def test_a_stopped_run_goes_on_with_the_rows_that_are_missing(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = reproduce([films], out, seeds=[1], epochs=1, console=QUIET)
    first["rows"][0]["float"]["accuracy"] = 0.123  # so that a row made again would show
    (out / FILE).write_text(json.dumps({**first, "rows": first["rows"][:1]}), encoding="utf-8")
    again = reproduce([films], out, seeds=[1], epochs=1, console=QUIET)
    assert [row["split"] for row in again["rows"]] == ["subject", "sequence", "frame"]
    assert again["rows"][0]["float"]["accuracy"] == 0.123


def test_a_table_made_otherwise_is_not_mixed_with(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    reproduce([films], out, seeds=[1], epochs=1, console=QUIET)
    with pytest.raises(TrainingError, match=FILE):
        reproduce([films], out, seeds=[1], epochs=2, console=QUIET)


def test_pictures_of_nobody_known_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    path = tmp_path / "ckextended.csv"
    path.write_text(csv(with_people=False), encoding="utf-8")
    with pytest.raises(DatasetError, match="ckextended"):
        reproduce([path], tmp_path / "out", seeds=[1], epochs=1, console=QUIET)
    assert list((tmp_path / "out").iterdir()) == []
