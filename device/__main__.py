"""The command ``mien``: the daemon, and everything that one asks of it over SSH."""

import sys
from collections.abc import Sequence

from device import commands
from device.commands._parser import run_command_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return its exit code."""
    description = "An offline box that reads the look on your face and plays the nearest song you own."
    return run_command_line("mien", description, commands, arguments)


if __name__ == "__main__":
    sys.exit(main())
