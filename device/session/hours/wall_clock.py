"""The time of the day, and whether it can be believed.

A Raspberry Pi without a network and a battery goes on, after a start, with the time at which it stopped: a likely date,
and any hour of the day. So a clock counts as set only if something that knows the time has set it.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

SYNCHRONISED = "run/systemd/timesync/synchronized"
"""systemd-timesyncd makes this file once a time server has told it the time (systemd-timesyncd.service(8))."""

_ZONE = "etc/localtime"
_CLOCKS = "sys/class/rtc"
_NEAR_SECONDS = 600.0
"""A clock with a battery stands so near to the system's; one whose battery is empty begins at 1970."""


class WallClock:
    """Reads the system's clock, its time zone, and who has set it."""

    def __init__(
        self,
        *,
        built: str,
        trusted: bool,
        root: Path = Path("/"),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Look at nothing yet.

        :param built: the day, as ISO 8601 begins, before which no release of now can be played.
        :param trusted: whether the clock is believed though nobody is known to have set it.
        :param root: where the system's files lie.
        :param now: tells the moment, with any time zone.
        """
        self._built, self._trusted, self._root, self._now = built[:10], trusted, root, now
        self._zone: tzinfo = UTC
        self._zone_stamp: object = None

    def now(self) -> datetime:
        """Return the moment, as the clocks on the wall of the system's time zone show it."""
        return self._now().astimezone(self._local_zone())

    def doubt(self) -> str:
        """Say why the time cannot be believed, in a sentence; empty if it can."""
        now = self._now()
        if (built := _day(self._built)) and now.date() < built:
            return f"the clock is not set: its date, {now:%Y-%m-%d}, lies before the release's, {built}"
        if self._trusted or (self._root / SYNCHRONISED).exists() or self._battery_clock_agrees(now):
            return ""
        return (
            "the clock is not set: neither a time server nor a clock with a battery has told the time since the start"
        )

    def _battery_clock_agrees(self, now: datetime) -> bool:
        for file in (self._root / _CLOCKS).glob("rtc*/since_epoch"):
            try:
                told = int(file.read_text(encoding="ascii"))
            except (OSError, ValueError):
                continue
            if abs(told - now.timestamp()) <= _NEAR_SECONDS:
                return True
        return False

    def _local_zone(self) -> tzinfo:
        """Return the system's time zone, read anew when it was changed; UTC where there is none."""
        path = self._root / _ZONE
        try:
            facts = path.stat()
            stamp = (facts.st_dev, facts.st_ino, facts.st_mtime_ns)
            if stamp != self._zone_stamp:
                with path.open("rb") as file:
                    self._zone, self._zone_stamp = ZoneInfo.from_file(file), stamp
        except (OSError, ValueError):
            self._zone, self._zone_stamp = UTC, None
        return self._zone


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
