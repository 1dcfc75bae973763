"""One line a box: what it does, which release it is on, and the worst that is wrong with it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from device.errors import MienError
from device.status.text import duration_text
from tools.fleet.answers import BoxStatus
from tools.fleet.box import Box
from tools.fleet.results import UNKNOWN, clean, unforeseen

_STATE, _RELEASE = 24, 64  # characters: a column may grow, and no more


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
    status: BoxStatus | None = None

    def line(self, width: int) -> str:
        """Return it as one line, the box's name in a column of this width."""
        facts = f"{self.box:{width}}  {self.condition.value:8}"
        if self.status:
            state, release = clean(self.status.state, most=_STATE), clean(self.status.release_id, most=_RELEASE)
            songs = UNKNOWN if self.status.songs_loaded is None else self.status.songs_loaded
            up = UNKNOWN if self.status.uptime_seconds is None else duration_text(self.status.uptime_seconds)
            facts += f"  {state:12}  {release:12}  {songs:>6} songs  up {up:10}"
        return f"{facts}  {clean(self.trouble)}".rstrip()

    def document(self) -> dict[str, Any]:
        """Return it as ``mien-tools fleet-status --json`` shows it; the status is what the box sent."""
        sent = self.status.document if self.status else None
        return {"box": self.box, "condition": self.condition.value, "trouble": clean(self.trouble), "status": sent}


def look_at(box: Box, *, seconds: float) -> Seen:
    """Ask a box for its status; one that does not answer within so many seconds, or makes no sense, is silent."""
    try:
        return judge_box(box.name, box.status(seconds=seconds))
    except MienError as error:
        return Seen(box.name, Condition.SILENT, error.what.removeprefix(f"{box.name}: "))
    except Exception as error:  # noqa: BLE001 - whatever one box does, the others have their lines
        return Seen(box.name, Condition.SILENT, unforeseen(error))


def judge_box(name: str, status: BoxStatus) -> Seen:
    """Say how a box does by what it told: as bad as its worst problem."""
    condition = Condition(status.problems[0][0].value) if status.problems else Condition.WELL
    return Seen(name, condition, "; ".join(what for _, what in status.problems), status)
