import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.splits import (
    UNITS,
    draw_epoch,
    most_honest_unit,
    person_folds,
    stratified_mask,
    subject_mask,
    unit_mask,
)

label_lists = arrays(np.int64, st.integers(1, 300), elements=st.integers(0, 7))
subject_lists = arrays(np.dtype("U4"), st.integers(1, 200), elements=st.sampled_from([f"S{n:03}" for n in range(30)]))
seeds = st.integers(0, 2**31 - 1)


@given(subject_lists, st.floats(0, 1), seeds)
def test_nobody_is_on_both_sides_of_a_split_by_subject(subjects: np.ndarray, share: float, seed: int) -> None:
    chosen = subject_mask(subjects, share=share, seed=seed)
    assert not set(subjects[chosen]) & set(subjects[~chosen])
    assert len(set(subjects[chosen])) == round(len(set(subjects)) * share)


@given(subject_lists, st.integers(1, 12), seeds)
def test_everybody_is_in_exactly_one_fold(subjects: np.ndarray, folds: int, seed: int) -> None:
    masks = person_folds(subjects, folds=folds, seed=seed)
    people = len(set(subjects))
    assert len(masks) == min(folds, people)
    assert np.sum(masks, axis=0).tolist() == [1] * len(subjects)
    sizes = [len(set(subjects[mask])) for mask in masks]
    assert sum(sizes) == people
    assert max(sizes) - min(sizes) <= 1


def shown(subjects: list[str], sequences: list[str]) -> FaceExamples:
    count = len(subjects)
    return FaceExamples(
        crops=np.zeros((count, 48, 48), dtype=np.uint8),
        labels=np.arange(count) % 8,
        votes=np.eye(8, dtype=np.float32)[np.arange(count) % 8],
        usages=np.array(["Training"] * count),
        subjects=np.array(subjects),
        sequences=np.array(sequences),
        peaks=np.zeros(count, dtype=np.bool_),
    )


PEOPLE, FILMS, NOBODY = list("AABBCC"), list("121212"), [""] * 6


@pytest.mark.parametrize(
    ("subjects", "sequences", "unit"),
    [
        (PEOPLE, FILMS, "subject"),
        (PEOPLE, NOBODY, "subject"),
        (NOBODY, list("112233"), "sequence"),
        (list("AAAAAA"), list("112233"), "sequence"),
        (NOBODY, FILMS, "frame"),
        (NOBODY, NOBODY, "frame"),
        ([*PEOPLE[:5], ""], NOBODY, "frame"),
    ],
)
def test_the_most_honest_unit_is_the_first_that_is_known_of_all_and_of_which_there_are_three(
    subjects: list[str], sequences: list[str], unit: str
) -> None:
    assert most_honest_unit(shown(subjects, sequences)) == unit


@given(st.sampled_from(UNITS), st.floats(0, 1), seeds)
def test_a_unit_is_on_one_side_of_its_split_and_one_at_least_is_chosen(unit: str, share: float, seed: int) -> None:
    examples = shown([f"S{n // 24}" for n in range(96)], [f"{n // 8 % 3}" for n in range(96)])
    names = {
        "subject": examples.subjects,
        "sequence": np.array([f"{a} {b}" for a, b in zip(examples.subjects, examples.sequences, strict=True)]),
        "frame": np.arange(96),
    }[unit]
    chosen = unit_mask(examples, unit, share=share, seed=seed)
    assert not set(names[chosen].tolist()) & set(names[~chosen].tolist())
    if unit != "frame":
        assert chosen.any()


def test_a_unit_that_is_not_known_cannot_be_split_by() -> None:
    with pytest.raises(ValueError, match="does not say which sequence"):
        unit_mask(shown(PEOPLE, NOBODY), "sequence", share=0.5, seed=1)


@given(label_lists, st.floats(0, 1), seeds)
def test_a_stratified_split_takes_its_share_of_every_label_and_never_all(
    labels: np.ndarray, share: float, seed: int
) -> None:
    chosen = stratified_mask(labels, share=share, seed=seed)
    for label in set(labels.tolist()):
        total, taken = np.sum(labels == label), np.sum(labels[chosen] == label)
        assert taken == min(round(total * share), total - 1)


@given(label_lists, st.floats(0, 1), seeds, st.integers(0, 50))
def test_an_epoch_draws_as_many_as_there_are_and_gives_each_example_its_expected_number(
    labels: np.ndarray, tempering: float, seed: int, epoch: int
) -> None:
    drawn = draw_epoch(labels, tempering=tempering, seed=seed, epoch=epoch)
    assert len(drawn) == len(labels)
    found = np.bincount(labels, minlength=8).astype(float)
    shares = np.where(found > 0, np.maximum(found, 1) ** tempering, 0)
    expected = len(labels) * (shares / shares.sum())[labels] / found[labels]
    times = np.bincount(drawn, minlength=len(labels))
    assert np.all(np.abs(times - expected) < 1 + 1e-6)


@given(label_lists, seeds)
def test_without_tempering_every_example_is_drawn_once(labels: np.ndarray, seed: int) -> None:
    drawn = draw_epoch(labels, tempering=1, seed=seed, epoch=0)
    assert sorted(drawn.tolist()) == list(range(len(labels)))


def test_a_rare_label_is_drawn_more_often_than_it_occurs_yet_less_than_the_common_one() -> None:
    labels = np.repeat([6, 7], [900, 9])
    drawn = labels[draw_epoch(labels, tempering=0.5, seed=1, epoch=0)]
    assert np.sum(drawn == 7) == pytest.approx(909 / 11, abs=9)  # the square roots are as 30 to 3


def test_seed_and_epoch_decide_the_draw() -> None:
    labels = np.arange(100) % 8
    first = draw_epoch(labels, tempering=0.5, seed=1, epoch=0)
    assert np.array_equal(first, draw_epoch(labels, tempering=0.5, seed=1, epoch=0))
    assert not np.array_equal(first, draw_epoch(labels, tempering=0.5, seed=1, epoch=1))
    assert not np.array_equal(first, draw_epoch(labels, tempering=0.5, seed=2, epoch=0))
