"""What a Raspberry Pi's firmware says of its health, through sysfs; empty elsewhere."""

from pathlib import Path
from typing import Any

_SYSFS = Path("/sys")
_TEMPERATURE = "class/thermal/thermal_zone0/temp"
_THROTTLED = "devices/platform/soc/soc:firmware/get_throttled"

# Bits of get_throttled, as Raspberry Pi's documentation of vcgencmd names them.
_FLAGS = {0: "undervoltage", 1: "frequency capped", 2: "throttled", 3: "soft temperature limit"}


def board_health(sysfs: Path = _SYSFS) -> dict[str, Any]:
    """Return ``temperature_celsius`` and ``throttling``, each only if this machine reports it."""
    health: dict[str, Any] = {}
    temperature, throttled = _read(sysfs / _TEMPERATURE), _read(sysfs / _THROTTLED)
    if temperature is not None:
        health["temperature_celsius"] = int(temperature) / 1000
    if throttled is not None:
        bits = int(throttled, 16)
        flags = [flag for bit, flag in _FLAGS.items() if bits >> bit & 1]
        health["throttling"] = ", ".join(flags) or "none"
    return health


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return None
