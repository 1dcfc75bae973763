"""What is well with the box and what is wrong, in words for its owner: read off the document of ``mien status``.

One list for all who ask: ``mien status`` and its ``--check`` show what is wrong of it, ``mien doctor``, with which the
installation ends, shows the whole of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from device.session.states import Cause
from device.session.volume.volume import louder

HOT_CELSIUS = 80.0
"""From here on a Raspberry Pi slows itself down (its documentation of thermal control)."""

THROTTLING_FLAGS = {0: "undervoltage", 1: "frequency capped", 2: "throttled", 3: "soft temperature limit"}
"""Bits of the firmware's word, as Raspberry Pi's documentation of vcgencmd get_throttled names them: for the moment; 16
higher since boot."""

THROTTLING_REASONS = tuple(THROTTLING_FLAGS.values())
"""What a Raspberry Pi names as slowing its processor down."""


class Severity(Enum):
    """How bad it is: a critical problem keeps songs from playing, a warning will sooner or later."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at one part found; ``mend`` is empty where all is well."""

    check: str
    """Which part, in a word or two."""
    detail: str
    mend: str = ""
    severity: Severity = Severity.WARNING
    """How bad it is, if it needs mending."""

    @property
    def ok(self) -> bool:
        """Whether nothing needs mending."""
        return not self.mend

    def document(self) -> dict[str, str]:
        """Return it as ``mien status --json`` shows it."""
        severity = "ok" if self.ok else self.severity.value
        return {"check": self.check, "severity": severity, "what": self.detail, "mend": self.mend}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and what a person can do about it."""

    severity: Severity
    what: str
    mend: str

    def document(self) -> dict[str, str]:
        """Return it as ``mien status --json`` shows it."""
        return {"severity": self.severity.value, "what": self.what, "mend": self.mend}


def problems_of(status: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong in a status document, critical problems first; each said once."""
    found = {problem.what: problem for problem in _found(status)}
    return sorted(found.values(), key=lambda problem: problem.severity is not Severity.CRITICAL)


