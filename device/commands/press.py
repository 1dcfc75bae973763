"""Press the button, for a hand that is not there."""

import argparse
from pathlib import Path

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._parser import add_config_argument
from device.errors import ControlError
from device.status.control_socket import ask, checked_hold_seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "--hold",
        type=_hold,
        default=0.0,
        metavar="SECONDS",
        help="hold it so long: 1 cancels or stops, 5 shuts the box down (default: a short press)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Send one press."""
    settings = settings_to_ask_by(arguments.config)
    press_button(settings.paths.control_socket, hold_seconds=arguments.hold)
    return 0


def press_button(socket: Path, *, hold_seconds: float = 0.0) -> None:
    """Have the daemon take a press.

    :raises ControlError: if no daemon answers, or somebody holds the button itself, whose press counts then.
    """
    answer = ask(socket, {"command": "press", "hold_seconds": hold_seconds})
    if not answer["pressed"]:
        what = "the button is held down at the box, and this press does not count"
        raise ControlError(what, mend="press again when it is let go; if nobody is there, it is stuck")


def _hold(text: str) -> float:
    try:
        value: object = float(text)
    except ValueError:
        value = text  # which is refused in the same words
    try:
        return checked_hold_seconds(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
