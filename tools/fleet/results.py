"""What became of every box, and the table that says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How it ended for one box."""

    DONE = "done"
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Result:
    """One box's row."""

    box: str
    outcome: Outcome
    release: str
    """The release that the box is on now, as far as that is known."""
    note: str = ""
    seconds: float = 0.0


_HEAD = ("box", "result", "release", "seconds", "note")
_SPARED = {Outcome.DONE, Outcome.UNCHANGED, Outcome.PLANNED}


def summary_lines(results: Sequence[Result]) -> list[str]:
    """Return the table, and a line that adds it up."""
    rows = [_HEAD, *((r.box, r.outcome.value, r.release, f"{r.seconds:.1f}", r.note) for r in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    ]
    return [*(line.rstrip() for line in lines), count_line(result.outcome.value for result in results)]


def count_line(kinds: Iterable[str]) -> str:
    """Say how many boxes there are of each kind, in the order in which the kinds first come."""
    counts: dict[str, int] = {}
    for kind in kinds:
        counts[kind] = counts.get(kind, 0) + 1
    total = sum(counts.values())
    return f"{total} box{'' if total == 1 else 'es'}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items())


def exit_code(results: Iterable[Result]) -> int:
    """Return 0 if every box has what it should have, else 1."""
    return 0 if all(result.outcome in _SPARED for result in results) else 1