def findings_of(status: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything that the daemon has to say of itself: of each part that it is well or what is wrong, then the rest."""
    problems, told = status["problems"], set()
    for finding in _parts(status):
        if finding["mend"]:
            told |= {problem["what"] for problem in problems if problem["what"].endswith(finding["what"])}
        yield Finding(finding["check"], finding["what"], finding["mend"], _severity(finding["severity"]))
    for problem in problems:
        if problem["what"] not in told:
            yield Finding("daemon", problem["what"], problem["mend"], _severity(problem["severity"]))


def _severity(word: str) -> Severity:
    """Take a word of the document; one that is not known, of a newer daemon perhaps, is a warning."""
    return next((severity for severity in Severity if severity.value == word), Severity.WARNING)


def _parts(status: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """What was found at each part, in the order in which a press needs them."""
    found = status.get("findings", ())  # an older daemon has none
    if not any(finding["check"] == "camera" for finding in found):
        yield _unseen_camera(status).document()
    yield from found
    if faces := status.get("resting", {}).get("faces"):
        used = [face["name"] for face in faces if face["in_force"]]
        detail = f"{len(used)} of {len(faces)} in force" + (f": {', '.join(used)}" if used else "")
        yield Finding("resting face", detail).document()
    songs = status["songs"]
    total = songs["loaded"] + songs["missing"]
    if wrong := next(_songs(songs), None):
        yield Finding("songs", wrong.what, wrong.mend, wrong.severity).document()
    else:
        yield Finding("songs", f"all {total} of the table are there").document()
    if trouble := status["sound_trouble"]:
        yield Finding("sound", trouble["what"], trouble["mend"], Severity.CRITICAL).document()
    elif not any(finding["check"] == "sound" for finding in found):
        yield Finding("sound", status["sound"]).document()


def _unseen_camera(status: Mapping[str, Any]) -> Finding:
    if status["watching"]:
        return Finding("camera", f"{status['camera']}: it watches a face just now")
    if (fault := status["fault"]) and fault["cause"] == Cause.CAMERA.value:
        return Finding("camera", fault["what"], fault["mend"], Severity.CRITICAL)
    what = f"{status['camera']}: it was not looked at, since it is in use or does not answer"
    return Finding("camera", what, "ask again when the box is idle: mien doctor")


def _found(status: Mapping[str, Any]) -> Iterator[Problem]:
    fault = status["fault"]
    counted = fault and fault["cause"] == Cause.NO_SONGS.value and not status["songs"]["loaded"]  # told with the songs
    if fault and not counted:
        begun = fault["what"].startswith(fault["cause"])  # there is no need to stutter
        what = fault["what"] if begun else f"{fault['cause']}: {fault['what']}"
        yield Problem(Severity.CRITICAL, what, fault["mend"])
    if trouble := status["sound_trouble"]:
        yield from _unless_told(Problem(Severity.CRITICAL, trouble["what"], trouble["mend"]), fault)
    for finding in status["findings"]:
        if finding["mend"]:
            problem = Problem(_severity(finding["severity"]), finding["what"], finding["mend"])
            yield from _unless_told(problem, fault)
    if notice := status["release"].get("notice"):
        mend = "mien release list tells the rest; push a mended release under a new id"
        yield Problem(Severity.WARNING, f"the box {notice}", mend)
    yield from _songs(status["songs"])
    yield from _board(status["board"])
    yield from _history(status["history"])
    yield from _resting(status.get("resting", {}))
    yield from _songs_of_the_evening(status)
    yield from _surroundings(status.get("volume", {}), status.get("hours", {}))
    if trouble := status["settings"]["trouble"]:
        yield Problem(Severity.WARNING, trouble["what"], trouble["mend"])


def _unless_told(problem: Problem, fault: Mapping[str, str] | None) -> Iterator[Problem]:
    """Leave out what the fault says already."""
    if not (fault and fault["what"] == problem.what):
        yield problem


def _songs(songs: Mapping[str, int]) -> Iterator[Problem]:
    total = songs["loaded"] + songs["missing"]
    if not songs["loaded"]:
        what = f"none of the {total} songs is in the music folder"
        yield Problem(Severity.CRITICAL, what, "copy the music to the box, then press the button")
    elif songs["missing"]:
        what = f"{songs['missing']} of {total} songs are not in the music folder and never play"
        yield Problem(Severity.WARNING, what, "copy the music again, or analyse the library again")


def _board(board: Mapping[str, Any]) -> Iterator[Problem]:
    now, since = board.get("throttling_now", []), board.get("throttling_since_boot", [])
    if "undervoltage" in now:
        mend = "use the Pi's own power supply and its cable, and take hungry USB devices off"
        yield Problem(Severity.WARNING, "the Pi gets too little power", mend)
    elif now:
        yield Problem(Severity.WARNING, f"the Pi slows itself down ({', '.join(now)})", "give it air and a heat sink")
    elif since:
        what = f"the Pi slowed itself down since it was started ({', '.join(since)})"
        mend = "if it comes back: use the Pi's own power supply, and give it air and a heat sink"
        yield Problem(Severity.WARNING, what, mend)
    celsius = board.get("temperature_celsius", 0.0)
    if celsius >= HOT_CELSIUS:
        yield Problem(Severity.WARNING, f"the Pi is hot: {celsius:.0f} °C", "give it air and a heat sink")


def _history(history: Mapping[str, str]) -> Iterator[Problem]:
    if history["trouble"]:
        what = f"what was played is not remembered for now: {history['trouble']}"
        yield Problem(Severity.WARNING, what, "make room on the disc (df -h), and let the user mien write there")
    if history["set_aside"]:
        what = f"the history was damaged, and a new one was begun; the old one is {history['set_aside']}"
        yield Problem(Severity.WARNING, what, "delete that file once you do not need it")


def _songs_of_the_evening(status: Mapping[str, Any]) -> Iterator[Problem]:
    """What went wrong with a song that was passed over, and with what was learnt; older daemons know neither."""
    told = (status.get("programme") or {}).get("trouble")
    if told and not status["fault"]:
        yield Problem(Severity.WARNING, f"a song was passed over: {told['what']}", told["mend"])
    if trouble := status.get("tastes", {}).get("trouble"):
        yield Problem(Severity.WARNING, trouble["what"], trouble["mend"])


def _resting(resting: Mapping[str, Any]) -> Iterator[Problem]:
    if trouble := resting.get("trouble"):
        yield Problem(Severity.WARNING, trouble["what"], trouble["mend"])
    if stale := resting.get("stale"):
        what = f"another face model saw these at rest, so that they correct nothing: {', '.join(stale)}"
        yield Problem(Severity.WARNING, what, "calibrate again: mien calibrate NAME; or mien calibrate --forget NAME")


def _surroundings(volume: Mapping[str, Any], hours: Mapping[str, Any]) -> Iterator[Problem]:
    for trouble in (volume.get("trouble"), hours.get("trouble")):
        if trouble:
            yield Problem(Severity.WARNING, trouble["what"], trouble["mend"])
    if volume.get("percent") == 0:
        yield Problem(
            Severity.WARNING,
            "the volume is at 0 %, so that no song is heard",
            f"turn it up: {louder(volume.get('maximum_percent') or 0, by_night=bool(volume.get('by_night')))}",
        )
