"""Changing one line of a settings file, and leaving every other as its owner wrote it.

text ─▶ its statements ─▶ one line written, or put behind a # again ─▶ text, checked before anybody keeps it
"""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from device.emotion.labels import Place
from device.errors import ConfigurationError
from device.settings.config_file import configuration_of
from device.settings.listing import default_line, template_lines
from device.settings.mistakes import setting_flaw
from device.settings.schema import ALL_KEYS, ENTRIES, TRUTHS, Entry, likely_entry, nearest, shown_key
from device.settings.statements import Statement, statements_of
from device.settings.text_file import SettingsText

FULL_TEMPLATE_HEAD = "# The settings of a mien box, each at its default."
"""Begins the template of the first versions, whose copy pins every value though nobody chose it."""

_FORMER_DEFAULTS: Mapping[str, tuple[Any, ...]] = {
    "faces.minimum_face_share": (0.15,),
    "observation.smoothing_seconds": (0.5,),
}
"""What those templates gave where the default is another one today."""


def find_entry(name: str) -> Entry:
    """Return the key that is named as ``section.key``, or by the key alone where one section has it.

    :raises ConfigurationError: naming the nearest one.
    """
    section, _, key = name.strip("[] ").rpartition(".")
    section = section.strip("[] ")
    names = [entry.name for entries in ENTRIES.values() for entry in entries.values()]
    having = [entries[key] for place, entries in ENTRIES.items() if key in entries and section in {"", place}]
    if len(having) == 1:
        return having[0]
    if having:
        what = f"{shown_key(key)} stands in several sections"
        raise ConfigurationError(what, mend=f"name one: {', '.join(entry.name for entry in having)}")
    if section in ENTRIES:
        near = nearest(key, ENTRIES[section])
        entry = ENTRIES[section][near] if near else likely_entry(key)
    else:
        close = difflib.get_close_matches(name.casefold(), names, n=1)
        entry = likely_entry(key) if key else None
        entry = entry if entry or not close else likely_entry(close[0].partition(".")[2])
    meant = f"; did you mean {entry.name}?" if entry else ""
    what = f"there is no setting {shown_key(name)}{meant}"
    raise ConfigurationError(what, mend=ALL_KEYS)


def value_from_words(entry: Entry, words: str) -> Any:  # noqa: ANN401 - as declared by the key
    """Return the value that somebody typed for a key, without the quotation marks that a file would want.

    :raises ConfigurationError: if the key does not take it.
    """
    value = _as_typed(entry, words.strip())
    flaw = entry.problem(value)
    if flaw is None:
        return value
    rewritten, _ = setting_flaw(f"{entry.key} = {words}", entry.section)
    mend = (flaw.mend or rewritten.mend).replace(f"write {entry.key} = ", f"mien config set {entry.name} ")
    what = f"{entry.name} = {shown_key(words)}: {flaw.what}"
    raise ConfigurationError(what, mend=mend)


def with_value(source: SettingsText | None, entry: Entry, value: object, *, file: Path) -> SettingsText:
    """Return a settings file in which a key has a value; without a file the template is what it begins from.

    :raises ConfigurationError: if the result is no settings file that can be used.
    """
    source = source or SettingsText("\n".join([*template_lines(), ""]))
    return _changed_and_checked(source, entry, entry.line(value), file)


def without_value(source: SettingsText, entry: Entry, *, file: Path) -> SettingsText:
    """Return a settings file in which a key is left to its default.

    :raises ConfigurationError: if the result is no settings file that can be used.
    """
    if not _statements(source, entry):
        return source
    return _changed_and_checked(source, entry, default_line(entry), file)


def without_defaults(source: SettingsText, *, file: Path) -> tuple[SettingsText, list[str]]:
    """Return a settings file that leaves every key to its default which it only repeats, and the names of these.

    In a copy of the first versions' full template, what was the default then counts as well.

    :raises ConfigurationError: if the file cannot be used.
    """
    configuration_of(source, file)
    former = _FORMER_DEFAULTS if source.text.startswith(FULL_TEMPLATE_HEAD) else {}
    lines, left = source.lines, []
    for statement in statements_of(source.text):
        entry = ENTRIES[statement.path[0]].get(statement.path[1]) if len(statement.path) > 1 else None
        if entry and statement.first == statement.last and _repeats(entry, statement.value, former):
            lines[statement.first - 1] = _with_ending(
                default_line(entry), lines[statement.first - 1], statement, source
            )
            left.append(entry.name)
    if former:
        lines = [*template_lines()[:3], *lines[_head_lines(lines) :]]
    return _checked(SettingsText("\n".join(lines), source.codec), file), left


