"""The status socket: a line of JSON asks, a line answers, over a Unix socket that only this machine sees.

By hand, rather than D-Bus or varlink: with socat alone a person can ask, and read the answer. This is the asker's side,
and what both sides agree on; the daemon's is in control_server.
"""

import json
import os
import socket
import time
from pathlib import Path
from typing import Any, Self

from device.errors import AccessError, ControlError, MienError, NotRunningError, VersionError
from device.files.untrusted import parse_json, plain
from device.observation.resting.names import LEAST_SECONDS, MOST_SECONDS, trouble_with_name
from device.player.alsa_cards import name_program
from device.session.states import LONGEST_AIM_SECONDS
from device.session.volume.volume import LOUDEST
from device.settings.sections import GOALS, LEAST_MINUTES, MOST_MINUTES, Goal

Answer = dict[str, Any]
Status = dict[str, Any]

SCHEMA_VERSION = 1
"""Rises whenever a key goes or changes its meaning; new keys may come without."""

LONGEST_ANSWER_BYTES = 4 << 20
"""A hundred times what a box says of itself; neither side holds more of one answer."""

LONGEST_PART = 200
"""Characters of a part of a title."""

LONGEST_HOLD_SECONDS = 60.0
"""Nobody means to hold the button for longer; 5 s shut the box down."""

_LOG = "read it: sudo journalctl -u mien -p warning"
_MENDS = (
    ("its log tells why", _LOG),
    ("unknown request", "if the daemon is older than this command: sudo systemctl restart mien"),
    ("", "see mien --help"),
)
"""What helps against a refusal that holds these words."""

_TIMEOUT_SECONDS = 10.0  # for a whole answer: a busy Pi may take its time, a dead daemon refuses at once
_RETRY_SECONDS = 0.02
_AT_ONCE_BYTES = 65536


