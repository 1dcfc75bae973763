"""Which sections and keys there are, what each takes, and how a value is written.

The defaults themselves stand in sections; this is what reading, listing and changing a settings file know of them.
"""

import datetime as dt
import difflib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from device.emotion.labels import FACE_LABELS, Place
from device.files.untrusted import MOST_WHOLE, plain, printable
from device.settings.sections import Settings
from device.settings.times import likely_time, minute_of_day

PLACES = "places"

LONGEST = 4096
"""Characters of a line, and of a text: as many as a path may have, and fewer than the digits that Python refuses."""

_LONGEST_PART_BYTES = 255
"""Of a path: what every file system of Linux takes."""

_MOST_SHOWN = 200
"""Characters of somebody's value in an error."""

ALL_KEYS = "mien config --template prints every key"

_MEANS_ANOTHER = frozenset({"resolution"})
"""Words that resemble a key, rotation for one, and mean something else."""

_FAR_LIKENESS = 0.8
"""How near a key of another section has to be."""

_SHORTEST_PART, _BEGINNING = 3, 4
"""Letters of a word that is looked for within the keys, and of the beginning that two words may share."""

TRUTHS = dict.fromkeys(("true", "yes", "on", "1", "enabled"), True) | dict.fromkeys(
    ("false", "no", "off", "0", "disabled"), False
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a line of the settings and what to write instead; ``mend`` may be empty."""

    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key: what it takes, and what holds without it."""

    section: str
    key: str
    kind: type
    default: Any
    sentence: str = ""
    choices: tuple[str | int, ...] = ()
    least: float | None = None
    most: float | None = None
    is_time: bool = False
    """Whether it is a time of the day; an empty one is none."""

    @property
    def name(self) -> str:
        """``section.key``."""
        return f"{self.section}.{self.key}"

    @property
    def choice_words(self) -> tuple[str, ...]:
        """The values that there are, as they are shown."""
        return tuple(map(str, self.choices))

    @property
    def limits(self) -> str:
        """The half sentence that follows the sentence: which values there are."""
        if self.choices:
            return f" One of: {', '.join(self.choice_words)}."
        return "" if self.least is None else f" From {self.least:g} to {self.most:g}."

    def problem(self, value: object) -> Flaw | None:
        """Say what is wrong with a value that TOML could read; None if it fits."""
        if self.kind is Place:
            fits = isinstance(value, list) and len(value) == 2 and all(map(_is_coordinate, value))  # noqa: PLR2004 - the plane's
            mend = f"write {self.line(self.default)}, which is the default, or another place"
            return None if fits else Flaw("must be [valence, arousal], both in [-1, 1]", mend)
        what = self._kind_problem(value) or self._limit_problem(value)
        if not what:
            return None
        meant = self._meant(value)
        if meant is None:
            return Flaw(what, f"write {self.line(self.default)}, which is the default, or another value")
        return Flaw(what, f"write {self.line(meant)}")

    def line(self, value: object) -> str:
        """Return the line that gives the key a value of its own kind."""
        return f"{self.key} = {written(value)}"

    def _kind_problem(self, value: object) -> str:
        wanted = {Path: "a path in quotation marks", str: "text in quotation marks", bool: "true or false"}
        if self.kind in wanted:
            if not isinstance(value, bool if self.kind is bool else str):
                return f"must be {wanted[self.kind]}"
            if isinstance(value, str) and (problem := _text_problem(value)):
                return problem
            if self.kind is Path and any(len(part.encode()) > _LONGEST_PART_BYTES for part in str(value).split("/")):
                return f"no file or folder has a name longer than {_LONGEST_PART_BYTES} bytes"
        elif isinstance(value, bool) or not isinstance(value, int if self.kind is int else (int, float)):
            return "must be a whole number" if self.kind is int else "must be a number"
        return ""

    def _limit_problem(self, value: Any) -> str:  # noqa: ANN401 - text or number, as checked before
        if self.choices and value not in self.choices:
            word = value if isinstance(value, str) else shown_value(value)  # of thousands of digits there is no text
            return unknown("value", word, self.choice_words) + f"; one of {', '.join(self.choice_words)}"
        if self.is_time and value and minute_of_day(value) is None:
            return 'must be a time of the day such as "22:00"'
        if self.least is not None and self.most is not None and not self.least <= value <= self.most:
            return f"must lie between {self.least:g} and {self.most:g}"
        return ""

    def _meant(self, value: object) -> object:
        """Return the value that somebody most likely meant by one that does not fit, None if nobody can tell."""
        meant: object = None
        if isinstance(value, list) and len(value) == 1 and self.problem(value[0]) is None:
            meant = value[0]
        elif self.kind is bool:
            word = value if isinstance(value, str) else {0: "0", 1: "1"}.get(value) if isinstance(value, int) else None
            meant = TRUTHS.get(word.casefold()) if word else None
        elif self.kind in {int, float}:
            meant = self._meant_number(value)
        elif self.choices:
            meant = nearest(str(value), self.choice_words) if isinstance(value, str) else None
        elif isinstance(value, str):
            meant = likely_time(value) if self.is_time else value.strip()
        elif isinstance(value, dt.time):
            meant = f"{value:%H:%M}" if self.is_time else None
        elif isinstance(value, (bool, int, float)) and abs(value) < MOST_WHOLE:
            meant = written(value)
        return meant if meant is not None and not (self._kind_problem(meant) or self._limit_problem(meant)) else None

    def _meant_number(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return None
        percent = isinstance(value, str) and value.rstrip().endswith("%")
        try:
            number = float(
                re.sub(r"\s*(%|[a-z]+)\s*$", "", value).replace(",", ".") if isinstance(value, str) else value
            )
        except (ValueError, OverflowError):
            return None
        if self.most == 1 and (percent or 1 < number <= 100):  # noqa: PLR2004 - a share in percent
            return round(number / 100, 6)
        if self.kind is int and self.most == 100 and 0 < number < 1:  # noqa: PLR2004 - percent as a share
            number = round(100 * number, 6)
        return int(number) if self.kind is int and number.is_integer() else number


def _entries() -> Iterable[Entry]:
    defaults = Settings()
    for section in fields(Settings):
        values = getattr(defaults, section.name)
        if section.name == PLACES:
            yield from (Entry(PLACES, label, Place, values[label]) for label in FACE_LABELS)
            continue
        for entry in fields(values):
            choices = entry.metadata["choices"]
            kind = type(choices[0]) if choices else entry.type
            yield Entry(section.name, entry.name, kind, entry.default, **entry.metadata)  # type: ignore[arg-type] # a class


ENTRIES: Mapping[str, Mapping[str, Entry]] = {
    section.name: {entry.key: entry for entry in _entries() if entry.section == section.name}
    for section in fields(Settings)
}
"""Every key, by section, in the order in which they are listed."""


def entry_of(section: str, key: str) -> Entry | None:
    """Return a key of a section, None if there is no such."""
    return ENTRIES.get(section, {}).get(key)


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return the known word that is meant by one that is not known: near to it, or holding it, or its initials.

    :param likeness: what counts as near, from 0 to 1, as difflib reckons it.
    """
    folded = {name.casefold(): name for name in known}
    asked = word.casefold().replace("-", "_").replace(" ", "_")
    near = difflib.get_close_matches(asked, folded, n=1, cutoff=likeness)
    if near:
        return folded[near[0]]
    if len(asked) < _SHORTEST_PART:
        return None
    for fits in (
        lambda name: asked in name,
        lambda name: asked == "".join(part[0] for part in name.split("_")),  # fps
        lambda name: name[:_BEGINNING] == asked[:_BEGINNING] and len(asked) >= _BEGINNING,
    ):
        if found := next(filter(fits, folded), None):
            return folded[found]
    return None


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Say that a word is none of those that are known, and which one is near."""
    near = nearest(word, known)
    return f"unknown {what}" + (f"; did you mean {near!r}?" if near else "")


def likely_entry(key: str) -> Entry | None:
    """Return the entry that is most likely meant by a key without its section, or under a wrong one."""
    for section in ENTRIES.values():
        if key in section:
            return section[key]
    near = nearest(key, [name for section in ENTRIES.values() for name in section], likeness=_FAR_LIKENESS)
    return next((section[near] for section in ENTRIES.values() if near in section), None) if near else None


def unknown_key(section: str, key: str) -> Flaw:
    """Say that a section has no such key, and where it may belong."""
    what = f"key {section}.{shown_key(key)}"
    if key not in _MEANS_ANOTHER and (near := nearest(key, ENTRIES[section])):
        return Flaw(f"unknown {what}; did you mean {near!r}?", f"write {near}; {ALL_KEYS}")
    if entry := likely_entry(key):
        told = f"unknown {what}; [{entry.section}] has {entry.key}"
        return Flaw(told, f"move its line: write {entry.key} below [{entry.section}]")
    return Flaw(f"unknown {what}", f"delete its line; {ALL_KEYS}")


def written(value: object) -> str:
    """Return a value as TOML writes it; in a text everything is escaped that a terminal would obey."""
    if isinstance(value, Place):
        value = [value.valence, value.arousal]
    if not isinstance(value, (str, Path)):
        return json.dumps(value)
    quoted = json.dumps(str(value), ensure_ascii=False)
    return "".join(mark if printable(mark) == mark else f"\\U{ord(mark):08x}" for mark in quoted)


def shown_value(value: object) -> str:
    """Return somebody's value as an error shows it."""
    if isinstance(value, (bool, dt.date, dt.time)):
        return str(value).lower()
    try:
        return printable(repr(value), most=_MOST_SHOWN)
    except (ValueError, RecursionError):
        return "a number of thousands of digits" if isinstance(value, int) else "a value nested too deeply"


def shown_key(key: str) -> str:
    """Return somebody's key as an error shows it."""
    return plain(key, most=_MOST_SHOWN)


def _text_problem(text: str) -> str:
    if len(text) > LONGEST:
        return f"must not be longer than {LONGEST} characters"
    if any(unicodedata.category(mark) == "Cc" for mark in text):
        return "must not hold line breaks or other control characters"
    return "must not begin or end with a blank" if text != text.strip() else ""


def _is_coordinate(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -1 <= value <= 1
