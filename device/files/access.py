"""Why the system does not let this user at a file, and what can be done: mostly, to join the file's group."""

import grp
import os
import pwd
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who may do what this user may not, and what the user can do: each half a sentence."""

    what: str
    mend: str


def why_refused(path: Path, wanted: int = os.R_OK) -> Refusal | None:
    """Look for what keeps this process from a file, itself or a folder on the way to it; None if nothing does.

    :param wanted: ``os.R_OK`` or ``os.W_OK``, or both; to speak to a socket, one has to be able to write to it.
    """
    barrier = _barrier(Path(os.path.realpath(path)), wanted)
    if barrier is None:
        return None
    facts, needed = barrier
    user = _user_name(os.geteuid())
    group = _group_name(facts.st_gid) if facts.st_gid and facts.st_mode >> 3 & needed == needed else ""
    if not group or facts.st_gid in {os.getegid(), *os.getgroups()}:  # in it already: something else guards the file
        owner = _user_name(facts.st_uid)
        if facts.st_uid == os.geteuid():
            return Refusal(f"its rights refuse even you, its owner ({user})", "give them back with chmod")
        return Refusal(f"only the user {owner} may use it, and you are {user}", f"ask as {owner}, or as root with sudo")
    if facts.st_gid in _groups_by_now(os.geteuid()):
        what = f"only the group {group} may use it, and {user} was not in it yet when this login began"
        return Refusal(what, f"log in anew, or say newgrp {shlex.quote(group)}, or ask with sudo")
    what = f"only the group {group} may use it, and you ({user}) are not in it"
    return Refusal(what, f"sudo usermod -aG {shlex.quote(group)} {shlex.quote(user)}, then log in anew")


def _barrier(path: Path, wanted: int) -> tuple[os.stat_result, int] | None:
    """Return the first thing on the way that refuses, and the right (as of ``rwx``) that is missing there."""
    for step, needed in [*((folder, os.X_OK) for folder in reversed(path.parents)), (path, wanted)]:
        try:
            facts = step.stat()
        except OSError:
            return None
        if not os.access(step, needed, effective_ids=True):
            return facts, needed
    return None


def _user_name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _group_name(group: int) -> str:
    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)


def _groups_by_now(user: int) -> set[int]:
    """Return the groups that a login of today would be in."""
    try:
        entry = pwd.getpwuid(user)
    except KeyError:
        return set()
    return set(os.getgrouplist(entry.pw_name, entry.pw_gid))
