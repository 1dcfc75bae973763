"""Press the button, for a hand that is not there."""

import argparse

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._outcome import outcome, press_button, settled, tell
from device.commands._output import say
from device.commands._parser import add_config_argument, number_checked_by
from device.panel.gestures import LONG_HOLD_SECONDS
from device.status.control_socket import ask, checked_hold_seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "--hold",
        type=number_checked_by(checked_hold_seconds),
        default=0.0,
        metavar="SECONDS",
        help="hold it so long: 1 cancels or stops, or calibrates an idle box; 5 shuts it down (default: a short press)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Send one press, and say what came of it; return 1 if that is a fault.

    :raises ControlError: if no daemon answers, or a real hand holds the button.
    """
    socket = settings_to_ask_by(arguments.config).paths.control_socket
    before = ask(socket, {"command": "status"})
    press_button(socket, hold_seconds=arguments.hold)
    if arguments.hold >= LONG_HOLD_SECONDS:
        say("Held for long: the box shuts down, if its settings allow it.")
        return 0
    after = settled(socket, before)
    tell(outcome(before, after))
    return 1 if after["state"] == "fault" else 0
