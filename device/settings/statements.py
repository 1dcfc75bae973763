"""A settings file, statement by statement: which line says what, and what is wrong with each that is no TOML.

The standard library's reader stops at the first mistake and forgets the lines; this goes on, and keeps them.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from device.settings.lookalikes import unadorned
from device.settings.mistakes import bare_section, header_flaw, setting_flaw
from device.settings.schema import LONGEST, Flaw, shown_key

_MOST_FLAWS = 100
"""That are looked into; a file with more is none of ours."""

_MOST_LINES = 40
"""Of one value."""

_OPENS = re.compile(r"""[^=]*=\s*(?:\[|\{|\"""|''')""")

KeyPath = tuple[str, ...]
"""Such as ``("sound", "card")``."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A section's header, or a key with its value, in the lines from ``first`` to ``last``, counted from 1."""

    first: int
    last: int
    path: KeyPath
    """The section, or the section and the key, as far as they can be read."""
    is_header: bool = False
    in_no_section: bool = False
    """Whether no header stands above it."""
    value: Any = None
    flaw: Flaw | None = None


def statements_of(text: str) -> list[Statement]:
    """Part a settings file into its statements; blank lines and comments are none."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    found: list[Statement] = []
    seen: dict[tuple[KeyPath, bool], int] = {}
    section: KeyPath = ()
    row = flaws = 0
    while row < len(lines) and flaws <= _MOST_FLAWS:
        if not lines[row].strip(" \t") or lines[row].lstrip(" \t").startswith("#"):
            row += 1
            continue
        statement = _statement(lines, row, section)
        if statement.is_header:
            section = statement.path
        place = (statement.path, statement.is_header)
        if statement.flaw is None and place in seen:
            statement = replace(statement, flaw=_repeated(statement, seen[place]))
        elif statement.flaw is None:
            if statement.is_header and (begun := _begun_above(statement.path, found)):
                statement = replace(statement, flaw=begun)
            seen[place] = statement.first
        flaws += statement.flaw is not None
        found.append(statement)
        row = statement.last
    return found


def tables_of(statements: list[Statement]) -> dict[str, Any]:
    """Return the tables of those statements that can be read; of a key that is there twice the first."""
    tables: dict[str, Any] = {}
    for statement in statements:
        if statement.flaw is None or (statement.is_header and statement.path):
            inner: Any = tables
            *way, last = (*statement.path, None) if statement.is_header else statement.path
            for name in way:
                inner = inner.setdefault(name, {}) if isinstance(inner, dict) else None
            if last is not None and isinstance(inner, dict):
                inner.setdefault(last, statement.value)
    return tables


def lines_of(statements: list[Statement]) -> Mapping[KeyPath, int]:
    """Map each section and each key, as ``(section,)`` and ``(section, key)``, to the line where it begins."""
    lines: dict[KeyPath, int] = {}
    for statement in statements:
        for length in range(1, min(len(statement.path), 2) + 1):
            lines.setdefault(statement.path[:length], statement.first)
    return lines


def _statement(lines: list[str], row: int, section: KeyPath) -> Statement:
    line, number = lines[row], row + 1
    if unadorned(line).startswith("["):
        parsed = _parsed(line)
        if parsed is None:
            flaw, name = header_flaw(line)
            return Statement(number, number, (name,) if name else section, is_header=True, flaw=flaw)
        return Statement(number, number, tuple(_way(parsed)), is_header=True)
    last = row
    parsed = _parsed(line)
    if parsed is None and _OPENS.match(line):
        while parsed is None and last + 1 < min(len(lines), row + _MOST_LINES):
            last += 1
            parsed = _parsed("\n".join(lines[row : last + 1]))
    if parsed is None:
        if bare := bare_section(line):
            return Statement(number, number, (bare[1],), is_header=True, flaw=bare[0])
        flaw, key = setting_flaw(line, section[0] if section else "")
        return Statement(number, number, (*section, key) if key else section, flaw=flaw)
    way = tuple(_way(parsed))
    value: Any = parsed
    for name in way:
        value = value[name]
    return Statement(number, last + 1, (*section, *way), in_no_section=not section, value=value)


def _parsed(text: str) -> dict[str, Any] | None:
    """Return what TOML makes of one statement, None if it is none."""
    if len(text) > LONGEST * _MOST_LINES:
        return None
    try:
        parsed = tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if len(parsed) == 1 else None


def _way(parsed: Mapping[str, Any]) -> Iterator[str]:
    """Follow the keys of a statement down to its value, through ``a.b = 1``, and so through ``a = {b = 1}``."""
    inner: Any = parsed
    while isinstance(inner, dict) and len(inner) == 1:
        [(name, inner)] = inner.items()
        yield name


def _begun_above(section: KeyPath, above: list[Statement]) -> Flaw | None:
    """Say that a section's header comes after a key that has the section's name before a dot, or its braces."""
    keys = [s for s in above if not s.is_header and not s.flaw and len(section) == 1 and s.path[:1] == section]
    before = next((s.first for s in keys if s.in_no_section), None)
    if before is None:
        return None
    name = shown_key(section[0])
    what = f"[{name}] is begun already by line {before}, which names {name} itself"
    return Flaw(what, f"move line {before} below this one, and leave its {name}. out")


def _repeated(statement: Statement, before: int) -> Flaw:
    if statement.is_header:
        name = shown_key(".".join(statement.path))
        what = f"[{name}] is there already, in line {before}"
        return Flaw(what, f"move the keys below line {statement.first} up to line {before}, and delete that line")
    what = f"{shown_key(statement.path[-1])} has a value already, in line {before}"
    return Flaw(what, f"delete line {before} or line {statement.first}")
