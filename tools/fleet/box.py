"""One box of the fleet: what it is asked, and its troubles in words that a person can mend."""

import json
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from gevent.pool import Pool
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host

from device.releases.push_protocol import Plan, PushOffer, read_plan
from tools.errors import FleetError
from tools.fleet.pyinfra_connector import OpenSSHConnector
from tools.fleet.ssh import SSH_FAILED, Ended, last_line

PATIENCE_SECONDS = 300.0
"""How long one command on a box may take: a Pi Zero tries a release for a while."""

_REACH = "see to its power and network; `ssh {name}` must work without a question (ssh-copy-id {name}, or ssh-agent)"
_GO_ON = "push again when the box is back: it goes on where it stopped"
_INSTALL = "install it: pyinfra INVENTORY deploy/box.py, or deploy/install.sh on the box"
_KNOWN_TROUBLES = (
    (
        "a password is required",
        "sudo asks for a password there",
        "give this login sudo without a password, or use root",
    ),
    ("sudo: not found", "it has no sudo, and the login is not root", "log in as root, or: apt install sudo"),
    ("invalid choice: 'plan'", "its mien is too old to be pushed to", _INSTALL),
    ("mien: not found", "mien is not installed there", _INSTALL),
    ("mien: command not found", "mien is not installed there", _INSTALL),
    ("rsync: not found", "rsync is not installed there", "sudo apt install rsync, there"),
    ("rsync: command not found", "rsync is not installed there", "sudo apt install rsync, there"),
)

_ONLY_THERE = (
    '[ -w /run/systemd/system ] && [ -d "$1" ] || { shift; exec "$@"; }; '
    """folder=$(printf %s "$1" | sed 's/["\\]/\\\\&/g'); shift; """
    # systemd reads $ in a command as a variable, and $$ as $.
    """for word; do shift; set -- "$@" "$(printf %s "$word" | sed 's/[$]/&&/g')"; done; """
    "exec systemd-run --quiet --pipe --wait --collect -p ProtectSystem=strict -p PrivateDevices=yes "
    '-p ProtectKernelTunables=yes -p "ReadWritePaths=\\"$folder\\"" "$@"'
)
"""Shell that runs a command as root so that it can write in one folder, and nowhere else on the box.

Members of the group mien write in the music folder as well, and rsync goes by paths: while a member exchanged a folder
there for a link to /etc, ten pushes of ten to Debian bookworm's rsync 3.2.7 wrote into /etc.
"""

_ASKED_AT_ONCE = 200
"""Looking is cheap, and a box that does not answer should keep no other waiting."""

Reply = TypeVar("Reply")


class Link(Protocol):
    """What the steps of a push ask of a box."""

    def run(self, *words: str, given: str = "") -> str:
        """Run a command as root and return what it printed.

        :raises FleetError: if it fails.
        """

    def send(self, source: str, target: str, names: Sequence[str], flags: Sequence[str]) -> None:
        """Send files by their names below ``source`` to below ``target``, as root.

        :raises FleetError: if the transfer breaks off; what came over stays for the next try.
        """


class Box:
    """A box behind pyinfra's host; connects when it is first asked something."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.name = host.name.removeprefix("@openssh/").removeprefix("@ssh/")
        self.groups = tuple(host.groups)

    def run(self, *words: str, given: str = "", seconds: float = PATIENCE_SECONDS) -> str:
        """Run a command as root and return what it printed.

        :raises FleetError: if the box cannot be reached, or the command fails or takes longer than ``seconds``.
        """
        return self._ask(words, given=given, as_root=True, seconds=seconds)

    def status(self, *, seconds: float) -> dict[str, Any]:
        """Return the document of ``mien status --json``; sudo is not needed for it.

        :raises FleetError: if the box or its daemon does not answer.
        """
        words = ("mien", "status", "--json")
        return dict(json.loads(self._ask(words, given="", as_root=False, seconds=seconds)))

    def send(self, source: str, target: str, names: Sequence[str], flags: Sequence[str]) -> None:
        """Send files by their names below ``source`` to below ``target``, as root.

        :raises FleetError: if the transfer breaks off; what came over stays for the next try.
        """
        listed = "".join(f"{name}\0" for name in names).encode()
        flags = (*flags, "--from0", "--files-from=-")
        connector = self._connected()
        before = (*connector.sudo, "sh", "-c", _ONLY_THERE, "sh", target)
        ended = connector.connection.send(f"{source}/", f"{target}/", flags, given=listed, before=before)
        if ended.returncode:
            doing = f"the transfer to {target}"
            raise self._trouble(doing, ended)

    def close(self) -> None:
        """Let the connection go."""
        if self._host.connected:
            self._host.disconnect()

    def _ask(self, words: Sequence[str], *, given: str, as_root: bool, seconds: float) -> str:
        connector = self._connected()
        line = shlex.join([*(connector.sudo if as_root else ()), *words])
        try:
            ended = connector.connection.run(line, given=given.encode(), seconds=seconds)
        except subprocess.TimeoutExpired as error:
            what = f"{self.name}: {' '.join(words[:3])} did not end within {seconds:.0f} s"
            raise FleetError(what, mend="look at the box: journalctl -u mien") from error
        if ended.returncode:
            raise self._trouble(" ".join(words[:3]), ended)
        return ended.stdout.decode()

    def _connected(self) -> OpenSSHConnector:
        connector = self._host.connector
        if not isinstance(connector, OpenSSHConnector):
            what = f"{self.name}: a fleet is reached over SSH, not by {type(connector).__name__}"
            raise FleetError(what, mend="name the box by its host name in the inventory")
        if not self._host.connected:
            try:
                self._host.connect(show_errors=False, raise_exceptions=True)
            except ConnectError as error:
                what = f"{self.name}: cannot be reached ({error})"
                raise FleetError(what, mend=_REACH.format(name=self.name)) from error
        return connector

    def _trouble(self, doing: str, ended: Ended) -> FleetError:
        told = ended.stderr.decode(errors="replace")
        for sign, what, mend in _KNOWN_TROUBLES:
            if sign in told:
                return FleetError(f"{self.name}: {what}", mend=mend)
        what, _, mend = told.strip().partition("\n  mend: ")
        if mend:  # mien's own words
            return FleetError(f"{self.name}: {last_line(what).removeprefix('mien: ')}", mend=last_line(mend))
        said = last_line(told) or f"it ended with {ended.returncode}"
        if ended.returncode == SSH_FAILED or "connection unexpectedly closed" in told:
            return FleetError(f"{self.name}: the connection broke during {doing} ({said})", mend=_GO_ON)
        return FleetError(f"{self.name}: {doing} failed ({said})", mend="look at the box: mien doctor")


class Fleet:
    """Boxes in the order in which they were named."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.boxes = tuple(boxes)

    def ask(
        self, question: Callable[[Box], Reply], boxes: Sequence[Box], *, parallel: int = _ASKED_AT_ONCE
    ) -> Iterator[Reply]:
        """Put a question to several boxes at once; yield the answers in the order in which they come."""
        return iter(Pool(parallel).imap_unordered(question, boxes))


def ask_plan(box: Link, offer: PushOffer) -> Plan:
    """Return what a box says to an offer.

    :raises FleetError: if it cannot be asked.
    :raises ReleaseError: if it speaks another version.
    """
    return read_plan(box.run("mien", "release", "plan", given=offer.text()))
