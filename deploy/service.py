"""Operations that let systemd keep a box running."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pyinfra.api.operation import operation
from pyinfra.context import host
from pyinfra.facts.files import Link, Sha256File

from deploy.facts import WHETHER_SYSTEMD_RUNS, Answer
from deploy.installing import Commands, bring
from deploy.layout import ENABLED, FAULT_SERVICE, MARK, SERVICE


@operation()
def placed(source: Path, target: str) -> Commands:
    """Put a file into its place in one step, with its final mode: polkit reads a rule the moment that it appears."""
    if host.get_fact(Sha256File, path=target) == hashlib.sha256(source.read_bytes()).hexdigest():
        host.noop(f"{target} is as it should be")
        return
    yield from bring(source, f"{target}.new")
    yield f"sync {target}.new && mv -f {target}.new {target}"


@operation()
def enabled() -> Commands:
    """Let the service start at boot."""
    if host.get_fact(Link, path=ENABLED):
        host.noop(f"{SERVICE} starts at boot")
        return
    yield f"systemctl enable -q {SERVICE}"


@operation()
def started(mark: str) -> Commands:
    """Start the service on what was installed, unless it runs on that already.

    :param mark: names what was installed. It is written down when the service is ready on it, so that an installation
        that was interrupted before still does so when it is repeated.
    """
    if not host.get_fact(Answer, of=WHETHER_SYSTEMD_RUNS):
        host.noop("systemd does not run here: the service starts at the next boot")
        return
    if (
        host.get_fact(Answer, of=f"cat {MARK}") == mark
        and host.get_fact(Answer, of=f"systemctl is-active {SERVICE}") == "active"
    ):
        host.noop("the service runs on what is installed")
        return
    yield "systemctl daemon-reload"
    yield f"systemctl reset-failed {SERVICE} {FAULT_SERVICE} 2>/dev/null || true"
    last_words = f"journalctl -u {SERVICE} -n 6 -o cat --no-pager >&2; false"
    yield f"systemctl restart {SERVICE} && echo {mark} > {MARK} || {{ {last_words}; }}"


def mark_of(stamp: str, files: Iterable[Path]) -> str:
    """Name what the service is started with: a version of the software, and the files that say how it runs."""
    digest = hashlib.sha256("\n".join(file.read_text(encoding="utf-8") for file in files).encode())
    return f"{stamp}-{digest.hexdigest()[:12]}"
