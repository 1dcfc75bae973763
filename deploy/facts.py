"""What has to be known of a machine before anything is done to it."""

import shlex
from collections.abc import Sequence

from pyinfra.api.facts import FactBase


class AptCandidates(FactBase[list[str]]):
    """Those of some packages that apt could install, by the lists that it has."""

    default = list

    def command(self, packages: Sequence[str]) -> str:
        """Ask apt for all of them at once."""
        return f"LC_ALL=C apt-cache policy {shlex.join(packages)}" if packages else "true"

    def process(self, output: list[str]) -> list[str]:
        """Take the names whose candidate is a version."""
        candidates, name = [], ""
        for line in output:
            if line and not line.startswith(" "):
                name = line.removesuffix(":")
            elif line.strip().startswith("Candidate:") and "(none)" not in line:
                candidates.append(name)
        return candidates


class FileSizes(FactBase[dict[str, int]]):
    """Size in bytes of every file below a folder, by its path relative to it; empty if there is no such folder."""

    default = dict

    def command(self, folder: str) -> str:
        """List them, links to files among them."""
        return f"find -L {shlex.quote(folder)} -type f -printf '%s %P\\n' 2>/dev/null || true"

    def process(self, output: list[str]) -> dict[str, int]:
        """Take one file a line."""
        pairs = (line.split(" ", 1) for line in output if " " in line)
        return {path: int(size) for size, path in pairs}


class Answer(FactBase[str]):
    """What a command prints, stripped; empty if it fails."""

    default = str

    def command(self, of: str) -> str:
        """Run it, and look away from its complaints."""
        return f"({of}) 2>/dev/null || true"

    def process(self, output: list[str]) -> str:
        """Take all lines."""
        return "\n".join(output).strip()


PYTHON_VERSION = "python3 -c 'import sys; print(\"%d.%d\" % sys.version_info[:2])'"
"""Prints 3.11, say."""
SYSTEMD_VERSION = "systemctl --version | awk 'NR == 1 {print $2}'"
"""Prints 252, say."""
GROUPS = "cut -d: -f1 /etc/group"
HEAP_GROUPS = "stat -c %G /dev/dma_heap/* | sort -u"
"""Prints who may use the memory that a camera fills, one a line."""
WHETHER_SYSTEMD_RUNS = "[ -d /run/systemd/system ] && echo yes"
MACHINE = "uname -m"
LOGIN = "id -un"
"""Prints the name of the user that commands come from."""
