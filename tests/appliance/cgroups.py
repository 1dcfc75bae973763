"""Control groups of a container's own, so that its units' limits on devices, memory and tasks hold.

On a host with the unified hierarchy nspawn sees to that. On one with the old hierarchies it hands over none but
systemd's own, and the limits would stand in the unit and do nothing.
"""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from store import carry_out

_TOP = Path("/sys/fs/cgroup")
_CONTROLLERS = ("systemd", "unified", "devices", "memory", "pids", "cpu", "cpuacct")
_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class ControlGroups:
    """The groups of the container ``name``, one in each old hierarchy that this host has; none on a unified host."""

    name: str

    @property
    def folders(self) -> list[Path]:
        """The groups' folders."""
        return [_TOP / controller / self.name for controller in _CONTROLLERS if (_TOP / controller).is_dir()]

    def entered_by(self, command: Sequence[str]) -> list[str]:
        """Make the groups, and return a command that enters them and becomes ``command``."""
        self.remove()
        for folder in self.folders:
            folder.mkdir()
        enter = 'for group in $GROUPS_TO_ENTER; do echo $$ > "$group/cgroup.procs"; done; exec "$@"'
        return ["env", f"GROUPS_TO_ENTER={' '.join(map(str, self.folders))}", "sh", "-c", enter, "sh", *command]

    def hand_over(self, leader: int) -> bool:
        """Let the container whose first process is ``leader`` write to its groups, as a machine's systemd may.

        Return whether anything changed; its systemd then has to look again.
        """
        for folder in self.folders:
            inside = _TOP / folder.parent.name
            carry_out(["nsenter", f"--target={leader}", "--mount", "mount", "-o", "remount,bind,rw", inside])
        return bool(self.folders)

    def remove(self) -> None:
        """Take the groups away, and end what is still in them: a test that was killed leaves its machines running."""
        deadline = time.monotonic() + _PATIENCE_SECONDS  # its processes may take a moment to vanish
        while any(folder.exists() for folder in self.folders) and time.monotonic() < deadline:
            for group in (Path(path) for folder in self.folders for path, _, _ in os.walk(folder, topdown=False)):
                with suppress(OSError):
                    for process in (group / "cgroup.procs").read_text().split():
                        os.kill(int(process), signal.SIGKILL)
                    group.rmdir()
            time.sleep(0.05)
