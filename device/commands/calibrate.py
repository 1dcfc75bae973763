"""Let the box learn what your face reads like at rest, so that it is not taken for an emotion; or forget it.

Look at ease, alone before the camera, for ten seconds. Eight numbers are kept, one for each expression; no picture is.
A household may keep four faces, each under a name of its own. On the box itself: hold the button for one second and
let it go.
"""

import argparse
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say
from device.commands._parser import add_config_argument, number_checked_by
from device.commands.watch import watch_until
from device.errors import ControlError, GivenUpError, MienError, NotRunningError
from device.observation.resting.names import (
    ANYBODY,
    CALIBRATION_SECONDS,
    LEAST_SECONDS,
    MOST_SECONDS,
    trouble_with_name,
)
from device.status.control_socket import Status, ask, checked_calibration_seconds

_PATIENCE_SECONDS = 2.0
"""How long the box may take to begin."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument("name", nargs="?", metavar="NAME", type=_name, help=f"whose face it is (default: {ANYBODY})")
    parser.add_argument(
        "--seconds",
        type=number_checked_by(long_enough),
        default=CALIBRATION_SECONDS,
        help=f"for how long, {LEAST_SECONDS:g} to {MOST_SECONDS:g} (default: {CALIBRATION_SECONDS:g})",
    )
    parser.add_argument("--forget", action="store_true", help="forget the face of this name, or all of them")
    parser.add_argument("--lines", action="store_true", help="print lines instead of a screen, as without a terminal")


def long_enough(value: object) -> float:
    """Return for how many seconds somebody watches a face by hand.

    :raises ValueError: if it is no number, none at all, with which a daemon is told to end, or out of range.
    """
    seconds = checked_calibration_seconds(value)
    if not seconds:
        msg = f"a face at rest is watched for {LEAST_SECONDS:g} seconds at least; a press or Ctrl-C ends it"
        raise ValueError(msg)
    return seconds


def run(arguments: argparse.Namespace) -> int:
    """Calibrate, or forget; return 1 if nothing could be kept, or there was nothing to forget.

    :raises MienError: if no daemon answers, the box is at work, or the file cannot be written.
    """
    paths = settings_to_ask_by(arguments.config).paths
    if arguments.forget:
        return forget(paths.resting_file, paths.control_socket, arguments.name)
    name, socket = arguments.name or ANYBODY, paths.control_socket
    before = _since(ask(socket, {"command": "status"}), name)
    answer = ask(socket, {"command": "calibrate", "name": name, "seconds": arguments.seconds})
    if trouble := answer["trouble"]:
        raise ControlError(trouble["what"], mend=trouble["mend"])
    if not answer["calibrating"]:
        what = "no face is read at rest now: the box is at work"
        raise ControlError(what, mend="try again when it is idle; mien press --hold 1 ends what it does")
    end = _End()
    try:
        watch_until(socket, end.has_come, lines=arguments.lines)
    finally:
        with suppress(ControlError):
            ask(socket, {"command": "calibrate", "seconds": 0})
    return _tell(ask(socket, {"command": "status"}), name, before)


def forget(file: Path, socket: Path, name: str | None) -> int:
    """Forget a face, or all of them, through the daemon if it runs.

    :raises MienError: if that cannot be written.
    """
    try:
        answer = ask(socket, {"command": "forget_resting_face", "name": name})
    except (NotRunningError, GivenUpError):  # the file's own rights decide
        from device.session.forgetting import as_owner_of  # noqa: PLC0415
        from device.session.resting_faces import forget_in_file  # noqa: PLC0415 - loads numpy

        with as_owner_of(file.parent):
            count = forget_in_file(file, name)
    else:
        if trouble := answer["trouble"]:
            raise MienError(trouble["what"], mend=trouble["mend"])
        count = answer["forgotten"]
    if not count:
        say(f"No resting face of {name} is kept." if name else "No resting face is kept.")
        return 1 if name else 0
    say("Forgotten." if count == 1 else f"Forgotten, all {count}.")
    return 0


def _tell(status: Status, name: str, before: str | None) -> int:
    """Say what came of it."""
    since = _since(status, name)
    if since is not None and since != before:  # whatever else is wrong with the box
        if trouble := status["resting"].get("trouble"):
            say(f"Kept as {name} only until the box restarts: {trouble['what']}. What to do: {trouble['mend']}.")
            return 1
        say(f"Kept as {name}: eight numbers, and no picture. mien calibrate --forget removes them.")
        return 0
    if fault := status["fault"]:
        say(f"It cannot: {fault['what']}. {fault['mend']}")
    else:
        say(f"Nothing was kept: {status['notice'] or 'it was ended before its time'}.")
    return 1


def _since(status: Status, name: str) -> str | None:
    """Return when the face of this name was seen, None if there is none, and from a daemon that knows of no such."""
    faces = status.get("resting", {}).get("faces", ())
    return next((str(face["at"]) for face in faces if face["name"] == name), None)


class _End:
    """Knows from one status after another whether the calibration is over."""

    def __init__(self) -> None:
        self._begun, self._until = False, time.monotonic() + _PATIENCE_SECONDS

    def has_come(self, status: Mapping[str, Any] | None) -> bool:
        if status is None:
            return True
        calibrates = status["state"] == "calibrating"
        self._begun = self._begun or calibrates
        return not calibrates and (self._begun or time.monotonic() > self._until)


def _name(text: str) -> str:
    if trouble := trouble_with_name(text):
        raise argparse.ArgumentTypeError(trouble)
    return text
