"""What has to be known of a machine before anything is done to it."""

import shlex
from collections.abc import Sequence

from pyinfra.api.facts import FactBase

from device.files.untrusted import plain


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
    """Size in bytes of every file below a folder, by its path relative to it; empty if there is no such folder.

    Hidden ones are left out. Others may write there: a link to a folder is an entry of no size and is not followed, and
    any name is taken.
    """

    default = dict

    def command(self, folder: str) -> str:
        """List them, links to files and to folders among them; what is no UTF-8 in a name would end pyinfra."""
        files = r"-type f -printf '%s ./%P\n'"
        links = r"-type l -xtype f -exec stat -L --printf '%s %n\n' {} +"
        folders = r"-type l -xtype d -printf '0 ./%P\n'"
        found = f"find . -name '.?*' -prune -o {files} -o {links} -o {folders}"
        return f"cd {shlex.quote(folder)} 2>/dev/null && {found} 2>/dev/null | iconv -c -f UTF-8 -t UTF-8 || true"

    def process(self, output: list[str]) -> dict[str, int]:
        """Take one file a line; what follows a line break in a name is none."""
        pairs = (line.partition(" ./") for line in output)
        return {path: int(size) for size, _, path in pairs if path and size.isdecimal() and size.isascii()}


class Answer(FactBase[str]):
    """What a command prints, stripped; empty if it fails."""

    default = str

    def command(self, of: str) -> str:
        """Run it, and look away from its complaints."""
        return f"({of}) 2>/dev/null || true"

    def process(self, output: list[str]) -> str:
        """Take all lines, cleaned: they are shown to the person who installs, and a box may be somebody else's."""
        return "\n".join(map(plain, output)).strip()


PYTHON_VERSION = "python3 -c 'import sys; print(\"%d.%d\" % sys.version_info[:2])'"
"""Prints 3.11, say."""
SYSTEMD_VERSION = "systemctl --version | awk 'NR == 1 {print $2}'"
"""Prints 252, say."""
GROUPS = "cut -d: -f1 /etc/group"
HEAP_GROUPS = "stat -c %G /dev/dma_heap/* | sort -u"
"""Prints who may use the memory that a camera fills, one a line."""
WHETHER_SYSTEMD_RUNS = "[ -d /run/systemd/system ] && echo yes"


def room_in(folder: str) -> str:
    """Print how many MB are free where a folder is or will be."""
    nearest = f'p={shlex.quote(folder)}; until [ -d "$p" ]; do p=$(dirname "$p"); done'
    return nearest + "; df -Pm \"$p\" | awk 'END {print $4}'"


MACHINE = "dpkg --print-architecture || uname -m"
"""Prints arm64, say: of the system, since a kernel of 64 bits often carries one of 32."""
LOGIN = "id -un"
"""Prints the name of the user that commands come from."""
HOME = "cd && pwd -P"
"""Prints that user's own folder."""
