"""What a box answers, behind whatever its shell has to say first; the one place where such a document is believed.

bytes ─▶ JSON object with a schema ─▶ types and ranges looked at ─▶ BoxStatus
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, NoReturn

from device.files.untrusted import Fields
from device.status.control_socket import SCHEMA_VERSION
from device.status.problems import Severity

MOST_STATUS_BYTES = 1024 * 1024

_SIGNS = {"schema", "state"}
_DEEPEST = 32
_MOST_BEGINNINGS = 10_000
_MOST_ANYWHERE = 100
_MOST_SONGS = 10**9
_MOST_SECONDS = 10**10  # three centuries


@dataclass(frozen=True, slots=True)
class BoxStatus:
    """What a fleet looks at in the document of ``mien status --json``; None for what an older mien does not tell."""

    state: str | None
    release_id: str | None
    songs_loaded: int | None
    uptime_seconds: float | None
    problems: tuple[tuple[Severity, str], ...]
    """How bad each is, and what it is; the worst first."""
    document: Mapping[str, Any]
    """All of it, as it came: plain JSON of small depth, whatever it says."""


def find_document(said: str) -> str:
    """Return the text of the JSON object with a ``schema`` or a ``state`` in what a box printed.

    Greetings may stand before it, and anything behind it.

    :raises ValueError: if there is none.
    """
    trouble = ValueError(f"no document, but {said.strip()[:80]!r}" if said.strip() else "nothing")
    for beginning in _beginnings(said):
        try:
            found, end = _DECODER.raw_decode(said, beginning)
        except RecursionError:
            trouble = ValueError("nested too deeply")
        except ValueError as error:
            trouble = error
        else:
            if found.keys() & _SIGNS:
                return said[beginning:end]
    raise trouble


def _beginnings(said: str) -> Iterator[int]:
    """Find where an object may begin: at the beginning of a line, else anywhere."""
    lines = (found.start() for found in re.finditer(r"^\{", said, re.MULTILINE))
    anywhere = (found.start() for found in re.finditer(r"\{", said))
    return chain(islice(lines, _MOST_BEGINNINGS), islice(anywhere, _MOST_ANYWHERE))


def read_status(said: str) -> BoxStatus:
    """Read what ``mien status --json`` printed.

    :raises ValueError: if there is no such document, or something in it cannot be.
    """
    document = _DECODER.decode(find_document(said))
    fields = Fields(document)
    schema = fields.whole("schema", SCHEMA_VERSION)
    if schema != SCHEMA_VERSION:
        msg = f"it speaks version {schema} of the status, and this mien-tools {SCHEMA_VERSION}"
        raise ValueError(msg)
    if _is_deep(document):
        msg = "nested too deeply"
        raise ValueError(msg)
    fields.need("state")
    release, songs = fields.fields("release"), fields.fields("songs")
    return BoxStatus(
        state=fields.text("state", None),
        release_id=release.text("id", None) if release else None,
        songs_loaded=songs.whole("loaded", None, most=_MOST_SONGS) if songs else None,
        uptime_seconds=fields.number("uptime_seconds", None, most=_MOST_SECONDS),
        problems=_problems_of(fields),
        document=document,
    )


def _problems_of(fields: Fields) -> tuple[tuple[Severity, str], ...]:
    problems = [
        (Severity(problem.text("severity", Severity.CRITICAL.value)), problem.text("what", "something is wrong"))
        for problem in fields.each_fields("problems")
    ]
    if fault := fields.fields("fault"):
        what = fault.text("what", "it is at fault")
        if not problems:  # an older mien names no problems
            problems.append((Severity.CRITICAL, what))
    return tuple(sorted(problems, key=lambda problem: problem[0] is not Severity.CRITICAL))


def _is_deep(document: object) -> bool:
    """Whether a document is nested so deeply that writing it again would end this program."""
    level = [document]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _refuse(constant: str) -> NoReturn:
    msg = f"{constant} is no number of JSON"
    raise ValueError(msg)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        _refuse(digits[:40])
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
