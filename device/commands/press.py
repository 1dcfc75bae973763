"""Press the button, for a hand that is not there."""

import argparse

from device.config import add_config_argument, load_configuration
from device.control import ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "--hold",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="hold it so long: 1 cancels or stops, 5 shuts the box down (default: a short press)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Send one press."""
    settings = load_configuration(arguments.config).settings
    ask(settings.paths.control_socket, {"command": "press", "hold_seconds": arguments.hold})
    return 0
