"""How figures stand in the cells of tables, printed or written: one form for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

DASH = "–"
"""Stands where there is no figure."""


def fixed(value: float | None) -> str:
    """Return a share or a mean with three decimals."""
    return DASH if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    """Return a difference with its sign, a true minus, and three decimals."""
    return DASH if value is None else f"{value:+.3f}".replace("-", "−")


def interval(edges: Sequence[float] | None) -> str:
    """Return the edges of a share's interval."""
    return DASH if edges is None else f"{edges[0]:.3f}–{edges[1]:.3f}"


def signed_interval(edges: Sequence[float] | None) -> str:
    """Return the edges of a difference's interval, with their signs."""
    return DASH if edges is None else f"{signed(edges[0])} to {signed(edges[1])}"


def title_of(part: Mapping[str, Any]) -> str:
    """Return the title of a set's table: its ``title``, how many ``examples`` it has, and of how many ``subjects``."""
    people = f" of {part['subjects']} people" if part["subjects"] else ""
    return f"{part['title']}: {part['examples']} faces{people}"
