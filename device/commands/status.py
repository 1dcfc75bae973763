"""Say what the daemon is doing, what it saw and played last, and what is wrong."""

import argparse
import json

from device.config import add_config_argument, load_configuration
from device.control import ask
from device.status import status_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument("--json", action="store_true", help="print the whole document as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Ask the daemon and print its answer."""
    settings = load_configuration(arguments.config).settings
    status = ask(settings.paths.control_socket, {"command": "status"})
    print(json.dumps(status, indent=1) if arguments.json else "\n".join(status_lines(status)))
    return 0
