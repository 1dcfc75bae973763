"""Operations that take a box's parts away."""

import shlex
from collections.abc import Sequence

from pyinfra.api.operation import operation
from pyinfra.context import host
from pyinfra.facts.server import Groups, Users

from deploy.facts import WHETHER_SYSTEMD_RUNS, Answer
from deploy.installing import Commands
from deploy.layout import ENABLED, FAULT_SERVICE, GROUP, SERVICE, UNITS, USER


@operation()
def service_stopped() -> Commands:
    """Stop the service and what blinks for it, and start neither at boot."""
    if not present(f"{UNITS}/{SERVICE}", f"{UNITS}/{FAULT_SERVICE}", ENABLED):
        host.noop("there is no service")
        return
    if host.get_fact(Answer, of=WHETHER_SYSTEMD_RUNS):
        yield f"systemctl stop {SERVICE} {FAULT_SERVICE} 2>/dev/null || true"
    yield f"systemctl disable -q {SERVICE} || rm -f {ENABLED}"


@operation()
def gone(paths: Sequence[str], *, reload_systemd: bool = False) -> Commands:
    """Remove files and folders; what is mounted into them, music on a stick say, is left alone."""
    there = present(*paths)
    if not there:
        host.noop("nothing of it is there")
        return
    yield f"rm -rf --one-file-system {shlex.join(there)}"
    if reload_systemd and host.get_fact(Answer, of=WHETHER_SYSTEMD_RUNS):
        yield "systemctl daemon-reload"
        yield f"systemctl reset-failed {SERVICE} {FAULT_SERVICE} 2>/dev/null || true"


@operation()
def user_gone() -> Commands:
    """Remove the daemon's user, and the group with everybody's membership in it."""
    users, groups = host.get_fact(Users), host.get_fact(Groups)
    if USER not in users and GROUP not in groups:
        host.noop("there is none")
        return
    if USER in users:
        yield f"userdel {USER}"
    yield f"! getent group {GROUP} >/dev/null || groupdel {GROUP}"


def present(*paths: str) -> list[str]:
    """Return those of some paths that are there, links that lead nowhere among them."""
    return host.get_fact(Answer, of=f"ls -d {shlex.join(paths)}").splitlines()
