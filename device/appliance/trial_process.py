"""The process in which a release is tried out: gives up every right, then does with the release what the daemon will.

request ─▶ libraries ─▶ rights given up ─▶ face model: stored answer ─▶ song table: every row, a ranking ─▶ verdict

It is started by :mod:`device.appliance.release_trial`, and answers in lines of JSON: ``{"begins": part}`` for each part
of the release, and at last a verdict. Up to the moment when the rights are given up, nothing of the release is opened.
"""

import codecs
import ctypes
import json
import os
import resource
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from device.emotion.labels import Place
from device.emotion.tflite_emotion_classifier import run_golden
from device.emotion.tflite_model import load_runtime
from device.errors import MienError, ReleaseError, SongTableError
from device.observation.observation import Observation
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import read_song_table
from device.releases.manifest import FACE_MODEL, SONG_TABLE
from device.settings.sections import RecommendationSettings

_NEEDED = (*(f"{FACE_MODEL}/{name}" for name in ("model.tflite", "card.json", "golden.npz")), SONG_TABLE)
_MOST_ADDRESSES = 2**30
"""Bytes of address space: what the libraries map into it, their own files above all, is three tenths of that."""

_MOST_FILES = 32
_GENTLER_BY = 5
"""Steps of niceness: a song may be playing meanwhile."""

_FIRST_VICTIM = "1000"
"""For the kernel's choice of whom to end when memory runs out: this process, and not the daemon."""

# From linux/prctl.h, linux/sched.h and linux/capability.h.
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_SET_NO_NEW_PRIVS = 1, 4, 8, 38
_CLONE_NEWIPC, _CLONE_NEWNET = 0x08000000, 0x40000000
_CAPABILITY_VERSION_3, _CAP_DAC_READ_SEARCH = 0x20080522, 2


def main(request: str) -> int:
    """Try a release out, and answer; return the exit code.

    :param request: JSON: ``folder``, ``parent`` (its process id), ``user`` (or null), ``limits``, and the settings
        ``recommendation`` and ``places``.
    """
    asked = json.loads(request)
    with os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1) as answers:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - the runtime speaks up as well
            os.dup2(nowhere.fileno(), 1)
        try:
            _load_all()
            confine(asked["user"], asked["limits"], parent=asked["parent"])
            for part in _try(Path(asked["folder"]), asked):
                answers.write(json.dumps({"begins": part}) + "\n")
            answer = {"verdict": "works"}
        except MienError as error:
            answer = {"verdict": "refused", "kind": type(error).__name__, **error.document()}
        except MemoryError:
            answer = {"verdict": "out of memory"}
        except Exception as error:  # noqa: BLE001 - whatever foreign work brings about, the answer is a sentence
            what = f"{asked['folder']}: it cannot be tried out ({type(error).__name__}: {str(error)[:500]})"
            answer = {"verdict": "refused", "what": what}
        answers.write(json.dumps(answer) + "\n")
    return 0


def _load_all() -> None:
    """Load what is loaded at its first use only: who this process becomes may not be let to Python's own files."""
    load_runtime()
    Path("/").as_uri()
    codecs.lookup("cp437")  # of the names in a zip file


def confine(user: Mapping[str, Any] | None, limits: Mapping[str, Any], *, parent: int) -> None:
    """Give up all rights that a trial does not need, for good.

    :param user: whom to become; None stays who one is, as anybody but root must.
    :param parent: with this process's end, one's own comes.
    :raises ReleaseError: if a right cannot be given up.
    """
    try:
        _give_up(user, limits, parent)
    except (OSError, ValueError) as error:
        what = f"the trial of a release cannot give up its rights ({error})"
        raise ReleaseError(what, mend="give the command as the daemon's user, or as root on the box itself") from error


def _give_up(user: Mapping[str, Any] | None, limits: Mapping[str, Any], parent: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_VICTIM, encoding="ascii")
    os.nice(_GENTLER_BY)
    if user is not None:
        # Where the kernel or a container does not allow a network of one's own, the user has the machine's.
        libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC)
        _become(user, libc)
    _control(libc, _PR_SET_NO_NEW_PRIVS, 1)
    _control(libc, _PR_SET_DUMPABLE, 0)
    _control(libc, _PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before that was set
        os._exit(1)
    _limit(limits)


def _become(user: Mapping[str, Any], libc: ctypes.CDLL) -> None:
    os.setgroups([])
    os.setresgid(user["gid"], user["gid"], user["gid"])
    if user["may_read_all"]:
        _control(libc, _PR_SET_KEEPCAPS, 1)
    os.setresuid(user["uid"], user["uid"], user["uid"])
    if user["may_read_all"]:
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        for kept in (1 << _CAP_DAC_READ_SEARCH, 0):  # a container may not have it to keep
            if libc.capset(header, (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)) == 0:
                return
        raise OSError(ctypes.get_errno(), "the capabilities of root cannot be given up")


def _control(libc: ctypes.CDLL, option: int, value: int) -> None:
    if libc.prctl(option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} is refused")


def _limit(limits: Mapping[str, Any]) -> None:
    seconds = int(limits["processor_seconds"])
    wanted = {
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_DATA: (limits["memory_bytes"],) * 2,
        resource.RLIMIT_AS: (_MOST_ADDRESSES + limits["memory_bytes"],) * 2,
        resource.RLIMIT_NOFILE: (_MOST_FILES,) * 2,
        **dict.fromkeys((resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE), (0, 0)),
    }
    for kind, (soft, hard) in wanted.items():
        allowed = resource.getrlimit(kind)[1]
        if allowed != resource.RLIM_INFINITY:
            soft, hard = min(soft, allowed), min(hard, allowed)  # noqa: PLW2901 - what cannot be raised is low enough
        resource.setrlimit(kind, (soft, hard))


def _try(folder: Path, asked: Mapping[str, Any]) -> Iterator[str]:
    """Do with a release what the daemon will, and name each part before it is opened.

    :raises ReleaseError: if the release does not work here.
    """
    _check_readable(folder, asked["user"])
    yield FACE_MODEL
    run_golden(folder / FACE_MODEL)
    yield SONG_TABLE
    table = read_song_table(folder / SONG_TABLE)
    table.read_texts()
    if not len(table.songs):
        what = f"{folder / SONG_TABLE}: it names no song"
        raise SongTableError(what, mend="analyse a folder with music: mien-tools analyse MUSIC_FOLDER")
    places = {label: Place(*place) for label, place in asked["places"].items()}
    settings = RecommendationSettings(**asked["recommendation"])
    # Which songs' files are here does not count: a push may bring them later, and any of them may be chosen then.
    recommender = Recommender(table, np.ones(len(table.songs), dtype=np.bool_), settings, places)
    for label in places:
        recommender.recommend(Observation((label,), (1.0,), 1.0, frames=1, frames_with_face=1, frames_per_second=1.0))


def _check_readable(folder: Path, user: Mapping[str, Any] | None) -> None:
    for name in _NEEDED:
        try:
            (folder / name).open("rb").close()
        except PermissionError as error:
            who = user["name"] if user else "this user"
            what = f"{folder / name}: {who}, as whom the box reads releases, may not read it"
            raise ReleaseError(what, mend=f"let everybody read it: chmod -R a+rX {folder}") from error
        except OSError:
            continue  # whoever reads it says it better
