"""Press the button, for a hand that is not there."""

import argparse
import time
from pathlib import Path

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say
from device.commands._parser import add_config_argument, number_checked_by
from device.errors import ControlError
from device.panel.gestures import LONG_HOLD_SECONDS
from device.recommendation.song import song_name
from device.status.control_socket import Status, ask, checked_hold_seconds

_PATIENCE_SECONDS = 1.5
"""How long a press may take to change anything, before it is said that it changes nothing."""
_LOOK_SECONDS = 0.05
_READS = {
    "observing": "The box reads your face now; a song follows. mien watch shows it.",
    "calibrating": "It reads your face at rest for ten seconds: look at ease. mien status tells what came of it.",
}


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
    say(outcome(before, after))
    return 1 if after["state"] == "fault" else 0


def press_button(socket: Path, *, hold_seconds: float = 0.0) -> None:
    """Have the daemon take a press.

    :raises ControlError: if no daemon answers, or somebody holds the button itself, whose press counts then.
    """
    answer = ask(socket, {"command": "press", "hold_seconds": hold_seconds})
    if not answer["pressed"]:
        what = "the button is held down at the box, and this press does not count"
        raise ControlError(what, mend="press again when it is let go; if nobody is there, it is stuck")


def settled(socket: Path, before: Status) -> Status:
    """Return the status as soon as the press has changed anything, or after a moment in which it has not."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        status = ask(socket, {"command": "status"})
        watching = status.get("watching")
        opening = status["state"] in _READS and (not watching or watching["settling"])  # a camera may yet refuse
        chooses = status["state"] == "playing" and not (status.get("programme") or {}).get("plays", True)
        opening = opening or chooses or status["state"] == "recommending"  # which takes a moment
        if (_facts(status) != _facts(before) and not opening) or time.monotonic() >= until:
            return status
        time.sleep(_LOOK_SECONDS)


def _facts(status: Status) -> tuple[object, ...]:
    """Return what of a status a press may change."""
    chosen, evening = status["last_recommendation"], status.get("programme")  # which older daemons do not tell
    song = chosen and chosen["ranked"][chosen["position"]]["id"]
    place = evening and (evening["asked_for"], evening["songs_before"])
    return status["state"], status["observations"], song, place, status["fault"]


def outcome(before: Status, after: Status) -> str:
    """Say in one line what a press led to."""
    if _facts(before) == _facts(after):
        why = after["notice"]
        is_new = why not in {"", before["notice"]}
        return f"It cannot: {why}." if is_new else f"Nothing changes: the box is {after['state']}."
    match after["state"]:
        case "observing" | "calibrating" as reading:
            return _READS[reading]
        case "playing":
            choice = after["last_recommendation"]["ranked"][after["last_recommendation"]["position"]]
            return f"It plays {song_name(choice['title'], choice['artist'])}."
        case "fault":
            return f"It cannot: {after['fault']['what']}. What to do: {after['fault']['mend']}"
        case "idle":
            return (
                "Stopped."
                if before["state"] in {"playing", "aiming", "calibrating"}
                else "Cancelled; what was seen is forgotten."
            )
        case state:
            return f"The box is {state}."
