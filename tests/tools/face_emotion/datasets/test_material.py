import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tools.errors import DatasetError
from tools.face_emotion.datasets import material as material_module
from tools.face_emotion.datasets.collection import read_sets
from tools.face_emotion.datasets.crops import read_faces
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.material import (
    FRAME_WARNING,
    SEQUENCE_WARNING,
    TrainingData,
    fold_by_person,
    gather_training_data,
    split_sets,
)

WriteFaces = Callable[..., Path]

PLAIN = "emotion,pixels,Usage"
PEOPLED = "emotion,pixels,Usage,subject,sequence"


@pytest.fixture
def write_faces(write_csv: Callable[..., Path]) -> WriteFaces:
    """Write rows of crops that all differ; each is given as label, usage and further columns."""
    generator = np.random.default_rng(9)

    def write(name: str, rows: Sequence[str], header: str = PLAIN) -> Path:
        crops = (" ".join(map(str, generator.integers(0, 255, 48 * 48))) for _ in rows)
        parts = (row.partition(",") for row in rows)
        return write_csv(
            name, header, [f"{label},{crop},{rest}" for (label, _, rest), crop in zip(parts, crops, strict=True)]
        )

    return write


def crops_of(examples: FaceExamples) -> set[bytes]:
    return {crop.tobytes() for crop in examples.crops}


def sets_of(material: TrainingData) -> list[FaceExamples]:
    return [material.learning, material.validation, *(test.examples for test in material.tests.values())]


def test_no_example_serves_two_purposes(toy_data: Path) -> None:
    sets = sets_of(gather_training_data([toy_data], seed=1))
    assert sum(len(examples) for examples in sets) == 320 + 48
    assert len(set().union(*map(crops_of, sets))) == 320 + 48


def test_validation_is_taken_from_training_rows_only_and_the_test_rows_are_all_kept(toy_data: Path) -> None:
    material = gather_training_data([toy_data], seed=1)
    ferplus = read_faces(toy_data / "ferplus.csv.xz")
    assert crops_of(material.validation) <= crops_of(ferplus.used_for("Training"))
    public_test = material.tests["ferplus_public_test"]
    assert crops_of(public_test.examples) == crops_of(ferplus.used_for("PublicTest"))
    assert (public_test.title, public_test.split, public_test.warning) == ("FERPlus PublicTest", "usage", "")
    assert len(material.validation) == 24  # 3 of each label's 32


