"""What systemd says of a daemon that does not answer: that it was given up, and the daemon's own last words.

The daemon leaves its reason with systemd as the unit's status text, which everybody may read; the journal, where it
stands as well, is not for everybody.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from device.errors import ControlError, GivenUpError, NotRunningError
from device.files.untrusted import plain
from device.settings.sections import PathSettings

SERVICE = "mien.service"
MENDING = "; mend: "
"""Parts what happened from what to do, in the status text."""

_RUNNING_SYSTEMD = Path("/run/systemd/system")
_PROPERTIES = ("LoadState", "ActiveState", "SubState", "StatusText", "NRestarts")
_SECONDS = 5.0
_JOURNAL = "see why: sudo journalctl -u mien -p warning"
_AGAIN = "then start it again: sudo systemctl restart mien"


def why_absent(socket: Path) -> ControlError | None:
    """Ask systemd why nobody answers at a socket; None if it has nothing to say, or the socket is not its service's."""
    if socket != PathSettings().control_socket or not _RUNNING_SYSTEMD.is_dir():
        return None
    return absence(_properties())


def absence(properties: Mapping[str, str]) -> ControlError | None:
    """Put what systemd shows of the unit into words.

    :param properties: of ``systemctl show``, by name.
    """
    if properties.get("LoadState") != "loaded":
        return None
    words, _, advice = plain(properties.get("StatusText", "")).partition(MENDING)
    why = f": {words}" if words else ""
    mend = f"{advice.rstrip('.')}; {_AGAIN}" if advice else f"{_JOURNAL}; {_AGAIN}"
    match properties.get("ActiveState"), properties.get("SubState"):
        case "failed", _:
            return GivenUpError(f"the mien daemon did not start and systemd has given it up{why}", mend=mend)
        case "activating", "auto-restart" | "auto-restart-queued":
            times = properties.get("NRestarts", "")
            tried = f", {times} times by now" if times.isdecimal() and int(times) > 1 else ""
            return GivenUpError(f"the mien daemon does not start, and is tried again{tried}{why}", mend=mend)
        case "activating" | "reloading" | "deactivating", _:
            return ControlError("the mien daemon is just starting or ending", mend="ask again in some seconds")
        case "inactive", _:
            what = "the mien daemon was stopped, or not started yet"
            return NotRunningError(what, mend="start it: sudo systemctl start mien")
        case _:
            return None


def _properties() -> dict[str, str]:
    command = ["systemctl", "show", SERVICE, f"--property={','.join(_PROPERTIES)}"]
    try:
        asked = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - constant
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = asked.stdout.decode(errors="replace").split("\n")
    return {name: value for name, _, value in (line.partition("=") for line in lines)}
