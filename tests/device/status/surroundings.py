"""What a status says of volume and hours where all is well."""

from typing import Any

SURROUNDINGS: dict[str, Any] = {
    "volume": {"percent": 45, "maximum_percent": 80, "step_percent": 5, "by_night": False, "trouble": None},
    "hours": {
        "quiet": False,
        "begin": None,
        "end": None,
        "now": None,
        "trouble": None,
        "sleep_in_seconds": None,
        "power_off_in_seconds": None,
    },
}
"""How loud a box is that has no hours and never sleeps."""
