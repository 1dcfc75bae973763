"""Quiet hours by the clock on the wall: over midnight, and where a time is shown twice or left out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.session.hours.quiet_hours import QuietHours
from device.settings.times import likely_time, minute_of_day, time_of_day

try:
    BERLIN = ZoneInfo("Europe/Berlin")
except ZoneInfoNotFoundError:
    pytest.skip("this machine knows no time zones", allow_module_level=True)

minutes = st.integers(0, 24 * 60 - 1)


def hours(begin: str, end: str) -> QuietHours:
    first, last = minute_of_day(begin), minute_of_day(end)
    assert first is not None
    assert last is not None
    return QuietHours(first, last)


@pytest.mark.parametrize(
    ("begin", "end", "shown", "quiet"),
    [
        ("22:00", "07:00", "21:59", False),
        ("22:00", "07:00", "22:00", True),
        ("22:00", "07:00", "00:00", True),
        ("22:00", "07:00", "06:59", True),
        ("22:00", "07:00", "07:00", False),
        ("13:00", "15:00", "12:59", False),
        ("13:00", "15:00", "13:00", True),
        ("13:00", "15:00", "15:00", False),
        ("00:00", "06:00", "00:00", True),
        ("00:00", "06:00", "23:59", False),
        ("18:00", "00:00", "23:59", True),
        ("18:00", "00:00", "00:00", False),
    ],
)
def test_of_any_day(begin: str, end: str, shown: str, *, quiet: bool) -> None:
    now = datetime.fromisoformat(f"2026-11-29T{shown}").replace(tzinfo=BERLIN)
    assert hours(begin, end).last(now) is quiet


IN_SPRING, IN_AUTUMN = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
"""Noon before the night in which 02:00 becomes 03:00, and before that in which 03:00 becomes 02:00, in Berlin."""


def spells(quiet: QuietHours, noon: datetime) -> list[tuple[str, str]]:
    """Return when they begin and end in the day after a noon, in UTC, minute by minute."""
    moments = [noon + timedelta(minutes=minute) for minute in range(24 * 60)]
    held = [quiet.last(moment.astimezone(BERLIN)) for moment in moments]
    changes = [
        f"{now:%H:%M}" for now, was, held_now in zip(moments[1:], held, held[1:], strict=False) if was != held_now
    ]
    return list(zip(changes[::2], changes[1::2], strict=True))


@pytest.mark.parametrize(
    ("noon", "begin", "end", "expected"),
    [
        (IN_SPRING, "22:00", "07:00", ("21:00", "05:00")),  # an hour less
        (IN_SPRING, "22:00", "02:30", ("21:00", "01:00")),  # ends where the clock leaps over its end
        (IN_SPRING, "02:30", "07:00", ("01:00", "05:00")),
        (IN_AUTUMN, "22:00", "07:00", ("20:00", "06:00")),  # an hour more
        (IN_AUTUMN, "22:00", "02:30", ("20:00", "01:30")),  # ends with the second 02:30, and once only
        (IN_AUTUMN, "02:30", "07:00", ("00:30", "06:00")),  # begins with the first
        (IN_AUTUMN, "02:15", "02:45", ("00:15", "01:45")),
        (IN_AUTUMN, "03:00", "04:00", ("02:00", "03:00")),
        (IN_AUTUMN, "01:00", "02:00", ("23:00", "01:00")),  # 02:00 is shown again an hour later
    ],
)
def test_of_a_night_in_which_the_clocks_change(noon: datetime, begin: str, end: str, expected: tuple[str, str]) -> None:
    assert spells(hours(begin, end), noon) == [expected]


def test_hours_that_the_clock_leaps_over_whole_do_not_last() -> None:
    assert spells(hours("02:15", "02:45"), IN_SPRING) == []


@given(minutes, minutes, st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1)))  # noqa: DTZ001 - a zone is given
def test_a_moment_is_quiet_where_its_time_of_the_day_is(begin: int, end: int, moment: datetime) -> None:
    now = moment.replace(tzinfo=UTC).astimezone(BERLIN)
    shown = 60 * now.hour + now.minute
    by_the_time = begin <= shown < end if begin <= end else not end <= shown < begin
    if now.month not in {3, 10} and begin != end:
        assert QuietHours(begin, end).last(now) is by_the_time
    elif by_the_time:
        assert QuietHours(begin, end).last(now)


@given(minutes)
def test_a_time_survives_being_written(minute: int) -> None:
    assert minute_of_day(time_of_day(minute)) == minute


@pytest.mark.parametrize(
    ("text", "likely"),
    [("22.00", "22:00"), ("22", "22:00"), ("7h", "07:00"), ("22h30", "22:30"), ("22 Uhr", "22:00"), ("7:05", "07:05")],
)
def test_a_time_that_is_nearly_one_is_understood(text: str, likely: str) -> None:
    assert likely_time(text) == likely


@pytest.mark.parametrize("text", ["", "24:00", "12:60", "noon", "-1:00", "١٢:٠٠", "12:00:00", "1200:00"])
def test_no_time(text: str) -> None:
    assert minute_of_day(text) is None
