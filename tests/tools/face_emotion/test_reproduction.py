import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from tools.errors import DatasetError, TrainingError
from tools.face_emotion.reproduction import FILE, Trainings, reproduce
from tools.face_emotion.reproduction_page import PAGE, write_page

pytestmark = pytest.mark.training

QUIET = Console(quiet=True)
TRAININGS = Trainings(seeds=[1], epochs=1, folds=2)
EVERY_ROW = ["subject", "sequence", "frame", "folds", "folds"]


def csv(*, with_people: bool) -> str:
    """Eight people in four films of three frames each, every label with twelve; or no people, as Kaggle ships CK+."""
    generator = np.random.default_rng(2)
    lines = ["emotion,pixels,Usage" + (",subject,sequence,peak" if with_people else "")]
    for person, film, frame in np.ndindex(8, 4, 3):
        label = (4 * person + film) % 8
        crop = generator.integers(60, 120, (48, 48))
        crop[6 * label : 6 * label + 6] += 120
        usage = "Training" if with_people or frame else "PublicTest"
        people = f",S{person:03},{film:03},{int(frame == 2)}" if with_people else ""
        lines.append(f"{label},{' '.join(map(str, crop.ravel()))},{usage}{people}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "ckplus.csv"
    path.write_text(csv(with_people=True), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(films: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("reproduced") / "out"
    return out, reproduce([films], out, TRAININGS, QUIET)


def test_every_split_is_measured_in_float_and_int8_beside_the_baseline(made: tuple[Path, dict[str, Any]]) -> None:
    out, table = made
    assert [row["split"] for row in table["rows"]] == EVERY_ROW
    for row in table["rows"]:
        assert np.sum(row["confusion"]) == row["examples"] > 0
        assert np.trace(row["confusion"]) / row["examples"] == pytest.approx(row["int8"]["accuracy"], abs=1e-4)
        assert np.sum(row["peak_confusion"]) == row["examples"] / 3 or row["split"] == "frame"
        assert {len(curve) for curve in row["curves"].values()} == {1}
        for kind in ("baseline", "float", "int8"):
            assert 0 <= row[kind]["accuracy"] <= 1
    assert json.loads((out / FILE).read_text(encoding="utf-8")) == table
    assert [path.name for path in out.iterdir()] == [FILE]


def test_the_folds_measure_with_everybody_once(made: tuple[Path, dict[str, Any]]) -> None:
    by_folds = made[1]["by_folds"]
    assert (by_folds["folds"], by_folds["people"]) == (2, 8)
    assert (by_folds["frames"]["examples"], by_folds["peaks"]["examples"]) == (96, 32)
    assert [scores["support"] for scores in by_folds["peaks"]["by_class"].values()] == [4] * 8
    low, high = by_folds["frames"]["accuracy_interval"]
    assert low <= by_folds["frames"]["accuracy"] <= high


def test_a_stopped_run_goes_on_with_the_rows_that_are_missing(
    films: Path, tmp_path: Path, made: tuple[Path, dict[str, Any]]
) -> None:
    begun = copy.deepcopy(made[1])
    begun["rows"][0]["float"]["accuracy"] = 0.123  # so that a row made again would show
    del begun["rows"][2], begun["by_folds"]
    (tmp_path / FILE).write_text(json.dumps(begun), encoding="utf-8")
    again = reproduce([films], tmp_path, TRAININGS, QUIET)
    assert sorted(row["split"] for row in again["rows"]) == sorted(EVERY_ROW)
    assert again["rows"][0]["float"]["accuracy"] == 0.123
    assert again["by_folds"] == made[1]["by_folds"]


@pytest.mark.parametrize("trainings", [Trainings([1], epochs=2, folds=2), Trainings([1], epochs=1, folds=3)])
def test_a_table_made_otherwise_is_not_mixed_with(
    films: Path, made: tuple[Path, dict[str, Any]], trainings: Trainings
) -> None:
    with pytest.raises(TrainingError, match=FILE):
        reproduce([films], made[0], trainings, QUIET)


def test_kaggles_file_gets_the_row_by_frame_and_the_others_say_what_they_lack(tmp_path: Path) -> None:
    path = tmp_path / "ckextended.csv"
    path.write_text(csv(with_people=False), encoding="utf-8")
    table = reproduce([path], tmp_path / "out", TRAININGS, QUIET)
    assert [(row["split"], row["people"]) for row in table["rows"]] == [("frame", None)]
    assert table["rows"][0]["examples"] == 16  # two of each label's twelve, whatever their Usage
    assert set(table["absent"]) == {"subject", "sequence"}
    assert "by_folds" not in table
    write_page(table, tmp_path / "out")
    text = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    assert "No row by person: ckextended.csv does not say which person (subject) each picture shows.\n" in text
    assert "No row by film: ckextended.csv does not say" in text


def test_two_sets_are_refused_before_anything_is_trained(films: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(csv(with_people=False), encoding="utf-8")
    with pytest.raises(DatasetError, match="is about one"):
        reproduce([films, own], tmp_path / "out", TRAININGS, QUIET)
    assert not (tmp_path / "out").exists()
