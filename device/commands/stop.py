"""Stop the music, or the observation that is to lead to it; it fades out."""

import argparse

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say
from device.commands._parser import add_config_argument
from device.status.control_socket import ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Have the music stopped.

    :raises ControlError: if no daemon answers.
    """
    socket = settings_to_ask_by(arguments.config).paths.control_socket
    stopped = ask(socket, {"command": "stop"})["stopped"]
    say("Stopped." if stopped else "Nothing plays.")
    return 0
