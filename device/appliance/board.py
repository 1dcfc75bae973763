"""What a Raspberry Pi's firmware says of its health, through sysfs; empty elsewhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from device.status.problems import THROTTLING_FLAGS

_SYSFS = Path("/sys")
_MODEL = "firmware/devicetree/base/model"
_TEMPERATURE = "class/thermal/thermal_zone0/temp"
_POSSIBLE_CELSIUS = (-40.0, 150.0)  # what the sensor of a Pi can tell; anything else is noise

# The kernel of Raspberry Pi OS hands the firmware's word on, under a name that differs between models.
_THROTTLED = "devices/platform/soc*/soc*firmware/get_throttled"
# Other kernels only tell of undervoltage, by a sensor of this name.
_SENSOR_NAMES, _SENSOR, _ALARM = "class/hwmon/hwmon*/name", "rpi_volt", "in0_lcrit_alarm"

_SINCE_BOOT = 16


def is_raspberry_pi(sysfs: Path = _SYSFS) -> bool:
    """Whether this machine is a Raspberry Pi, as its firmware names it."""
    return (_read(sysfs / _MODEL) or "").startswith("Raspberry Pi")


def board_health(sysfs: Path = _SYSFS) -> dict[str, Any]:
    """Return what this machine reports, and nothing of what it does not or what cannot be read.

    ``temperature_celsius``; ``throttling_now`` and ``throttling_since_boot``, lists of what slows the processor down.
    The kernel itself forgets an undervoltage that is over; the throttling that it led to is kept.
    """
    health: dict[str, Any] = {}
    celsius = _celsius(_read(sysfs / _TEMPERATURE))
    if celsius is not None:
        health["temperature_celsius"] = celsius
    word = _word(map(_read, sysfs.glob(_THROTTLED)))
    if word is not None:
        health["throttling_now"] = _flags(word)
        health["throttling_since_boot"] = _flags(word >> _SINCE_BOOT)
        return health
    alarms = [_read(name.with_name(_ALARM)) for name in sysfs.glob(_SENSOR_NAMES) if _read(name) == _SENSOR]
    if alarms:
        health["throttling_now"] = [THROTTLING_FLAGS[0]] if "1" in alarms else []
    return health


def _celsius(text: str | None) -> float | None:
    try:
        celsius = float(text or "") / 1000
    except ValueError:
        return None
    least, most = _POSSIBLE_CELSIUS
    return celsius if least <= celsius <= most else None


def _word(texts: Iterable[str | None]) -> int | None:
    """Return the first hexadecimal number, None if there is none."""
    for text in texts:
        try:
            word = int(text or "", 16)
        except ValueError:
            continue
        if word >= 0:
            return word
    return None


def _flags(word: int) -> list[str]:
    return [flag for bit, flag in THROTTLING_FLAGS.items() if word >> bit & 1]


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
