"""Accuracy by groups of people, beside what was to be expected of the labels that each group shows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from tools.face_emotion.evaluation.resampling import mean_interval, measure_people
from tools.face_emotion.examination.guesses import UNKNOWN, Guess, summary
from tools.face_emotion.figure_cells import fixed, interval, signed, signed_interval

FEWEST = 30
"""Examples of a group below which no figure is given."""


def measure_groups(
    truth: NDArray[np.int64],
    predicted: NDArray[np.int64],
    people: NDArray[np.str_] | None,
    guesses: Sequence[Guess],
) -> list[dict[str, Any]]:
    """Measure each group of each guess.

    A group that smiles more is read better without any merit: ``expected`` is the accuracy that the whole set's recall
    of each label gives with the group's own mix of labels, and ``gap`` the group's accuracy less that.

    :returns: what :func:`tools.face_emotion.examination.guesses.summary` tells of each guess, and its ``groups``, by
        name: ``group``, ``examples``, ``subjects`` (None where people are not known), and, of those with
        :data:`FEWEST` and more, ``accuracy``, ``accuracy_interval``, ``macro_recall``, ``expected``, ``gap`` and
        ``gap_interval``.
    """
    right = (truth == predicted).astype(np.float64)
    hits, counts = np.bincount(truth, weights=right), np.bincount(truth)
    expected = np.asarray((hits / np.maximum(counts, 1))[truth])

    def figures(name: str, inside: NDArray[np.bool_]) -> dict[str, Any]:
        among, examples = None if people is None else people[inside], int(inside.sum())
        subjects = None if among is None else len(np.unique(among))
        counted = {"group": name, "examples": examples, "subjects": subjects}
        if examples < FEWEST:
            return counted
        measured = measure_people(truth[inside], predicted[inside], among)
        gap = right[inside] - expected[inside]
        return {
            **counted,
            **{key: measured[key] for key in ("accuracy", "accuracy_interval", "macro_recall")},
            "expected": round(float(expected[inside].mean()), 4),
            "gap": round(float(gap.mean()), 4),
            "gap_interval": mean_interval(gap, among),
        }

    return [
        {
            **summary(guess),
            "groups": [figures(name, guess.groups == name) for name in np.unique(guess.groups) if name != UNKNOWN],
        }
        for guess in guesses
    ]


def print_groups(title: str, kinds: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print a table of what :func:`measure_groups` returns."""
    table = Table(
        "guessed", "group", "faces", "accuracy", "95 %", "expected", "gap", "95 %", title=title, title_justify="left"
    )
    for kind in kinds:
        for group in kind["groups"]:
            cells = [f"{kind['kind']} ({kind['by']})", group["group"], str(group["examples"])]
            if "gap" in group:
                cells += [fixed(group["accuracy"]), interval(group["accuracy_interval"]), fixed(group["expected"])]
                cells += [signed(group["gap"]), signed_interval(group["gap_interval"])]
            table.add_row(*cells)
    console.print(table)
