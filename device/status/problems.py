"""What is wrong with the box, the worst first, in words for its owner: read off the document of ``mien status``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

HOT_CELSIUS = 80.0
"""From here on a Raspberry Pi slows itself down (its documentation of thermal control)."""

THROTTLING_FLAGS = {0: "undervoltage", 1: "frequency capped", 2: "throttled", 3: "soft temperature limit"}
"""Bits of the firmware's word, as Raspberry Pi's documentation of vcgencmd get_throttled names them: for the moment; 16
higher since boot."""

THROTTLING_REASONS = tuple(THROTTLING_FLAGS.values())
"""What a Raspberry Pi names as slowing its processor down."""


class Severity(Enum):
    """How bad it is: a critical problem keeps songs from playing, a warning will sooner or later."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and what a person can do about it."""

    severity: Severity
    what: str
    mend: str

    def document(self) -> dict[str, str]:
        """Return it as ``mien status --json`` shows it."""
        return {"severity": self.severity.value, "what": self.what, "mend": self.mend}


def problems_of(status: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong in a status document, critical problems first; each said once."""
    found = {problem.what: problem for problem in _found(status)}
    return sorted(found.values(), key=lambda problem: problem.severity is not Severity.CRITICAL)


def _found(status: Mapping[str, Any]) -> Iterator[Problem]:
    if fault := status["fault"]:
        yield Problem(Severity.CRITICAL, f"{fault['cause']}: {fault['what']}", fault["mend"])
    trouble = status["sound_trouble"]
    if trouble and not (fault and fault["what"] == trouble["what"]):
        yield Problem(Severity.CRITICAL, trouble["what"], trouble["mend"])
    if notice := status["release"].get("notice"):
        mend = "mien release list tells the rest; push a mended release under a new id"
        yield Problem(Severity.WARNING, f"the box {notice}", mend)
    yield from _songs(status["songs"])
    yield from _board(status["board"])
    yield from _history(status["history"])
    if trouble := status["settings"]["trouble"]:
        yield Problem(Severity.WARNING, trouble["what"], trouble["mend"])


def _songs(songs: Mapping[str, int]) -> Iterator[Problem]:
    total = songs["loaded"] + songs["missing"]
    if not songs["loaded"]:
        what = f"none of the {total} songs is in the music folder"
        yield Problem(Severity.CRITICAL, what, "copy the music to the box, then press the button")
    elif songs["missing"]:
        what = f"{songs['missing']} of {total} songs are not in the music folder and never play"
        yield Problem(Severity.WARNING, what, "copy the music again, or analyse the library again")


def _board(board: Mapping[str, Any]) -> Iterator[Problem]:
    now, since = board.get("throttling_now", []), board.get("throttling_since_boot", [])
    if "undervoltage" in now:
        mend = "use the Pi's own power supply and its cable, and take hungry USB devices off"
        yield Problem(Severity.WARNING, "the Pi gets too little power", mend)
    elif now:
        yield Problem(Severity.WARNING, f"the Pi slows itself down ({', '.join(now)})", "give it air and a heat sink")
    elif since:
        what = f"the Pi slowed itself down since it was started ({', '.join(since)})"
        mend = "if it comes back: use the Pi's own power supply, and give it air and a heat sink"
        yield Problem(Severity.WARNING, what, mend)
    celsius = board.get("temperature_celsius", 0.0)
    if celsius >= HOT_CELSIUS:
        yield Problem(Severity.WARNING, f"the Pi is hot: {celsius:.0f} °C", "give it air and a heat sink")


def _history(history: Mapping[str, str]) -> Iterator[Problem]:
    if history["trouble"]:
        what = f"what was played is not remembered for now: {history['trouble']}"
        yield Problem(Severity.WARNING, what, "make room on the disc (df -h), and let the user mien write there")
    if history["set_aside"]:
        what = f"the history was damaged, and a new one was begun; the old one is {history['set_aside']}"
        yield Problem(Severity.WARNING, what, "delete that file once you do not need it")
