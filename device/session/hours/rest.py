"""When the box falls silent, or switches itself off, because nobody has touched it for long. Pure.

Its spans are those of a clock that never leaps; the time of the day is nothing to them.
"""

from dataclasses import dataclass, replace
from enum import Enum

FADE_SECONDS = 20.0
"""For how long the music fades away: nobody who is falling asleep is woken by its end."""

MINUTE = 60.0


class Due(Enum):
    """What the box is to do by itself."""

    SLEEP = "let the music fade away"
    POWER_OFF = "switch itself off"


@dataclass(frozen=True, slots=True)
class Rest:
    """How long nobody has touched the box; times in seconds."""

    sleep_seconds: float
    """After so much of it the music ends; 0 for never."""
    power_off_seconds: float
    """After so much of it, with nothing to do, the box switches itself off; 0 for never."""
    touched_at: float = 0.0
    idle_since: float | None = None
    volume_changes: int = 0

    def touched(self, now: float) -> "Rest":
        """Take note of a hand on the button, or of a wish over the socket."""
        return replace(self, touched_at=now)

    def passed(self, now: float, *, plays: bool, is_idle: bool, volume_changes: int) -> "tuple[Rest, Due | None]":
        """Take note that time has passed; return what is due, once for each span.

        :param plays: whether a song does.
        :param is_idle: whether the box has nothing to do and no fault.
        :param volume_changes: how often the volume was set by hand: whoever turns it is there.
        """
        rest = self if volume_changes == self.volume_changes else self.touched(now)
        idle_since = (now if rest.idle_since is None else rest.idle_since) if is_idle else None
        if (idle_since, volume_changes) != (rest.idle_since, rest.volume_changes):  # mostly nothing has changed
            rest = replace(rest, idle_since=idle_since, volume_changes=volume_changes)
        left = rest.left(now, plays=plays)
        due = next((due for due, seconds in left.items() if seconds <= 0), None)
        return (rest.touched(now) if due else rest), due

    def left(self, now: float, *, plays: bool) -> dict[Due, float]:
        """Return what the box will do by itself, and in how many seconds if nothing happens."""
        left = {}
        if plays and self.sleep_seconds:
            left[Due.SLEEP] = self.touched_at + self.sleep_seconds - now
        if self.idle_since is not None and self.power_off_seconds:
            left[Due.POWER_OFF] = max(self.touched_at, self.idle_since) + self.power_off_seconds - now
        return left
