"""Sizes of files in words."""

_UNITS = ("kB", "MB", "GB", "TB")
_THOUSAND = 1000
_NEXT_UNIT = 999.95
"""From here on one decimal would be rounded to a thousand."""


def size_text(size: float) -> str:
    """Say so many bytes in the largest unit that leaves one or more of it, such as ``1.5 kB`` or ``46.7 MB``."""
    if size < _THOUSAND:
        return f"{size:.0f} byte{'' if round(size) == 1 else 's'}"
    value, power = size / _THOUSAND, 0
    while value >= _NEXT_UNIT and power < len(_UNITS) - 1:
        value, power = value / _THOUSAND, power + 1
    return f"{value:.1f} {_UNITS[power]}"
