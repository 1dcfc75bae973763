"""Play the next song, as a short press does while one plays."""

import argparse

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._outcome import outcome, settled, tell
from device.commands._parser import add_config_argument
from device.errors import ControlError
from device.status.control_socket import ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Have the song skipped, and say what plays instead; return 1 if that is a fault.

    :raises ControlError: if no daemon answers, or no song plays.
    """
    socket = settings_to_ask_by(arguments.config).paths.control_socket
    before = ask(socket, {"command": "status"})
    answer = ask(socket, {"command": "next"})
    if answer.get("chooses"):  # which an older daemon does not tell
        tell("A song is being chosen already: nothing was skipped.")
        return 0
    if not answer["skipped"]:
        what = f"there is no next song: the box is {before['state']}"
        raise ControlError(what, mend="begin with mien play MOOD, or mien press")
    after = settled(socket, before)
    tell("No song follows: the music ends." if after["state"] == "idle" else outcome(before, after))
    return 1 if after["state"] == "fault" else 0
