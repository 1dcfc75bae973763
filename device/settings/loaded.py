"""The settings as the daemon has loaded them, and whether the file says something else by now."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from device.errors import ConfigurationError
from device.settings.config_file import DEFAULT_FILE, load_configuration
from device.settings.sections import Settings

_Stamp = tuple[int, int, int, int] | None


class LoadedSettings:
    """Knows what was loaded, and reads the file again only when that was written since the last look."""

    def __init__(self, settings: Settings, file: Path | None) -> None:
        """Take the settings that hold, and the file as ``--config`` named it, None for the default one."""
        self._settings, self._file = settings, file
        self._stamp: _Stamp = None
        self._trouble: dict[str, str] | None = None
        self._looked = False

    def state(self) -> Mapping[str, Any]:
        """Return ``file``, and as ``trouble`` what an owner has to know and do about it, None if it says what holds."""
        path = self._file or DEFAULT_FILE
        stamp = _stamp_of(path)
        if not self._looked or stamp != self._stamp:
            self._trouble = self._difference(path)
            self._stamp, self._looked = stamp, True
        return {"file": str(path), "trouble": self._trouble}

    def _difference(self, path: Path) -> dict[str, str] | None:
        try:
            now = load_configuration(self._file).settings
        except ConfigurationError as error:
            first, *others = error.what.split("\n")
            more = f" (and {len(others)} more)" if others else ""
            what = f"the settings file is broken, and mien would not start again: {first}{more}"
            return {"what": what, "mend": error.mend}
        if now == self._settings:
            return None
        what = f"{path} was changed, and the daemon still goes by what it read when it started"
        return {"what": what, "mend": "use what it says now: sudo systemctl restart mien"}


def _stamp_of(path: Path) -> _Stamp:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_size
