"""Aim the camera without a picture: where your face is, in words and a small frame, and in chimes from the box.

The chimes get quicker as the place gets better, and change when it is fine. Nothing is read from the face, and nothing
is remembered; a press of the button, Ctrl-C or q ends it, and so does a minute.
"""

import argparse
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say
from device.commands._parser import add_config_argument, number_checked_by
from device.commands.watch import watch_until
from device.errors import ControlError
from device.session.states import LONGEST_AIM_SECONDS, Cause
from device.status.control_socket import ask, checked_aiming_seconds

_PATIENCE_SECONDS = 2.0
"""How long the box may take to begin."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "--seconds",
        type=number_checked_by(more_than_none),
        default=LONGEST_AIM_SECONDS,
        help="for how long, up to 60 (default: 60)",
    )
    parser.add_argument("--lines", action="store_true", help="print lines instead of a screen, as without a terminal")


def more_than_none(value: object) -> float:
    """Return for how many seconds somebody aims by hand.

    :raises ValueError: if it is no number, none at all, with which a daemon is told to end, or too large.
    """
    seconds = checked_aiming_seconds(value)
    if not seconds:
        msg = "a camera can be aimed for more than 0 seconds; a press or Ctrl-C ends it"
        raise ValueError(msg)
    return seconds


def run(arguments: argparse.Namespace) -> int:
    """Aim until it is enough; return 1 if the camera cannot.

    :raises ControlError: if no daemon answers, or the box is at work.
    """
    socket = settings_to_ask_by(arguments.config).paths.control_socket
    before = ask(socket, {"command": "status"})["fault"]
    if not ask(socket, {"command": "aim", "seconds": arguments.seconds})["aiming"]:
        what = "the camera is not aimed now: the box is at work"
        raise ControlError(what, mend="try again when it is idle; mien press --hold 1 ends what it does")
    end = _End(before)
    try:
        watch_until(socket, end.has_come, lines=arguments.lines)
    finally:
        with suppress(ControlError):
            ask(socket, {"command": "aim", "seconds": 0})
    fault = ask(socket, {"command": "status"})["fault"]
    if fault and end.has_begun and fault["cause"] != Cause.CAMERA.value:  # which the aiming had hidden
        fault = None
    say("The camera is closed; nothing was kept." if not fault else f"It cannot: {fault['what']}. {fault['mend']}")
    return 1 if fault else 0


class _End:
    """Knows from one status after another whether the aiming is over."""

    def __init__(self, fault_before: Mapping[str, str] | None) -> None:
        self.has_begun, self._until = False, time.monotonic() + _PATIENCE_SECONDS
        self._fault_before = fault_before

    def has_come(self, status: Mapping[str, Any] | None) -> bool:
        if status is None:
            return True
        aims = status["state"] == "aiming"
        self.has_begun = self.has_begun or aims
        fails = status["fault"] is not None and status["fault"] != self._fault_before
        return not aims and (self.has_begun or fails or time.monotonic() > self._until)
