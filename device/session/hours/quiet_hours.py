"""The hours of the day in which the box keeps quiet. Pure: the moment comes in, with the rules of its time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of the day to another, of the next day if that is the earlier one; in minutes since midnight.

    As a clock on the wall shows them. Where summer time ends, and a time is shown twice, they begin with the first and
    end with the second; where it begins, and a time is left out, they begin or end as the clock leaps over it.
    """

    begin: int
    end: int

    def last(self, now: datetime) -> bool:
        """Tell whether they last at a moment.

        :param now: with a time zone that knows its summer time, such as a ``ZoneInfo``.
        """
        shown = 60 * now.hour + now.minute
        length, passed = (self.end - self.begin) % _DAY, (shown - self.begin) % _DAY
        return passed < length or any(self._hold(now.date() - timedelta(days=days), now) for days in (0, 1))

    def _hold(self, day: date, now: datetime) -> bool:
        """Tell whether a moment lies within those that begin on a day, of a time shown twice the first and the last."""
        following = day + timedelta(days=self.end <= self.begin)
        first = datetime.combine(day, _time(self.begin), now.tzinfo)
        last = datetime.combine(following, _time(self.end), now.tzinfo).replace(fold=1)
        return first.astimezone(UTC) <= now.astimezone(UTC) < last.astimezone(UTC)  # in one zone they compare as shown


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)
