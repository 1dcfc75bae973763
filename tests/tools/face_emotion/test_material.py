from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.errors import DatasetError
from tools.face_emotion.datasets import FaceExamples, read_faces
from tools.face_emotion.material import gather

GREY = " ".join(["128"] * 2304)


def crops_of(examples: FaceExamples) -> set[bytes]:
    return {crop.tobytes() for crop in examples.crops}


def test_no_example_serves_two_purposes(toy_data: Path) -> None:
    material = gather(toy_data, seed=1)
    sets = [material.learning, material.validation, material.public_test, material.unseen_people]
    assert sum(len(examples) for examples in sets) == 320 + 48
    assert len(set().union(*map(crops_of, sets))) == 320 + 48


def test_validation_is_taken_from_training_rows_only_and_the_test_rows_are_all_kept(toy_data: Path) -> None:
    material = gather(toy_data, seed=1)
    ferplus = read_faces(toy_data / "ferplus.csv.xz")
    assert crops_of(material.validation) <= crops_of(ferplus.used_for("Training"))
    assert crops_of(material.public_test) == crops_of(ferplus.used_for("PublicTest"))
    assert len(material.validation) == 24  # 3 of each label's 32


def test_unseen_people_are_not_learnt_from(toy_data: Path) -> None:
    material = gather(toy_data, seed=1)
    unseen = set(material.unseen_people.subjects)
    assert len(unseen) == 1
    assert not unseen & set(material.learning.subjects)


def test_the_seed_decides_the_split(toy_data: Path) -> None:
    first, again, other = (crops_of(gather(toy_data, seed=seed).validation) for seed in (1, 1, 2))
    assert first == again != other


def test_a_limit_holds_for_each_set(toy_data: Path) -> None:
    material = gather(toy_data, seed=1, limit=30)
    assert len(material.public_test) == 30
    assert material.ferplus.examples == 60
    assert material.ckplus.examples == 30
    assert material.limit == 30


def test_a_file_without_people_is_learnt_from_by_its_usage_and_not_measured(
    toy_data: Path, write_csv: Callable[..., Path]
) -> None:
    (toy_data / "ckplus.csv").unlink()
    write_csv("ckextended.csv", "emotion,pixels,Usage", [f"1,{GREY},Training", f"1,{GREY},PrivateTest"])
    material = gather(toy_data, seed=1)
    assert material.ckplus.file == "ckextended.csv"
    assert len(material.unseen_people) == 0
    assert np.sum(np.all(material.learning.crops == 128, axis=(1, 2))) == 1


def test_data_without_test_rows_are_refused(toy_data: Path, write_csv: Callable[..., Path]) -> None:
    write_csv("ferplus.csv", "emotion,pixels,Usage", [f"{n % 8},{GREY},Training" for n in range(80)])
    with pytest.raises(DatasetError, match=r"Training rows \(80\) or PublicTest rows \(0\)"):
        gather(toy_data, seed=1)