def test_several_large_sets_choose_together_and_doubted_labels_share_their_votes(
    toy_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = gather_training_data([toy_data], seed=1)
    assert set(alone.validation_sets) == {"ferplus"}
    monkeypatch.setattr(material_module, "FEWEST_VALIDATED", 20)
    ferplus, ckplus = read_sets([toy_data])
    doubtful = replace(ckplus, title=replace(ckplus.title, trust=0.2))
    material = split_sets([ferplus, doubtful], seed=1)
    assert material.validation_sets.tolist() == ["ferplus"] * 24 + ["ckplus"] * 8
    chosen, learnt = material.validation.subjects[24:], material.learning.subjects
    assert len(set(chosen)) == 1
    assert not set(chosen) & set(learnt)
    doubted = material.learning.votes[learnt != ""]
    assert np.allclose(doubted.max(axis=1), 0.2 + 0.8 / 8)
    assert np.allclose(doubted.sum(axis=1), 1)


def test_unseen_people_are_not_learnt_from(toy_data: Path) -> None:
    material = gather_training_data([toy_data], seed=1)
    held = material.tests["ckplus_unseen_subjects"]
    unseen = set(held.examples.subjects)
    assert (held.title, held.split, held.warning) == ("CK+, people never learnt from", "subject", "")
    assert len(unseen) == 1
    assert not unseen & set(material.learning.subjects)


def test_the_seed_decides_the_split(toy_data: Path) -> None:
    first, again, other = (crops_of(gather_training_data([toy_data], seed=seed).validation) for seed in (1, 1, 2))
    assert first == again != other


def test_a_limit_holds_for_each_set_and_of_one_with_test_rows_for_each_usage(toy_data: Path) -> None:
    material = gather_training_data([toy_data], seed=1, limit=30)
    assert len(material.tests["ferplus_public_test"].examples) == 30
    assert [source.examples for source in material.sources] == [60, 30]
    assert material.limit == 30


def test_the_sources_are_named_with_their_counts(toy_data: Path) -> None:
    ferplus, ckplus = gather_training_data([toy_data], seed=1).sources
    assert (ferplus.name, ferplus.file, ferplus.examples) == ("FER2013 with FERPlus labels", "ferplus.csv.xz", 320)
    assert ckplus.labels["contempt"] == 6
    assert len(ckplus.sha256) == 64


def test_ckplus_alone_is_split_by_person_throughout(toy_data: Path) -> None:
    material = gather_training_data([toy_data / "ckplus.csv"], seed=1)
    people = [set(examples.subjects) for examples in sets_of(material)]
    assert sum(map(len, people)) == len(set().union(*people)) == 6
    assert len(people) == 3
    assert all(people)


def test_without_people_films_stay_together_and_the_reader_is_warned(write_faces: WriteFaces) -> None:
    rows = [f"{n % 8},Training,,film {n // 4}" for n in range(80)]
    material = gather_training_data([write_faces("ours.csv", rows, PEOPLED)], seed=1)
    films = [set(examples.sequences) for examples in sets_of(material)]
    assert sum(map(len, films)) == len(set().union(*films)) == 20
    assert material.tests["ours_unseen_sequences"].warning == SEQUENCE_WARNING


def test_films_of_different_people_with_one_number_are_different(write_faces: WriteFaces) -> None:
    rows = [f"{n % 8},Training,S{n // 20},{n // 5 % 4}" for n in range(80)]
    material = gather_training_data([write_faces("ours.csv", rows, PEOPLED)], seed=1, split="sequence")
    test = material.tests["ours_unseen_sequences"].examples
    assert len(set(zip(test.subjects, test.sequences, strict=True))) == 3  # a fifth of 16


def test_where_neither_is_known_rows_are_drawn_of_every_label_and_the_reader_is_warned(
    write_faces: WriteFaces,
) -> None:
    material = gather_training_data([write_faces("ours.csv", [f"{n % 8},Training" for n in range(160)])], seed=1)
    test = material.tests["ours_unseen_frames"]
    assert test.examples.counts() == dict.fromkeys(test.examples.counts(), 4)  # a fifth of 20
    assert test.warning == FRAME_WARNING
    assert "near-duplicates" in test.warning
    assert "optimistic" in test.warning


def test_one_persons_pictures_are_split_by_what_they_do_allow(write_faces: WriteFaces) -> None:
    rows = [f"{n % 8},Training,me,film {n // 4}" for n in range(80)]
    assert list(gather_training_data([write_faces("ours.csv", rows, PEOPLED)], seed=1).tests) == [
        "ours_unseen_sequences"
    ]


def test_a_coarser_split_can_be_asked_for_and_is_warned_of(toy_data: Path) -> None:
    material = gather_training_data([toy_data], seed=1, split="frame")
    assert material.split == "frame"
    assert material.tests["ckplus_unseen_frames"].warning == FRAME_WARNING
    assert len(set(material.tests["ckplus_unseen_frames"].examples.subjects)) > 1


def test_a_unit_that_a_set_does_not_know_is_an_error_that_names_the_set(toy_data: Path) -> None:
    with pytest.raises(DatasetError, match=r"ferplus\.csv\.xz: does not say which subject"):
        gather_training_data([toy_data], seed=1, split="subject")


def test_kaggles_reduced_ckplus_measures_with_its_own_rows_and_warns_since_they_are_single_frames(
    write_faces: WriteFaces,
) -> None:
    usages = ["Training"] * 8 + ["PublicTest", "PrivateTest"]
    rows = [f"{n % 8},{usages[n % 10]}" for n in range(400)]
    material = gather_training_data([write_faces("ckextended.csv", rows)], seed=1)
    assert list(material.tests) == ["ckplus_public_test", "ckplus_private_test"]
    assert {test.warning for test in material.tests.values()} == {FRAME_WARNING}
    assert len(material.learning) + len(material.validation) == 320
    assert set(material.learning.usages) == {"Training"}


def test_fer2013_measures_public_and_private_test_apart_and_needs_no_warning(write_faces: WriteFaces) -> None:
    usages = ["Training"] * 8 + ["PublicTest", "PrivateTest"]
    material = gather_training_data(
        [write_faces("fer2013.csv", [f"{n % 7},{usages[n % 10]}" for n in range(280)])], seed=1
    )
    assert {key: test.warning for key, test in material.tests.items()} == {
        "fer2013_public_test": "",
        "fer2013_private_test": "",
    }


@pytest.mark.parametrize(("tester", "warning"), [("S9", ""), ("S1", "1 of its 1 people are also learnt from")])
def test_people_of_the_test_rows_who_are_also_learnt_from_are_told_of(
    write_faces: WriteFaces, tester: str, warning: str
) -> None:
    rows = [f"{n % 8},Training,S{n // 8},q" for n in range(48)] + [f"{n % 8},PrivateTest,{tester},q" for n in range(8)]
    material = gather_training_data([write_faces("ours.csv", rows, PEOPLED)], seed=1)
    assert material.tests["ours_private_test"].warning.startswith(warning)
    assert bool(material.tests["ours_private_test"].warning) == bool(warning)


def test_pictures_that_measure_are_taken_out_of_what_is_learnt_and_counted(
    write_faces: WriteFaces,
) -> None:
    path = write_faces("fer2013.csv", [f"{n % 7},{'PublicTest' if n < 10 else 'Training'}" for n in range(80)])
    lines = path.read_text().splitlines()
    again = [line.replace("PublicTest", "Training") for line in lines[1:8]]
    path.write_text("\n".join([*lines, *again]) + "\n")
    material = gather_training_data([path], seed=1)
    measuring = crops_of(material.tests["fer2013_public_test"].examples)
    assert not measuring & (crops_of(material.learning) | crops_of(material.validation))
    assert material.dropped == {"identical to a picture that measures, so not learnt from": 7}
    assert len(material.learning) + len(material.validation) == 70


def test_an_owners_folder_alone_is_enough(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for number in range(40):
        path = tmp_path / "family" / ("happy", "sad")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), generator.integers(0, 255, (60, 50), dtype=np.uint8))
    material = gather_training_data([tmp_path / "family"], seed=1)
    assert [len(examples) for examples in sets_of(material)] == [30, 2, 8]


