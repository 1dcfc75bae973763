"""Play music by its mood or like a song of yours, without being looked at; song after song, as after a press."""

import argparse
from typing import Any

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._outcome import outcome, settled, short, tell
from device.commands._parser import add_config_argument, number_checked_by
from device.emotion.labels import MOODS, trouble_with_mood
from device.errors import ControlError
from device.settings.sections import GOALS
from device.status.control_socket import ask, checked_minutes, checked_title


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("mood", nargs="?", type=_mood, metavar="MOOD", help=MOODS)
    wish.add_argument("--like", type=_title, metavar="TITLE", help="a song by a part of its title, and those like it")
    parser.add_argument(
        "--minutes", type=number_checked_by(checked_minutes), metavar="M", help="how long (default: as it is set)"
    )
    parser.add_argument("--goal", choices=GOALS, help="where the songs lead (default: as it is set)")


def run(arguments: argparse.Namespace) -> int:
    """Ask for music, and say what came of it; return 1 if that is a fault.

    :raises ControlError: if no daemon answers, the box is at work, or no such song is there.
    """
    socket = settings_to_ask_by(arguments.config).paths.control_socket
    request: dict[str, Any] = {"command": "play", "minutes": arguments.minutes, "goal": arguments.goal}
    request |= {"mood": arguments.mood} if arguments.like is None else {"like": arguments.like}
    before = ask(socket, {"command": "status"})
    answer = ask(socket, request)
    if trouble := answer["trouble"]:
        raise ControlError(trouble["what"], mend=trouble["mend"])
    after = settled(socket, before)
    said = outcome(before, after)
    if after["state"] == "playing":
        said = outcome(before | {"state": "idle"}, after)  # it may be the song that played: then it begins anew
        said = f"Asked for {short(str(answer['asked_for']))}. {said} The next: mien next; the end: mien stop."
    tell(said)
    return 1 if after["state"] == "fault" else 0


def _mood(text: str) -> str:
    if trouble := trouble_with_mood(text):
        msg = f"{trouble}; name {MOODS}"
        raise argparse.ArgumentTypeError(msg)
    return text


def _title(text: str) -> str:
    try:
        return checked_title(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
