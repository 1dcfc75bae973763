"""Show why the last song was chosen: the face's vector, the song's, and the terms that made their cosine, as bars."""

import argparse

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say, say_json
from device.commands._parser import add_config_argument
from device.errors import ControlError
from device.status.control_socket import ask
from device.status.why_this_song import reason_document, reason_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "--rank", type=int, metavar="N", help="explain the Nth of the ranked songs (default: the one played)"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Ask the daemon for its last recommendation, and print what made it.

    :raises ControlError: if it has made none yet, or none of that rank.
    """
    settings = settings_to_ask_by(arguments.config)
    recommendation = ask(settings.paths.control_socket, {"command": "status"})["last_recommendation"]
    if recommendation is None:
        what = "no song was chosen since the daemon was started"
        raise ControlError(what, mend="press the button, or: mien observe")
    position = recommendation["position"] if arguments.rank is None else arguments.rank - 1
    if not 0 <= position < len(recommendation["ranked"]):
        what = f"--rank {arguments.rank}: the last recommendation names {len(recommendation['ranked'])} songs"
        raise ControlError(what, mend="leave --rank out for the song that was played")
    document = reason_document(recommendation, position)
    if arguments.json:
        say_json(document)
    else:
        say(*reason_lines(document))
    return 0
