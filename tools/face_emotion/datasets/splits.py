"""Which examples a model learns from, which choose it and which only judge it; and how often each is drawn."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tools.face_emotion.datasets.examples import FaceExamples

Unit = Literal["subject", "sequence", "frame"]

UNITS: tuple[Unit, ...] = ("subject", "sequence", "frame")
"""What stays together in a split, the most honest first: a person, a film, or only the picture itself."""

FEWEST = 3
"""Units that a set must have to learn from some, choose the epoch by others, and measure with yet others."""


def names_by(examples: FaceExamples, unit: Unit) -> NDArray[np.str_] | None:
    """Return which person or film ``(n,)`` each example shows; None if the set does not say it of every one."""
    if unit == "frame":
        return np.arange(len(examples)).astype(np.str_)
    names, known = examples.subjects, examples.subjects
    if unit == "sequence":  # different people's films may have the same number
        names, known = np.char.add(np.char.add(examples.subjects, "/"), examples.sequences), examples.sequences
    return None if (known == "").any() else names


def most_honest_unit(examples: FaceExamples) -> Unit:
    """Return the first of :data:`UNITS` that the set knows, and knows enough of to be split by."""
    names = {unit: names_by(examples, unit) for unit in UNITS}
    enough = (unit for unit, of in names.items() if of is not None and len(np.unique(of)) >= FEWEST)
    return next(enough, "frame")


def unit_mask(examples: FaceExamples, unit: Unit, *, share: float, seed: int) -> NDArray[np.bool_]:
    """Choose about ``share`` (0–1) of the people or films whole, at least one of several; or of each label's pictures.

    :returns: ``(n,)``, True for the chosen.
    :raises ValueError: if the set does not know the unit.
    """
    if unit == "frame":
        return stratified_mask(examples.labels, share=share, seed=seed)
    names = names_by(examples, unit)
    if names is None:
        msg = f"the set does not say which {unit} each picture shows"
        raise ValueError(msg)
    several = len(np.unique(names))
    return subject_mask(names, share=max(share, 1 / several) if several > 1 else 0.0, seed=seed)


def stratified_mask(labels: NDArray[np.int64], *, share: float, seed: int) -> NDArray[np.bool_]:
    """Choose about ``share`` (0–1) of every label's examples; a label with any keeps at least one unchosen.

    :returns: ``(n,)``, True for the chosen.
    """
    generator = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), dtype=np.bool_)
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        chosen[members[: min(round(len(members) * share), len(members) - 1)]] = True
    return chosen


def subject_mask(subjects: NDArray[np.str_], *, share: float, seed: int) -> NDArray[np.bool_]:
    """Choose about ``share`` (0–1) of the people, with everything that shows them.

    Frames of one sequence are near copies: split row by row, CK+ scores 1.00 without any merit.

    :returns: ``(n,)``, True for every example of a chosen person.
    """
    people = np.random.default_rng(seed).permutation(np.unique(subjects))
    return np.isin(subjects, people[: round(len(people) * share)])


def person_folds(subjects: NDArray[np.str_], *, folds: int, seed: int) -> list[NDArray[np.bool_]]:
    """Part people (not frames) into folds of nearly the same number, so that each is measured with exactly once.

    :param subjects: ``(n,)``, who is seen in each example.
    :param folds: how many; fewer where there are fewer people.
    :returns: masks ``(n,)``, True for the examples of a fold's people.
    """
    people = np.random.default_rng(seed).permutation(np.unique(subjects))
    return [np.isin(subjects, people[start::folds]) for start in range(min(folds, len(people)))]


def draw_epoch(kinds: NDArray[np.int64], *, tempering: float, seed: int, epoch: int) -> NDArray[np.int64]:
    """Draw as many indices as there are examples, the rare kinds more often than they occur.

    A kind with n examples gets a share in proportion to n ** tempering: 1 leaves the data as they are, 0 gives every
    kind the same. Systematic resampling over a shuffled order gives each example its expected number of draws,
    rounded down or up, so that a common kind's examples are spread over the epochs instead of repeated by chance.

    :param kinds: a number ``(n,)`` from 0 for the kind of each example: its label, say, within its set.
    :returns: ``(n,)`` indices in random order, the same for the same seed and epoch.
    """
    generator = np.random.default_rng([seed, epoch])
    found = np.bincount(kinds)
    shares = np.where(found > 0, np.maximum(found, 1.0) ** tempering, 0.0)
    expected = len(kinds) * (shares / shares.sum())[kinds] / found[kinds]
    order = generator.permutation(len(kinds))
    edges = np.cumsum(expected[order])
    places = np.searchsorted(edges, np.arange(len(kinds)) + generator.random(), side="right")
    return generator.permutation(order[np.minimum(places, len(kinds) - 1)])
