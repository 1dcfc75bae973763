"""What the verbs of the fleet take alike on their command lines."""

import argparse
import shutil
from pathlib import Path

from tools.arguments import above_zero, positive
from tools.errors import FleetError, need_libraries

_PACKAGES = {"ssh": "openssh-client", "rsync": "rsync"}


def add_fleet_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how boxes are named."""
    parser.add_argument(
        "hosts", nargs="*", metavar="HOST", help="[user@]host[:port], or a name of ~/.ssh/config or of the inventory"
    )
    parser.add_argument("--user", metavar="NAME", help="the login on boxes for which none is named")
    parser.add_argument("--inventory", type=Path, metavar="FILE", help="the boxes: an inventory file of pyinfra's")


def add_change_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verbs that change boxes take."""
    parser.add_argument(
        "--parallel", type=positive, default=20, metavar="N", help="boxes that are changed at once (default: 20)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would change on the boxes, and change nothing there"
    )
    parser.add_argument(
        "--patience",
        type=above_zero,
        default=120.0,
        metavar="S",
        help="seconds that a restarted box has to become ready, or to go back (default: 120)",
    )


def check_programs(*programs: str) -> None:
    """Look for pyinfra and for programs.

    :raises MienError: naming the one that is missing, and how it is had.
    """
    need_libraries("pyinfra")
    for program in programs:
        if shutil.which(program) is None:
            what = f"the program {program} is not installed"
            raise FleetError(what, mend=f"sudo apt install {_PACKAGES[program]}")
