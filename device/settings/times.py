"""Times of the day as settings give them: "22:00"."""

import re

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_NEARLY = re.compile(r"([0-9]{1,2})(?:[.: hH]?([0-9]{2}))?\s*(?:h|uhr|o'clock)?", re.IGNORECASE)


def minute_of_day(text: str) -> int | None:
    """Return how many minutes of the day have passed at a time, 0 to 1439; None if it is no time."""
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:  # noqa: PLR2004 - a clock's
        return None
    return 60 * int(found[1]) + int(found[2])


def time_of_day(minute: int) -> str:
    """Return the time at which so many minutes of the day have passed, such as "07:00"."""
    return f"{minute // 60:02}:{minute % 60:02}"


def likely_time(text: str) -> str | None:
    """Return the time that somebody most likely means by a text that is none; None if nobody can tell."""
    found = _NEARLY.fullmatch(text.strip())
    meant = f"{found[1]}:{found[2] or '00'}" if found else ""
    minute = minute_of_day(meant)
    return None if minute is None else time_of_day(minute)
