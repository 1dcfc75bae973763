"""Whether quiet hours last now, and what is to be said of it."""

from typing import Any

from device.session.hours.quiet_hours import QuietHours
from device.session.hours.wall_clock import WallClock
from device.settings.sections import QuietHoursSettings
from device.settings.times import minute_of_day, time_of_day

_MEND = (
    "connect the box to a network, or give it a clock with a battery; if something else sets its clock: "
    "sudo mien config set quiet_hours.trust_clock true && sudo systemctl restart mien"
)


class Hours:
    """The quiet hours of a box; safe from any thread."""

    def __init__(self, settings: QuietHoursSettings, clock: WallClock) -> None:
        """Take when they are, if they are at all, and the clock that they go by."""
        begin, end = minute_of_day(settings.begin), minute_of_day(settings.end)
        self._quiet = None if begin is None or end is None else QuietHours(begin, end)
        self._clock = clock

    def are_quiet(self) -> bool:
        """Tell whether quiet hours last now; where nobody knows the time they do not."""
        return self._quiet is not None and not self._clock.doubt() and self._quiet.last(self._clock.now())

    def document(self) -> dict[str, Any]:
        """Say for ``mien status`` when quiet hours are, what the time is, and why it is not believed."""
        if self._quiet is None:
            return {"quiet": False, "begin": None, "end": None, "now": None, "trouble": None}
        doubt = self._clock.doubt()
        what = f"{doubt}; so there are no quiet hours"
        return {
            "quiet": self.are_quiet(),
            "begin": time_of_day(self._quiet.begin),
            "end": time_of_day(self._quiet.end),
            "now": f"{self._clock.now():%H:%M %Z}".strip(),
            "trouble": {"what": what, "mend": _MEND} if doubt else None,
        }
