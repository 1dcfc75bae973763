"""Show why the last song was chosen: the face's vector, the song's, and the terms that made their cosine, as bars."""

import argparse
from datetime import datetime

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say, say_json
from device.commands._parser import add_config_argument
from device.errors import ControlError, GivenUpError, NotRunningError
from device.status.control_socket import ask
from device.status.terminal_text import wrap
from device.status.why_this_song import reason_document, reason_lines

_COLUMNS = 80
_MOST_LINES = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "--rank", type=int, metavar="N", help="explain the Nth of the ranked songs (default: the one played)"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print what made the daemon's last recommendation, or the last song of the history if it has made none.

    :raises ControlError: if there is no song to explain, or none of that rank.
    """
    settings = settings_to_ask_by(arguments.config)
    try:
        status = ask(settings.paths.control_socket, {"command": "status"})
        recommendation, evening = status["last_recommendation"], status.get("programme")
    except (NotRunningError, GivenUpError):  # the history is there without a daemon
        recommendation = evening = None
    if recommendation is None:
        if arguments.rank is not None:
            what = "no song was chosen since the last start, and of earlier ones only the song that was played is kept"
            raise ControlError(what, mend="leave --rank out for that song")
        from device.status.past_song import past_reason_document  # noqa: PLC0415 - loads numpy and SQLite

        document = past_reason_document(settings)
        if arguments.json:
            say_json(document)
        else:
            note = wrap(document["note"], _COLUMNS, lines=_MOST_LINES) if document["note"] else []
            head = f"The last song of the history, {_local(document['from_history'])}:"
            say(head, *note, *reason_lines(document))
        return 0
    position = recommendation["position"] if arguments.rank is None else arguments.rank - 1
    if not 0 <= position < len(recommendation["ranked"]):
        what = f"--rank {arguments.rank}: the last recommendation names {len(recommendation['ranked'])} songs"
        raise ControlError(what, mend="leave --rank out for the song that was played")
    document = reason_document(recommendation, position, evening)
    if arguments.json:
        say_json(document)
    else:
        say(*reason_lines(document))
    return 0


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
