"""The command ``mien-tools``: everything that is done on a workstation."""

import logging
import sys
from collections.abc import Sequence

from device.commands._parser import run_command_line
from tools import commands
from tools.errors import ExtraError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return its exit code."""
    logging.getLogger("matplotlib").setLevel(logging.WARNING)  # at its first import it tells of its fonts
    description = "Train the models, analyse the music and make the releases of a mien box."
    return run_command_line("mien-tools", description, commands, arguments, ExtraError.of)


if __name__ == "__main__":
    sys.exit(main())
