"""What a press or a wish over the socket leads to, watched for a moment and told in one line."""

import time
from pathlib import Path

from device.commands._output import say, terminal_columns
from device.errors import ControlError
from device.recommendation.song import song_name
from device.status.control_socket import Status, ask
from device.status.terminal_text import wrap

_PATIENCE_SECONDS = 1.5
"""How long a press may take to change anything, before it is said that it changes nothing."""
_LOOK_SECONDS = 0.05
_READS = {
    "observing": "The box reads your face now; a song follows. mien watch shows it.",
    "calibrating": "It reads your face at rest for ten seconds: look at ease. mien status tells what came of it.",
}


_LONGEST_NAME = 60
_MOST_LINES = 16
_NARROWEST = 20


def tell(line: str) -> None:
    """Print what came of a wish, broken to the terminal's width if it goes to one."""
    columns = terminal_columns()
    say(*(wrap(line, max(columns, _NARROWEST), lines=_MOST_LINES) if columns else [line]))


def short(name: str) -> str:
    """Return a name as it stands in a line beside other words: of at most 60 columns."""
    return wrap(name, _LONGEST_NAME, lines=1)[0]


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
            return f"It plays {short(song_name(choice['title'], choice['artist']))}."
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