def _changed_and_checked(source: SettingsText, entry: Entry, line: str, file: Path) -> SettingsText:
    try:
        return _checked(_changed(source, entry, line), file)
    except ConfigurationError as error:
        configuration_of(source, file)  # what was wrong before is told with the lines that the owner sees
        what = re.sub(rf"^{re.escape(str(file))}: (line \d+: )?", "", error.what)  # of a draft that nobody sees
        mend = re.sub(r"\bwrite (\w+) = (\S+) below \[(\w+)\]", r"mien config set \3.\1 \2", error.mend)
        unchanged = f"nothing was changed; with that, {what}"
        raise ConfigurationError(unchanged, mend=mend) from error


def _checked(text: SettingsText, file: Path) -> SettingsText:
    configuration_of(text, file)
    return text


def _repeats(entry: Entry, value: object, former: Mapping[str, tuple[Any, ...]]) -> bool:
    default = entry.default
    if isinstance(default, Place):
        default = [default.valence, default.arousal]
    default = str(default) if isinstance(default, Path) else default
    known = (default, *former.get(entry.name, ()))
    return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in known)  # 1 is no true


def _head_lines(lines: list[str]) -> int:
    """Count the lines of the old template's head."""
    return next((row for row, line in enumerate(lines) if not line.startswith("#")), 0)


def _statements(source: SettingsText, entry: Entry) -> list[Statement]:
    path = (entry.section, entry.key)
    return [s for s in statements_of(source.text) if s.path == path and not s.is_header]


def _changed(source: SettingsText, entry: Entry, line: str) -> SettingsText:
    """Put a line in the place of the one that a key has, of the template's, or at the end of its section."""
    lines = source.lines
    there = _statements(source, entry)
    if there:
        statement = there[0]
        if re.match(rf"\s*{entry.section}\s*\.", lines[statement.first - 1]) and not line.startswith("#"):
            line = f"{entry.section}.{line}"
        lines[statement.first - 1 : statement.last] = [
            _with_ending(line, lines[statement.first - 1], statement, source)
        ]
        return SettingsText("\n".join(lines), source.codec)
    ending = "\r" if lines[0].endswith("\r") else ""
    row = _row_for(source, entry)
    if row is None:
        while lines and not lines[-1].strip():
            lines.pop()
        lines += [ending, f"[{entry.section}]{ending}", f"{line}{ending}", ""]
        lines = lines[1:] if lines[0] == ending else lines
    elif template_line := re.fullmatch(rf"{re.escape(default_line(entry))}(\s*#.*)?", lines[row].removesuffix("\r")):
        lines[row] = f"{line}{template_line[1] or ''}{ending}"
    else:  # what else stands behind a # the owner may want again
        lines.insert(row + 1, f"{line}{ending}")
    return SettingsText("\n".join(lines), source.codec)


def _with_ending(line: str, before: str, statement: Statement, source: SettingsText) -> str:
    """Keep the indentation, the comment behind a value, and a carriage return."""
    indent = before[: len(before) - len(before.lstrip())]
    ending = "\r" if source.lines[statement.last - 1].endswith("\r") else ""
    last = source.lines[statement.last - 1].removesuffix("\r")
    return f"{indent}{line}{_comment(last) if statement.first == statement.last else ''}{ending}"


def _comment(line: str) -> str:
    """Return the comment behind a value, with the blanks before it; of a line that is no TOML there is none."""
    for found in re.finditer(r"\s*#", line):
        try:
            tomllib.loads(line[: found.start()])
        except (ValueError, RecursionError):
            continue
        return line[found.start() :]
    return ""


def _row_for(source: SettingsText, entry: Entry) -> int | None:
    """Return the row of the key behind a #, else the last one of its section, None if there is no such section."""
    lines, statements = source.lines, statements_of(source.text)
    headers = [s for s in statements if s.is_header]
    own = next((s for s in headers if s.path == (entry.section,)), None)
    if own is None:
        return None
    after = [s.first - 1 for s in headers if s.first > own.first]
    rows = range(own.first, min(after, default=len(lines)))
    behind = [row for row in rows if re.match(rf"\s*#\s?{entry.key}\s*=", lines[row])]
    behind.sort(key=lambda row: not lines[row].startswith(default_line(entry)))
    inside = [s.last - 1 for s in statements if s.path[:1] == (entry.section,) and s.last - 1 in rows]
    return behind[0] if behind else max(inside, default=own.first - 1)


def _as_typed(entry: Entry, words: str) -> Any:  # noqa: ANN401 - whatever TOML holds
    """Take words for a value: text needs no quotation marks, and a truth may be yes or off."""
    if entry.kind is bool:
        return TRUTHS.get(words.casefold(), words)
    if entry.kind in {str, Path}:
        quoted = len(words) > 1 and words[0] == words[-1] and words[0] in "\"'"
        return words[1:-1] if quoted else words
    if entry.kind is Place:
        words = f"[{', '.join(words.strip('[]()').replace(',', ' ').split())}]"
    try:
        value = json.loads(words)
    except ValueError:
        return words
    return value
