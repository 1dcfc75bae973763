"""The command ``mien``: the daemon, and everything that one asks of it over SSH."""

import sys
from collections.abc import Sequence

from device import commands
from device.commands._parser import run_command_line
from device.errors import MienError

_LIBRARIES = ("cv2", "numpy", "rich")
"""What most of the box is made with; the drivers look for their own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return its exit code."""
    description = "An offline box that reads the look on your face and plays the nearest song you own."
    return run_command_line("mien", description, commands, arguments, _explain_missing)


def _explain_missing(module: str) -> MienError | None:
    library = module.partition(".")[0]
    if library not in _LIBRARIES:
        return None
    mend = "in mien's folder: sudo ./deploy/install.sh on a box, ./tools/install.sh training elsewhere"
    return MienError(f"{library} is not installed, which comes with mien's extra device", mend=mend)


if __name__ == "__main__":
    sys.exit(main())
