"""Trying a release out before the box switches to it, in a process of its own that can do no harm.

A release is somebody else's work, and what reads it was written in C: a model may crash its runtime, a table may keep
SQLite busy for ever. So :mod:`device.appliance.trial_process` loads and runs it as the daemon's user, with no other
rights, no network, and limits on time, processor and memory; here that process is started, listened to and ended. What
it says is taken for what a stranger says.

As whom it runs: if root asks, as the owner of the state folder, who is the daemon's user; where that is root itself, as
``mien``; on a machine without that user as ``nobody``, who then may read what root may, and still write nothing.
Anybody else stays who he is.
"""

import json
import os
import pwd
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from device.errors import ModelError, ReleaseError, SongTableError
from device.files.untrusted import parse_json, plain
from device.releases.manifest import FACE_MODEL, SONG_TABLE
from device.settings.sections import Settings

USER = "mien"
"""The daemon's user on a box that ``deploy`` has made."""

NOBODY = 65_534

_HOME = Path(__file__).resolve().parents[2]
"""The folder that the package ``device`` lies in: the process loads the very same one, however it is installed."""

_MOST_ANSWER_BYTES = 2**16
_START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from device.appliance.trial_process import main; sys.exit(main(sys.argv[2]))"
)
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_VARIABLES = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""No threads, which the process may not have, and as little memory as in the daemon."""

_MEND = "take another release; nothing of this one is in use"
_KINDS = {kind.__name__: kind for kind in (ReleaseError, ModelError, SongTableError)}
_CRASHES = {FACE_MODEL: "the model crashes the runtime", SONG_TABLE: "reading it crashes SQLite"}


@dataclass(frozen=True, slots=True)
class TrialLimits:
    """What a trial may take; for a table of 1,500,000 songs on a Pi Zero 2 W half of each is reckoned."""

    seconds: float = 240.0
    processor_seconds: int = 120
    memory_bytes: int = 192 * 2**20
    """Of its own, without what the libraries' files take, which the daemon shares with it."""


@dataclass(frozen=True, slots=True)
class TrialUser:
    """As whom a trial runs; ``may_read_all`` is for a user who owns nothing and belongs to nobody's group."""

    uid: int
    gid: int
    name: str
    may_read_all: bool = False


def try_release(folder: Path, settings: Settings, *, limits: TrialLimits | None = None) -> None:
    """Load a release's model and table as the daemon does, run the model on its stored picture, and rank the songs.

    Every row of the table is read; whether the songs' files are on this box does not count.

    :raises ReleaseError: if anything of it does not work on this machine, or takes more than the limits.
    """
    limits = limits or TrialLimits()
    request = {
        "folder": str(folder.absolute()),
        "parent": os.getpid(),
        "user": (user := _user(settings.paths.state_folder)) and asdict(user),
        "limits": asdict(limits),
        "recommendation": asdict(settings.recommendation),
        "places": {label: (place.valence, place.arousal) for label, place in settings.places.items()},
    }
    with _start(folder, request) as process:
        try:
            said = _listen(process, time.monotonic() + limits.seconds)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    _judge(folder, said, process.returncode, limits)


def _user(state_folder: Path) -> TrialUser | None:
    if os.geteuid() != 0:
        return None
    try:
        owner = state_folder.stat()
    except OSError:
        owner = None
    if owner is not None and owner.st_uid != 0:
        try:
            entry = pwd.getpwuid(owner.st_uid)
        except KeyError:
            return TrialUser(owner.st_uid, owner.st_gid, str(owner.st_uid))
        return TrialUser(entry.pw_uid, entry.pw_gid, entry.pw_name)
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        return TrialUser(NOBODY, NOBODY, "nobody", may_read_all=True)
    return TrialUser(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _start(folder: Path, request: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Start the process, which can be ended together with whatever it might start."""
    command = [sys.executable, "-I", "-B", "-c", _START, str(_HOME), json.dumps(request)]
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        return subprocess.Popen(  # noqa: S603 - this very interpreter and package
            command,
            cwd="/",
            env=kept | _VARIABLES,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        what = f"{folder}: no process can be started to try it out in ({why})"
        raise ReleaseError(what, mend="make room: end what fills the memory or the table of processes") from error


def _listen(process: subprocess.Popen[bytes], deadline: float) -> bytes | None:
    """Hear the process out, but no longer and not much more than it may speak; None if it does not end in time."""
    assert process.stdout is not None  # noqa: S101 - a pipe, by _start
    poller, said = select.poll(), bytearray()
    poller.register(process.stdout)
    while len(said) <= _MOST_ANSWER_BYTES:
        left = deadline - time.monotonic()
        if left <= 0 or not poller.poll(1000 * left):
            return None
        heard = os.read(process.stdout.fileno(), _MOST_ANSWER_BYTES)
        if not heard:
            try:
                process.wait(max(deadline - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                return None
            break
        said += heard
    return bytes(said)


def _judge(folder: Path, said: bytes | None, code: int, limits: TrialLimits) -> None:
    """Make an error of everything but a plain yes.

    :raises ReleaseError: in one sentence.
    """
    part, answer = "", dict[str, Any]()
    for line in _lines(said or b""):
        if isinstance(line.get("begins"), str) and line["begins"] in _CRASHES:
            part = line["begins"]
        answer = line
    place = folder / part / "model.tflite" if part == FACE_MODEL else folder / part
    if said is None:
        what = f"{place}: its trial takes longer than {limits.seconds:g} s"
    elif len(said) > _MOST_ANSWER_BYTES:
        what = f"{place}: its trial says more than a trial has to say"
    elif code < 0:
        what = f"{place}: {_end_by(-code, part, limits)}"
    elif answer.get("verdict") == "out of memory":
        what = f"{place}: its trial takes more than {limits.memory_bytes // 2**20} MiB of memory"
    elif answer.get("verdict") == "refused":
        kind = _KINDS.get(str(answer.get("kind")), ReleaseError)
        what, mend = (plain(str(answer.get(key) or other)) for key, other in (("what", place), ("mend", _MEND)))
        raise kind(what, mend=mend)
    elif answer.get("verdict") == "works" and code == 0:
        return
    else:
        what = f"{place}: its trial ended without an answer (exit code {code})"
    raise ReleaseError(what, mend=_MEND)


def _lines(said: bytes) -> Iterator[dict[str, Any]]:
    for line in said.splitlines():
        try:
            document = parse_json(line)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document


def _end_by(number: int, part: str, limits: TrialLimits) -> str:
    """Say what a signal means that ended the trial."""
    if number == signal.SIGXCPU:
        return f"its trial takes more than {limits.processor_seconds} s of processor time"
    if number == signal.SIGKILL:
        return "its trial was killed, as the system does when memory runs out (SIGKILL)"
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return f"{_CRASHES.get(part, 'its trial was ended')} ({name})"
