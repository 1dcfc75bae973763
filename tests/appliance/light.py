"""What an LED shows, read from its line: runs of (level, seconds)."""

from collections.abc import Sequence

Runs = Sequence[tuple[int, float]]

_FASTEST_BLINKING = 15  # changes a second; lgpio dims with a hundred pulses, of which a busy machine misses many
_PAUSE_SECONDS = 1.2  # between two groups of flashes; two flashes of one group are 0.3 s apart


def is_dark(runs: Runs) -> bool:
    """Whether the LED was never lit."""
    return not any(level for level, _ in runs)


def is_lit(runs: Runs) -> bool:
    """Whether the LED was lit all the time."""
    return all(level for level, _ in runs)


def is_dimmed(runs: Runs) -> bool:
    """Whether the LED changed faster than any blinking does, as in a breath or a pulse."""
    return len(runs) > _FASTEST_BLINKING * sum(seconds for _, seconds in runs)


def flashes(runs: Runs) -> list[int]:
    """Return how many flashes stood between two pauses, group by group; groups cut off by the ends are left out."""
    groups: list[int] = []
    count: int | None = None
    for level, seconds in runs:
        if not level and seconds > _PAUSE_SECONDS:
            if count:
                groups.append(count)
            count = 0
        elif level and count is not None:
            count += 1
    return groups