class ControlClient:
    """One connection to the daemon, for as many requests as one likes."""

    def __init__(self, path: Path) -> None:
        """Connect.

        :raises ControlError: if no daemon answers.
        :raises AccessError: if this user may not ask it.
        """
        self._path = path
        self._socket = _connect(path, time.monotonic() + _TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def ask(self, request: Answer) -> Answer:
        """Send one request and return its answer.

        Where too many ask at once, the daemon lets go of whoever was idle for longest. It has heard nothing then of a
        request that it leaves unanswered, so that one is asked again over a new connection.

        :raises ControlError: if the daemon ended, does not answer within some seconds, or refuses the request; a
            VersionError if it is of another version.
        :raises AccessError: if this user may not ask it any more.
        """
        line, until = json.dumps(request).encode() + b"\n", time.monotonic() + _TIMEOUT_SECONDS
        while True:
            try:
                answer = _understood(self._exchange(line, until))
            except ConnectionError as error:
                if time.monotonic() >= until:
                    raise _nobody(self._path, error) from error
                time.sleep(_RETRY_SECONDS)
                self._socket.close()
                self._socket = _connect(self._path, until)
            except (OSError, ValueError) as error:
                raise _nobody(self._path, error) from error
            else:
                break
        if "error" in answer:
            what = plain(str(answer["error"]))
            raise ControlError(what, mend=next(mend for words, mend in _MENDS if words in what))
        if answer.get("schema", SCHEMA_VERSION) != SCHEMA_VERSION:
            spoken = plain(str(answer["schema"]), most=40)
            what = f"the daemon speaks version {spoken} of the status, this command {SCHEMA_VERSION}"
            raise VersionError(what, mend="restart the daemon: sudo systemctl restart mien")
        _name_programs(answer)
        return answer

    def _exchange(self, line: bytes, until: float) -> bytes:
        """Send a line and wait for a line.

        :raises OSError: if the connection breaks or time is up; ConnectionError if the daemon let go.
        :raises ValueError: if there is no end to the answer.
        """
        self._socket.settimeout(_remaining(until))
        self._socket.sendall(line)
        heard = bytearray()
        while not heard.endswith(b"\n"):
            if len(heard) > LONGEST_ANSWER_BYTES:
                msg = f"it says more than {LONGEST_ANSWER_BYTES} bytes"
                raise ValueError(msg)
            self._socket.settimeout(_remaining(until))
            more = self._socket.recv(_AT_ONCE_BYTES)
            if not more:
                msg = "it has let go"
                raise ConnectionResetError(msg)
            heard += more
        return bytes(heard)


def ask(path: Path, request: Answer) -> Answer:
    """Send one request to the daemon and return its answer.

    :raises ControlError: if no daemon answers, or it refuses the request.
    :raises AccessError: if this user may not ask it.
    """
    with ControlClient(path) as client:
        return client.ask(request)


def checked_hold_seconds(value: object) -> float:
    """Return how long a press is to hold the button.

    :raises ValueError: if it is no real number from 0 to LONGEST_HOLD_SECONDS.
    """
    return _checked_span(value, 0, LONGEST_HOLD_SECONDS, "the button can be held for")


def checked_aiming_seconds(value: object) -> float:
    """Return how long the camera is to be aimed, in seconds; 0 ends it.

    :raises ValueError: if it is no real number from 0 to LONGEST_AIM_SECONDS.
    """
    return _checked_span(value, 0, LONGEST_AIM_SECONDS, "a camera can be aimed for")


def checked_calibration_seconds(value: object) -> float:
    """Return for how long a face at rest is to be watched; 0 is no longer.

    :raises ValueError: if it is neither 0 nor a real number from LEAST_SECONDS to MOST_SECONDS.
    """
    if value == 0 and not isinstance(value, bool):
        return 0.0
    return _checked_span(value, LEAST_SECONDS, MOST_SECONDS, "a face at rest is watched for")


def checked_percent(value: object, *, least: int = 0) -> int:
    """Return a volume in percent, or what it is to change by.

    :param least: -100 for what it is to change by.
    :raises ValueError: if it is no whole number from ``least`` to 100.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LOUDEST:
        shown = plain(repr(value), most=40)
        msg = f"a volume is a whole number from {least} to {LOUDEST} (percent), not {shown}"
        raise ValueError(msg)
    return value


def checked_name(value: object) -> str:
    """Return what a resting face is to be called.

    :raises ValueError: if nothing can be called so.
    """
    trouble = trouble_with_name(value) if isinstance(value, str) else "a name is a text"
    if trouble:
        shown = plain(repr(value), most=40)
        msg = f"{trouble}: {shown}"
        raise ValueError(msg)
    return str(value)


def checked_minutes(value: object) -> float:
    """Return for how many minutes music is to go on.

    :raises ValueError: if it is no real number from LEAST_MINUTES to MOST_MINUTES.
    """
    return _checked_span(value, LEAST_MINUTES, MOST_MINUTES, "music goes on for", unit="minutes")


def checked_goal(value: object) -> Goal:
    """Return where the songs are to lead.

    :raises ValueError: if it is none of GOALS.
    """
    for goal in GOALS:
        if value == goal:
            return goal
    shown = plain(repr(value), most=40)
    msg = f"a goal is one of {', '.join(GOALS)}, not {shown}"
    raise ValueError(msg)


def checked_title(value: object) -> str:
    """Return the part of a title that a song is looked for by.

    :raises ValueError: if it is no text, empty or longer than LONGEST_PART.
    """
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_PART:
        shown = plain(repr(value), most=40)
        msg = f"a part of a title is a text of 1 to {LONGEST_PART} characters, not {shown}"
        raise ValueError(msg)
    return value.strip()


def _checked_span(value: object, least: float, most: float, what: str, *, unit: str = "seconds") -> float:
    """Return a span of time.

    :param what: begins the words that refuse what is none.
    :raises ValueError: if it is no real number from ``least`` to ``most``.
    """
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (number and least <= value <= most):  # type: ignore[operator] # nan lies nowhere between
        shown = plain(repr(value), most=40)
        msg = f"{what} {least:g} to {most:g} {unit}, not {shown}"
        raise ValueError(msg)
    return float(value)  # type: ignore[arg-type]


def _connect(path: Path, until: float) -> socket.socket:
    """Connect, and wait as long as others stand in line.

    :raises MienError: a ControlError if nobody answers, an AccessError if this user may not ask.
    """
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(0)
            connection.connect(str(path))
        except BlockingIOError as error:  # as many wait already as the daemon lets wait
            connection.close()
            if time.monotonic() >= until:
                raise _nobody(path, error) from error
            time.sleep(_RETRY_SECONDS)
        except OSError as error:
            connection.close()
            raise _nobody(path, error) from error
        else:
            return connection


def _remaining(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _understood(line: bytes) -> Answer:
    answer = parse_json(line)
    if not isinstance(answer, dict):
        msg = "it answers what is no JSON object"
        raise ValueError(msg)  # noqa: TRY004 - like every other answer that is none
    return answer


def _name_programs(answer: Answer) -> None:
    """Name the program that holds the sound card, wherever the daemon, which sees no other's, gave its number."""
    told = [answer.get("fault"), answer.get("sound_trouble"), answer.get("trouble")]
    for key in ("findings", "problems"):
        several = answer.get(key)
        told += several if isinstance(several, list) else []
    for part in told:
        if isinstance(part, dict) and isinstance(part.get("what"), str):
            part["what"] = name_program(part["what"])


def _nobody(path: Path, error: Exception) -> MienError:
    if isinstance(error, PermissionError) and (refusal := AccessError.of(path, os.W_OK)):
        return refusal
    if isinstance(error, (TimeoutError, BlockingIOError)):
        what = f"{path}: no mien daemon answers within {_TIMEOUT_SECONDS:g} s"
        return ControlError(what, mend="if it lasts, start it again: sudo systemctl restart mien")
    if isinstance(error, ValueError):
        what = f"{path}: no mien daemon answers that can be understood ({error})"
        return ControlError(what, mend="start it again: sudo systemctl restart mien")
    if isinstance(error, (FileNotFoundError, ConnectionRefusedError)):
        from device.status.service_word import why_absent  # noqa: PLC0415 - who is answered does without

        if absent := why_absent(path):
            return absent
        what = f"{path}: no mien daemon answers ({error.strerror})"
        mend = "start it: sudo systemctl start mien, or mien run; use the same --config for both"
        return NotRunningError(what, mend=mend)
    what = f"{path}: no mien daemon answers ({getattr(error, 'strerror', None) or error})"
    return ControlError(what, mend="start it again: sudo systemctl restart mien; use the same --config for both")
