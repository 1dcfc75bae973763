"""Reading grids and motifs: the small notation of ``tools.demo.composer.music.plan``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.demo.composer.music.plan import HOLD, REST

_ALTERATIONS = {"": 0, "#": 1, "b": -1}
_MOTIF_WORD = re.compile(r"(?P<alteration>[#b]?)(?P<degree>-?\d+|r):(?P<beats>\d*\.?\d+)")


@dataclass(frozen=True, slots=True)
class Stroke:
    """One sign of a grid: ``start`` and ``length`` in beats from the beginning of the bar."""

    start: float
    length: float
    sign: str


@dataclass(frozen=True, slots=True)
class MotifNote:
    """One note of a motif: a degree and an alteration in semitones, or None for a rest; ``length`` in beats."""

    degree: int | None
    alteration: int
    length: float


def parse_grid(grid: str, metre: int) -> list[Stroke]:
    """Read the grid of one bar.

    :param metre: beats of the bar, which the signs of the grid share evenly.
    """
    signs = grid.replace(" ", "")
    step = metre / len(signs)
    strokes: list[Stroke] = []
    for index, sign in enumerate(signs):
        if sign == HOLD and strokes and strokes[-1].start + strokes[-1].length >= index * step - 1e-9:
            last = strokes.pop()
            strokes.append(Stroke(last.start, last.length + step, last.sign))
        elif sign not in (HOLD, REST):
            strokes.append(Stroke(index * step, step, sign))
    return strokes


def bar_of(pattern: str, turn: int) -> str:
    """Return the grid of the bar that is due when a pattern of one or more bars is played for the n-th time running."""
    bars = pattern.split("|")
    return bars[turn % len(bars)]


def turns(order: str) -> list[int]:
    """Say for every bar how often its sign was played in unbroken succession before it."""
    counted: list[int] = []
    for index, sign in enumerate(order):
        counted.append(counted[-1] + 1 if index and order[index - 1] == sign else 0)
    return counted


def parse_motif(text: str) -> list[MotifNote]:
    """Read a motif.

    :raises ValueError: if a word of it is not ``degree:beats``.
    """
    steps: list[MotifNote] = []
    for word in text.split():
        match = _MOTIF_WORD.fullmatch(word)
        if match is None:
            msg = f"{word!r} in {text!r} is not degree:beats"
            raise ValueError(msg)
        degree = None if match["degree"] == "r" else int(match["degree"])
        steps.append(MotifNote(degree, _ALTERATIONS[match["alteration"]], float(match["beats"])))
    return steps


def motif_beats(steps: Sequence[MotifNote]) -> float:
    """Return how many beats a motif lasts."""
    return sum(step.length for step in steps)