def test_a_set_of_test_rows_only_measures(toy_data: Path, write_faces: WriteFaces) -> None:
    path = write_faces("ours.csv", [f"{n % 8},PrivateTest" for n in range(8)])
    material = gather_training_data([toy_data, path], seed=1)
    assert len(material.tests["ours_private_test"].examples) == 8


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (["0,Training"] * 2, "too few examples .* to set some aside"),
        (["0,Training"] * 4 + ["0,PublicTest"], "too few examples .* to choose an epoch"),
        (["0,PublicTest"] * 4, "too few examples .* to choose an epoch"),
    ],
)
def test_too_few_examples_are_refused(write_faces: WriteFaces, rows: list[str], what: str) -> None:
    with pytest.raises(DatasetError, match=what):
        gather_training_data([write_faces("ours.csv", rows)], seed=1)


def test_examples_that_are_all_test_rows_again_are_refused(write_csv: Callable[..., Path]) -> None:
    grey = " ".join(["128"] * 2304)
    rows = [f"{n % 8},{grey},{'Training' if n else 'PublicTest'}" for n in range(80)]
    with pytest.raises(DatasetError, match="every example to learn from is among those that measure"):
        gather_training_data([write_csv("ours.csv", PLAIN, rows)], seed=1)


@pytest.mark.data
def test_the_people_of_ckplus_whom_seed_1_keeps_are_those_that_the_card_tells_of() -> None:
    data = os.environ.get("MIEN_DATA")
    if not data:
        pytest.skip("MIEN_DATA does not name the folder with the research data")
    material = gather_training_data([Path(data) / "face" / "ckplus.csv.xz"], seed=1)
    test = material.tests["ckplus_unseen_subjects"].examples
    assert len(test) == 159
    assert " ".join(sorted(set(test.subjects))) == (
        "S034 S037 S052 S054 S057 S058 S073 S081 S084 S085 S092 S095 S101 S108 S113 S125 S135 S501 S895"
    )
    assert len(material.validation) > 0
    assert not set(material.validation.subjects) & (set(test.subjects) | set(material.learning.subjects))


def test_folds_measure_with_everybody_and_learn_from_nobody_of_them(toy_data: Path) -> None:
    faces = read_sets([toy_data / "ckplus.csv"])[0]
    measured = []
    for material in fold_by_person(faces, folds=4, seed=1):
        test = material.tests["ckplus_unseen_subjects"].examples
        measured += sorted(set(test.subjects))
        others = [set(part.subjects) for part in (material.learning, material.validation)]
        assert all(others)
        assert not set(test.subjects) & (others[0] | others[1])
    assert sorted(measured) == sorted(set(faces.examples.subjects))


def test_folds_of_nobody_known_are_refused(write_faces: WriteFaces) -> None:
    faces = read_sets([write_faces("ckextended.csv", [f"{n % 8},Training" for n in range(16)])])[0]
    with pytest.raises(DatasetError, match="does not say which subject"):
        next(fold_by_person(faces, folds=4, seed=1))
