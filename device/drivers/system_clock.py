"""The machine's own clock."""

import time


class SystemClock:
    """Time that never goes back, also when the wall clock is set."""

    def now(self) -> float:
        """Return seconds since some moment before the program began."""
        return time.monotonic()
