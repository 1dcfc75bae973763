"""What became of every box, and the table that says so.

Whatever a box has said, or a file is called, is put into one line of bounded length behind the name of the box that it
is about, so that no box can write a row of another's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from device.files.untrusted import plain

UNKNOWN = "–"

MOST_WORDS = 1000
"""Characters of what is said of a box in one line."""


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
    """Of a failure it is told at once, in a line of its own, and not again in the table."""
    seconds: float = 0.0
    goal: str = ""
    """The release that it would be on, where that is only planned."""


_RELEASE = 64  # characters
_TOLD = "told above"
_HEAD = ("box", "result", "release", "seconds", "note")
_SPARED = {Outcome.DONE, Outcome.UNCHANGED, Outcome.PLANNED}


def clean(text: str | None, *, most: int = MOST_WORDS) -> str:
    """Return words of a box as they may be shown; a dash for none."""
    return UNKNOWN if text is None else plain(text, most=most)


def line_of(box: str, text: str, *, indent: int = 0) -> str:
    """Return a line about a box, set in by some blanks."""
    return f"{clean(box)}: {' ' * indent}{clean(text)}"


def count_of(count: int, noun: str) -> str:
    """Return a count with its noun, such as ``2 songs``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def unforeseen(error: Exception) -> str:
    """Say what nobody thought of; it is one box's trouble, and a fault of ours."""
    return f"a fault of mien-tools: {type(error).__name__}: {error}"


def summary_lines(results: Sequence[Result]) -> list[str]:
    """Return the table, and a line that adds it up."""
    rows = [_HEAD, *(_cells(result) for result in results)]
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


def _cells(result: Result) -> tuple[str, ...]:
    release = clean(result.release, most=_RELEASE)
    if result.goal not in {"", result.release}:
        release += f" → {clean(result.goal, most=_RELEASE)}"
    note = _TOLD if result.outcome is Outcome.FAILED else clean(result.note)
    return (clean(result.box), result.outcome.value, release, f"{result.seconds:.1f}", note)


def exit_code(results: Iterable[Result]) -> int:
    """Return 0 if every box has what it should have, else 1."""
    return 0 if all(result.outcome in _SPARED for result in results) else 1
