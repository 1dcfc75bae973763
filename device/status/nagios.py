"""The status as one line and an exit code for monitoring: the plugin interface that Nagios and Icinga share."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

from device.errors import ControlError, MienError, VersionError
from device.files.untrusted import plain
from device.status.control_socket import SCHEMA_VERSION, ask
from device.status.problems import HOT_CELSIUS


class Verdict(IntEnum):
    """What a plugin finds; the value is its exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


def check_socket(find_socket: Callable[[], Path]) -> tuple[str, Verdict]:
    """Ask the daemon; return the plugin's line and its exit code.

    A daemon that does not answer is critical, since nobody is served. Unknown is what lies in the check itself:
    settings that cannot be read, a user who may not ask, or a daemon that speaks another version.
    """
    try:
        status = ask(find_socket(), {"command": "status"})
    except VersionError as error:
        return _line(Verdict.UNKNOWN, f"{error.what}: {error.mend}"), Verdict.UNKNOWN
    except ControlError as error:
        return _line(Verdict.CRITICAL, error.what), Verdict.CRITICAL
    except MienError as error:
        return _line(Verdict.UNKNOWN, f"{error.what}: {error.mend}"), Verdict.UNKNOWN
    if status.get("schema") != SCHEMA_VERSION:
        what = f"the daemon speaks version {status.get('schema')} of the status, this command {SCHEMA_VERSION}"
        return _line(Verdict.UNKNOWN, f"{what}: restart the daemon"), Verdict.UNKNOWN
    return check(status)


def check(status: Mapping[str, Any]) -> tuple[str, Verdict]:
    """Return the line and the exit code for a status: as bad as its worst problem."""
    problems = status["problems"]
    verdict = Verdict[problems[0]["severity"].upper()] if problems else Verdict.OK
    words = "; ".join(problem["what"] for problem in problems) or _at_work(status)
    return f"{_line(verdict, words)} | {_figures(status)}", verdict


def _line(verdict: Verdict, words: str) -> str:
    return f"MIEN {verdict.name} - {plain(words).replace('|', '/')}"  # the bar begins the figures


def _at_work(status: Mapping[str, Any]) -> str:
    return f"{status['state']}, {status['songs']['loaded']} songs, release {status['release']['id']}"


def _figures(status: Mapping[str, Any]) -> str:
    """Performance data: name=value[unit];warning;critical;least."""
    songs, board, latencies = status["songs"], status["board"], status["latencies"]
    figures = {
        "uptime": f"{status['uptime_seconds']:.0f}s;;;0",
        "observations": f"{status['observations']}c",
        "songs": f"{songs['loaded']};;1:;0",
        "songs_missing": f"{songs['missing']};0;;0",
    }
    if "temperature_celsius" in board:
        figures["temperature_celsius"] = f"{board['temperature_celsius']:.1f};{HOT_CELSIUS:g}"
    if observation := status["last_observation"]:
        figures["coverage"] = f"{100 * observation['coverage']:.0f}%;;;0;100"
        figures["frames_per_second"] = f"{observation['frames_per_second']:.1f};;;0"
    if (first_sound := latencies["press_to_first_sound_seconds"]) is not None:
        figures["press_to_first_sound"] = f"{first_sound:.3f}s;;;0"
    return " ".join(f"{name}={value}" for name, value in figures.items())
