"""Tell how loud songs are, or set it: mien volume 40, +5 for a little louder, -5 for a little softer.

What plays is louder or softer at once, and the volume is remembered. Chimes keep their own.
"""

import argparse
import re

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say
from device.commands._parser import add_config_argument
from device.errors import ControlError
from device.status.control_socket import Answer, Status, ask, checked_percent

_WORD = re.compile(r"([+-]?)([0-9]{1,3})\s*%?")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "wish",
        nargs="?",
        metavar="PERCENT",
        type=_wish,
        default={},
        help="0 to 100, or with a sign before it so much louder or softer (default: tell how loud it is)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Ask for a volume, and say what holds.

    :raises ControlError: if no daemon answers, or that is more than the settings allow.
    """
    socket = settings_to_ask_by(arguments.config).paths.control_socket
    answer = ask(socket, {"command": "volume", **arguments.wish})
    if trouble := answer["trouble"]:
        raise ControlError(trouble["what"], mend=trouble["mend"])
    say(volume_line(answer["volume"]))
    return 0


def volume_line(volume: Status) -> str:
    """Say what holds, in one line."""
    until = " until the quiet hours end" if volume["by_night"] else ""
    return f"The volume is {volume['percent']} %, of at most {volume['maximum_percent']} %{until}."


def _wish(text: str) -> Answer:
    """Read what was asked for, as the socket takes it."""
    found = _WORD.fullmatch(text)
    try:
        percent = checked_percent(int(found[2]) if found else text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    sign = found[1] if found else ""
    return {"by": -percent if sign == "-" else percent} if sign else {"percent": percent}
