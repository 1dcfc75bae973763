"""One line a box: what it does, which release it is on, and the worst that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from device.errors import MienError
from device.status.text import duration_text
from device.untrusted import plain
from tools.fleet.box import Box


class Condition(StrEnum):
    """How a box does."""

    WELL = "well"
    WARNING = "warning"
    CRITICAL = "critical"
    SILENT = "silent"
    """It or its daemon does not answer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was learned of one box."""

    box: str
    condition: Condition
    trouble: str = ""
    status: Mapping[str, Any] | None = None

    def line(self, width: int) -> str:
        """Return it as one line, the box's name in a column of this width."""
        facts = f"{self.box:{width}}  {self.condition.value:8}"
        if self.status:
            release, songs = self.status["release"]["id"], self.status["songs"]
            up = duration_text(self.status["uptime_seconds"])
            facts += f"  {self.status['state']:12}  {release:12}  {songs['loaded']:6} songs  up {up:10}"
        return f"{facts}  {plain(self.trouble)}".rstrip()

    def document(self) -> dict[str, Any]:
        """Return it as ``mien-tools fleet-status --json`` shows it."""
        return {"box": self.box, "condition": self.condition.value, "trouble": self.trouble, "status": self.status}


def look_at(box: Box, *, seconds: float) -> Seen:
    """Ask a box for its status; one that does not answer within so many seconds is silent."""
    try:
        return judge_box(box.name, box.status(seconds=seconds))
    except MienError as error:
        return Seen(box.name, Condition.SILENT, error.what.removeprefix(f"{box.name}: "))


def judge_box(name: str, status: Mapping[str, Any]) -> Seen:
    """Say how a box does by its status document: as bad as its worst problem."""
    problems = status["problems"]
    condition = Condition(problems[0]["severity"]) if problems else Condition.WELL
    return Seen(name, condition, "; ".join(problem["what"] for problem in problems), status)
