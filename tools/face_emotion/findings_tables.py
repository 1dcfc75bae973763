"""What is known of a model beyond its card, as tables for its README: three files beside ``card.json``.

    disturbed.json     mien-tools evaluate-face --disturbed
    groups.json        mien-tools evaluate-face --groups
    cross_sets.json    who trains, by tools.face_emotion.evaluation.cross_sets: what the recipe gives on sets never met

Each names the ``version`` of the model that it is of; that of another model is not told.

``cross_sets.json`` holds ``version``, ``recipe`` (a sentence: what was trained, with what) and ``rows``, each with
``left_out`` (the set's title), ``examples``, ``subjects`` (or null), ``labels`` (the names that are measured),
``without`` (a network that never met the set), and, where known, ``with`` (one that learnt from its other people) and
``before`` (the model that shipped before, if it never met the set either): figures with ``macro_recall`` and
``macro_recall_interval``, as :func:`tools.face_emotion.evaluation.resampling.measure_people` gives them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.errors import TrainingError
from tools.face_emotion.figure_cells import DASH, fixed, interval, signed, signed_interval, title_of

Finding = Mapping[str, Any]

DISTURBED_FILE, GROUPS_FILE, CROSS_SETS_FILE = "disturbed.json", "groups.json", "cross_sets.json"
FILES = (DISTURBED_FILE, GROUPS_FILE, CROSS_SETS_FILE)


def describe(name: str, finding: Finding, version: str) -> dict[str, Any] | None:
    """Return what the template of a finding needs; None if it is of another version of the model.

    :param name: one of :data:`FILES`.
    :returns: the finding's own values, and ``tables``: ``title``, ``head`` and ``lines``, texts of cells.
    :raises TrainingError: if the finding is out of form.
    """
    try:
        if finding["version"] != version:
            return None
        return {**finding, "tables": _TABLES[name](finding)}
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        what = f"{name}: out of form ({error!r})"
        raise TrainingError(what, mend="delete it, or write it again with the command that wrote it") from error


def _disturbed(finding: Finding) -> list[dict[str, Any]]:
    this, *others = finding["models"]
    beside = [cell for other in others[:1] for cell in (other, "this less that", "95 %")]
    head = ["condition", "found", "accuracy", "95 %", "change", "95 %", *beside]
    return [
        {
            "title": title_of(part),
            "head": head,
            "lines": [_condition(row, this, others[:1], len(head)) for row in part["conditions"]],
        }
        for part in finding["sets"]
    ]


def _condition(row: Finding, this: str, others: Sequence[str], width: int) -> list[str]:
    name = row["title"] + ("†" if row["stand_in"] else "")
    figures = row["models"].get(this)
    if figures is None:
        return [name, fixed(row["found"]), *[DASH] * (width - 2)]
    cells = [name, fixed(row["found"]), fixed(figures["accuracy"]), interval(figures["accuracy_interval"])]
    cells += [signed(figures["change"]), signed_interval(figures["change_interval"])]
    for other in others:
        cells += [fixed(row["models"][other]["accuracy"]), signed(row["difference"])]
        cells.append(signed_interval(row["difference_interval"]))
    return cells


def _groups(finding: Finding) -> list[dict[str, Any]]:
    this, *others = finding["models"]
    head = ["guessed", "group", "faces", "accuracy", "95 %", "expected", "gap", "95 %", "macro recall"]
    head += [f"gap of {other}" for other in others[:1]]
    tables = []
    for part in finding["sets"]:
        gaps = {
            (kind["kind"], group["group"]): group.get("gap")
            for other in others[:1]
            for kind in part["models"][other]
            for group in kind["groups"]
        }
        lines = [
            [kind["kind"], *_group(group), *([signed(gaps.get((kind["kind"], group["group"])))] if others else [])]
            for kind in part["models"][this]
            for group in kind["groups"]
        ]
        tables.append(
            {"title": title_of(part), "head": head, "lines": lines, "sureness": _sureness(part["models"][this])}
        )
    return tables


def _group(group: Finding) -> list[str]:
    cells = [group["group"], str(group["examples"])]
    if "gap" not in group:
        return [*cells, *[DASH] * 6]
    cells += [fixed(group["accuracy"]), interval(group["accuracy_interval"]), fixed(group["expected"])]
    return [*cells, signed(group["gap"]), signed_interval(group["gap_interval"]), fixed(group["macro_recall"])]


def _sureness(kinds: Sequence[Finding]) -> list[str]:
    """Say of every guess how often it is the same for two pictures of one person."""
    return [
        f"{kind['kind']} {kind['agreement']:.2f} (by chance {kind['chance']:.2f})"
        for kind in kinds
        if kind["agreement"] is not None
    ]


def _cross_sets(finding: Finding) -> list[dict[str, Any]]:
    ways = [way for way in ("without", "with", "before") if any(row.get(way) for row in finding["rows"])]
    words = {"without": "never met the set", "with": "learnt from others of it", "before": "the model before"}
    head = ["set left out", "faces", "labels", *(cell for way in ways for cell in (words[way], "95 %"))]
    lines = [
        [
            row["left_out"] + (f" ({row['subjects']} people)" if row["subjects"] else ""),
            str(row["examples"]),
            str(len(row["labels"])),
            *(cell for way in ways for cell in _recall(row.get(way))),
        ]
        for row in finding["rows"]
    ]
    complete = [way for way in ways if all(row.get(way) for row in finding["rows"])]
    means = {way: sum(row[way]["macro_recall"] for row in finding["rows"]) / len(finding["rows"]) for way in complete}
    lines.append(["mean", "", "", *(cell for way in ways for cell in (fixed(means.get(way)), ""))])
    return [{"title": "", "head": head, "lines": lines}]


def _recall(figures: Finding | None) -> tuple[str, str]:
    if not figures:
        return DASH, DASH
    return fixed(figures["macro_recall"]), interval(figures["macro_recall_interval"])


_TABLES = {DISTURBED_FILE: _disturbed, GROUPS_FILE: _groups, CROSS_SETS_FILE: _cross_sets}
